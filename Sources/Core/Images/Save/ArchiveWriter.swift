import CArchive
import Model

/// Writes a tar archive to an open file, pipe or socket. Not thread-safe.
final class ArchiveWriter {
    private let archive: OpaquePointer

    init(to descriptor: CInt) throws {
        guard let archive = archive_write_new() else { throw BerthError.system("write image archive: out of memory") }
        self.archive = archive
        try check(archive_write_set_format_pax_restricted(archive))
        try check(archive_write_set_bytes_in_last_block(archive, 1))
        try check(archive_write_open_fd(archive, descriptor))
    }

    deinit { archive_write_free(archive) }

    /// Begins a file of exactly `size` bytes, all of which must be written before the next begins.
    func begin(_ path: String, size: Int64, modified: Int64) throws {
        let entry = archive_entry_new()
        defer { archive_entry_free(entry) }
        archive_entry_set_pathname(entry, path)
        archive_entry_set_filetype(entry, 0o100000)
        archive_entry_set_perm(entry, 0o644)
        archive_entry_set_size(entry, size)
        archive_entry_set_mtime(entry, time_t(modified), 0)
        try check(archive_write_header(archive, entry))
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = archive_write_data(archive, rest.baseAddress, rest.count)
            guard count > 0 else { throw failure() }
            rest = UnsafeRawBufferPointer(rebasing: rest[Int(count)...])
        }
    }

    func file(_ path: String, _ bytes: [UInt8], modified: Int64) throws {
        try begin(path, size: Int64(bytes.count), modified: modified)
        try bytes.withUnsafeBytes(write)
    }

    func finish() throws { try check(archive_write_close(archive)) }

    private func check(_ result: CInt) throws {
        if result != ARCHIVE_OK, result != ARCHIVE_WARN { throw failure() }
    }

    private func failure() -> BerthError {
        let cause = archive_error_string(archive).map { String(cString: $0) } ?? "unknown error"
        return BerthError.system("write image archive: \(cause)")
    }
}
