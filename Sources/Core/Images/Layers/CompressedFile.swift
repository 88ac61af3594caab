import CArchive
import Model

/// A new file whose content is compressed with zstd as it is written. Not thread-safe.
final class CompressedFile {
    private let archive: OpaquePointer
    private let path: String

    init(path: String) throws {
        guard let archive = archive_write_new() else { throw BerthError.system("write `\(path)`: out of memory") }
        self.archive = archive
        self.path = path
        try check(archive_write_add_filter_zstd(archive))
        try check(archive_write_set_format_raw(archive))
        try check(archive_write_set_bytes_in_last_block(archive, 1))
        try check(archive_write_open_filename(archive, path))
        let entry = archive_entry_new()
        defer { archive_entry_free(entry) }
        // The type of a regular file, which the macro AE_IFREG hides from Swift.
        archive_entry_set_filetype(entry, 0o100000)
        try check(archive_write_header(archive, entry))
    }

    deinit { archive_write_free(archive) }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = archive_write_data(archive, rest.baseAddress, rest.count)
            guard count > 0 else { throw failure() }
            rest = UnsafeRawBufferPointer(rebasing: rest[Int(count)...])
        }
    }

    func finish() throws { try check(archive_write_close(archive)) }

    private func check(_ result: CInt) throws {
        if result != ARCHIVE_OK, result != ARCHIVE_WARN { throw failure() }
    }

    private func failure() -> BerthError {
        let cause = archive_error_string(archive).map { String(cString: $0) } ?? "unknown error"
        return BerthError.system("write `\(path)`: \(cause)")
    }
}
