import CArchive
import Model

/// Takes gzip, bzip2, xz or zstd compression off a source, whichever its first bytes say; others pass unchanged.
final class DecompressingSource: ByteSource {
    private let archive: OpaquePointer
    private let input: Input
    private let name: String
    private var isOpen = false
    private var isAtEnd = false

    /// `name` is for messages.
    init(_ source: any ByteSource, name: String) throws {
        guard let archive = archive_read_new() else { throw BerthError.system("decompress `\(name)`: out of memory") }
        self.archive = archive
        self.input = Input(source)
        self.name = name
        // Only filters that libarchive links in: others would run programs.
        archive_read_support_filter_gzip(archive)
        archive_read_support_filter_bzip2(archive)
        archive_read_support_filter_xz(archive)
        archive_read_support_filter_zstd(archive)
        archive_read_support_format_raw(archive)
        archive_read_support_format_empty(archive)
    }

    deinit { archive_read_free(archive) }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        if !isOpen { try open() }
        if isAtEnd || buffer.isEmpty { return 0 }
        let count = archive_read_data(archive, buffer.baseAddress, buffer.count)
        guard count >= 0 else { throw failure() }
        isAtEnd = count == 0
        return count
    }

    private func open() throws {
        isOpen = true
        let client = Unmanaged.passUnretained(input).toOpaque()
        let result = archive_read_open(
            archive, client, nil,
            { _, client, start in
                guard let client, let start else { return -1 }
                return Unmanaged<Input>.fromOpaque(client).takeUnretainedValue().next(start)
            }, nil)
        guard result == ARCHIVE_OK else { throw failure() }
        var entry: OpaquePointer?
        switch archive_read_next_header(archive, &entry) {
        case ARCHIVE_OK, ARCHIVE_WARN: break
        case ARCHIVE_EOF: isAtEnd = true
        default: throw failure()
        }
    }

    private func failure() -> any Error {
        if let error = input.error { return error }
        let cause = archive_error_string(archive).map { String(cString: $0) } ?? "corrupt data"
        return BerthError.invalid("decompress `\(name)`: \(cause)")
    }

    /// What libarchive reads from; its address stays the same while the archive is open.
    private final class Input {
        private let source: any ByteSource
        private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 4096)
        private(set) var error: (any Error)?

        init(_ source: any ByteSource) {
            self.source = source
        }

        deinit { buffer.deallocate() }

        func next(_ start: UnsafeMutablePointer<UnsafeRawPointer?>) -> Int {
            start.pointee = UnsafeRawPointer(buffer.baseAddress)
            do {
                return try source.read(into: buffer)
            } catch {
                self.error = error
                return -1
            }
        }
    }
}
