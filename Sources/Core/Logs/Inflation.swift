import CZlib
import Glibc

/// Undoes the compression of a file (gzip, RFC 1952, members one after another), from its beginning to its end and with no more
/// than a block of it in memory. A place before the present one is reached by beginning anew.
final class Inflation {
    private let descriptor: Int32
    /// The inode of the file that was compressed, as the header tells it; nil where it does not.
    let source: UInt64?
    /// Why no more can be had, where the file is damaged.
    private(set) var damage: String?

    private static let blockSize = 32 << 10
    /// Window bits of inflateInit2 for gzip alone, and the largest window.
    private static let format: Int32 = 16 + MAX_WBITS

    private var stream = z_stream()
    private var isOpen = false
    /// Behind the last byte that was given.
    private var position = 0
    /// Behind what was read of the file.
    private var offset = 0
    private var input = UnsafeMutableRawBufferPointer.allocate(byteCount: 0, alignment: 1)
    private var isAtMemberEnd = false
    private var isAtEnd = false

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        source = Self.source(of: descriptor)
    }

    deinit {
        if isOpen { inflateEnd(&stream) }
        input.deallocate()
    }

    func read(at wanted: Int, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        if !isOpen || wanted < position {
            guard begin() else { return 0 }
        }
        if wanted > position {
            let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.blockSize, alignment: 1)
            defer { scratch.deallocate() }
            while position < wanted {
                let room = min(wanted - position, scratch.count)
                if give(UnsafeMutableRawBufferPointer(rebasing: scratch[..<room])) == 0 { return 0 }
            }
        }
        return give(buffer)
    }

    private func begin() -> Bool {
        if isOpen { inflateEnd(&stream) }
        if input.count == 0 { input = .allocate(byteCount: Self.blockSize, alignment: 1) }
        stream = z_stream()
        position = 0
        offset = 0
        isAtEnd = false
        isAtMemberEnd = false
        isOpen = inflateInit2_(&stream, Self.format, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
        if !isOpen { end("no memory to read it") }
        return isOpen
    }

    private func end(_ reason: String) {
        damage = reason
        isAtEnd = true
    }

    private func give(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        stream.next_out = buffer.baseAddress?.assumingMemoryBound(to: Bytef.self)
        stream.avail_out = uInt(clamping: buffer.count)
        let room = Int(stream.avail_out)
        while Int(stream.avail_out) == room, room > 0, !isAtEnd { step() }
        let count = room - Int(stream.avail_out)
        position += count
        return count
    }

    private func step() {
        if stream.avail_in == 0 {
            let count = fill()
            if count < 0 { return end("read: error \(errno)") }
            if count == 0 {
                if isAtMemberEnd { isAtEnd = true } else { end("its end is missing") }
                return
            }
        }
        if isAtMemberEnd {
            isAtMemberEnd = false
            inflateReset(&stream)
        }
        switch inflate(&stream, Z_NO_FLUSH) {
        case Z_OK, Z_BUF_ERROR: return
        case Z_STREAM_END: isAtMemberEnd = true
        default: end("damaged (\(stream.msg.map { String(cString: $0) } ?? "no gzip data"))")
        }
    }

    private func fill() -> Int {
        var count: Int
        repeat {
            count = pread(descriptor, input.baseAddress, input.count, off_t(offset))
        } while count < 0 && errno == EINTR
        guard count > 0 else { return count }
        offset += count
        stream.next_in = input.baseAddress?.assumingMemoryBound(to: Bytef.self)
        stream.avail_in = uInt(count)
        return count
    }

    /// The inode in the header's extra field (subfield BI of berth_compress).
    private static func source(of descriptor: Int32) -> UInt64? {
        var header = [UInt8](repeating: 0, count: 24)
        guard pread(descriptor, &header, header.count, 0) == header.count, header[0] == 0x1f, header[1] == 0x8b,
            header[3] & 4 != 0, header[10] >= 12, header[12] == UInt8(ascii: "B"), header[13] == UInt8(ascii: "I"),
            header[14] == 8
        else { return nil }
        return header[16..<24].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
