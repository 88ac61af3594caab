import Glibc
import Model

/// Hears, in order, every byte of an archive that is not a kept file's content.
package protocol TarRecorder: AnyObject {
    /// Headers, padding, and payloads that are stored nowhere else.
    func raw(_ bytes: UnsafeRawBufferPointer) throws
    /// The next `size` bytes of the archive are the content of the file that was unpacked as `path`.
    func payload(size: Int64, path: [UInt8]) throws
}

/// Reads a tar archive front to back: ustar, GNU and pax, long names, sparse files, extended attributes.
///
/// Errors are `BerthError` 400 naming the archive and the entry after which it broke. Not thread-safe.
package final class TarReader {
    private let source: any ByteSource
    private let name: String
    private let recorder: (any TarRecorder)?
    /// What global extended headers have said so far: it holds for every entry.
    private var globals = PaxRecords()
    private var lastEntry = ""
    /// Bytes of the current payload not yet read, and the zeros that follow it.
    private var remaining: Int64 = 0
    private var padding = 0
    private var isAtEnd = false
    /// Bytes of headers and extended headers of the entry that is being read.
    private var metadataSize: Int64 = 0
    private var current: TarEntry?
    private var keptPath: [UInt8]?
    private let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 4096)

    /// An entry with more bytes of headers, names and sparse regions than this is refused: they are held in memory.
    private static let maxMetadata: Int64 = 1 << 20
    /// More bytes of global records than this are refused: they are looked through for every entry.
    private static let maxGlobals = 64 << 10
    /// The most regions of a sparse map in the payload, and digits of a number there.
    private static let maxRegions: Int64 = 1 << 16
    private static let maxDigits = 19

    package init(_ source: any ByteSource, name: String, recorder: (any TarRecorder)? = nil) {
        self.source = source
        self.name = name
        self.recorder = recorder
    }

    deinit { scratch.deallocate() }

    /// The next entry, or nil at the end; what was not read of the one before is skipped.
    package func next() throws -> TarEntry? {
        do {
            try skipPayload()
            guard !isAtEnd else { return nil }
            let entry = try readEntry()
            current = entry
            keptPath = nil
            if let entry { lastEntry = entry.name }
            return entry
        } catch TarError.corrupt(let cause) {
            throw failure(cause)
        }
    }

    /// Announces that the current file's content stays readable as `path`, so that the recorder need not keep it.
    /// To be called before its first byte is read.
    func contentIsKept(as path: [UInt8]) throws {
        guard remaining > 0, current?.regions == nil else { return }
        keptPath = path
        try recorder?.payload(size: remaining, path: path)
    }

    /// Reads from the current entry's payload; 0 at its end.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        guard remaining > 0, !buffer.isEmpty else { return 0 }
        let wanted = Int(min(Int64(buffer.count), remaining))
        let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted])
        let count = try source.read(into: part)
        guard count > 0 else { throw failure("unexpected end of the archive") }
        remaining -= Int64(count)
        if keptPath == nil { try recorder?.raw(UnsafeRawBufferPointer(rebasing: part[..<count])) }
        return count
    }

    /// Reads what follows the end mark, so that the whole input was seen.
    package func drain() throws {
        while try next() != nil {}
        while true {
            let count = try source.read(into: scratch)
            if count == 0 { return }
            try recorder?.raw(UnsafeRawBufferPointer(rebasing: scratch[..<count]))
        }
    }

    func failure(_ cause: String) -> BerthError {
        BerthError.invalid(
            "read archive `\(name)`: \(cause)" + (lastEntry.isEmpty ? "" : " after entry `\(lastEntry)`"))
    }

    private func skipPayload() throws {
        while remaining > 0 { _ = try read(into: scratch) }
        _ = try exactly(padding)
        padding = 0
    }

    /// Reads headers up to and including the one of a real entry.
    private func readEntry() throws -> TarEntry? {
        metadataSize = 0
        var pax = globals
        var longPath: [UInt8]?
        var longTarget: [UInt8]?
        while let header = try readHeader() {
            let headerSize = try header.size()
            switch header.type {
            case UInt8(ascii: "x"), UInt8(ascii: "X"): try pax.add(try metadata(headerSize))
            case UInt8(ascii: "g"):
                let payload = try metadata(headerSize)
                try globals.add(payload)
                guard globals.size <= Self.maxGlobals else { throw TarError.corrupt("too many global records") }
                try pax.add(payload)
            case UInt8(ascii: "L"): longPath = Array(try metadata(headerSize).prefix { $0 != 0 })
            case UInt8(ascii: "K"): longTarget = Array(try metadata(headerSize).prefix { $0 != 0 })
            case UInt8(ascii: "V"): _ = try metadata(headerSize)
            default:
                var entry = try makeEntry(header)
                if let longPath { entry.path = longPath }
                if let longTarget { entry.target = longTarget }
                try pax.apply(to: &entry)
                guard max(entry.path.count, entry.target.count) <= PATH_MAX else {
                    throw TarError.corrupt("name of more than \(PATH_MAX) bytes")
                }
                try beginPayload(of: &entry, header: header, pax: pax, size: try pax.payloadSize() ?? headerSize)
                return entry
            }
        }
        isAtEnd = true
        return nil
    }

    private func makeEntry(_ header: TarHeader) throws -> TarEntry {
        var entry = TarEntry()
        entry.path = header.path
        entry.target = header.target
        entry.mode = try header.mode()
        entry.uid = try header.uid()
        entry.gid = try header.gid()
        entry.modified = try header.modified()
        switch header.type {
        case UInt8(ascii: "0"), UInt8(ascii: "7"), UInt8(ascii: "S"): entry.kind = .file
        // The old format marks a directory by a slash at the end of its name.
        case 0: entry.kind = entry.path.last == UInt8(ascii: "/") ? .directory : .file
        case UInt8(ascii: "1"): entry.kind = .hardLink
        case UInt8(ascii: "2"): entry.kind = .symbolicLink
        case UInt8(ascii: "3"), UInt8(ascii: "4"):
            entry.kind = header.type == UInt8(ascii: "3") ? .characterDevice : .blockDevice
            entry.major = try header.major()
            entry.minor = try header.minor()
        case UInt8(ascii: "5"), UInt8(ascii: "D"): entry.kind = .directory
        case UInt8(ascii: "6"): entry.kind = .fifo
        default:
            let type = String(decoding: [header.type], as: UTF8.self)
            throw TarError.corrupt("unsupported type \"\(type)\" of entry `\(entry.name)`")
        }
        return entry
    }

    private func beginPayload(of entry: inout TarEntry, header: TarHeader, pax: PaxRecords, size: Int64) throws {
        let hasPayload = entry.kind == .file || header.type == UInt8(ascii: "D")
        remaining = hasPayload ? size : 0
        padding = Int((512 - remaining % 512) % 512)
        guard entry.kind == .file else { return }
        entry.size = size
        if header.type == UInt8(ascii: "S"), header.isGNU {
            var (regions, continues, realSize) = try header.sparse()
            while continues {
                let more = try TarHeader.sparseContinuation(try metadata(Int64(TarHeader.blockSize)))
                regions += more.regions
                continues = more.continues
            }
            entry.size = realSize
            entry.regions = regions
        } else if let regions = try pax.sparseRegions() {
            entry.regions = regions
        } else if pax.hasMapInPayload {
            entry.regions = try readSparseMap()
        }
        guard let regions = entry.regions else { return }
        entry.size = try pax.sparseSize() ?? entry.size
        try TarRegion.check(regions, payload: remaining, size: entry.size)
    }

    /// GNU sparse format 1.0: decimal numbers on lines of their own, count first, filled up to whole blocks.
    private func readSparseMap() throws -> [TarRegion] {
        var line: [UInt8] = []
        var numbers: [Int64] = []
        var expected: Int64?
        while expected.map({ numbers.count < $0 * 2 }) ?? true {
            guard remaining >= 512 else { throw TarError.corrupt("invalid sparse map") }
            let block = try exactly(512)
            remaining -= 512
            for byte in block where expected.map({ numbers.count < $0 * 2 }) ?? true {
                guard byte == UInt8(ascii: "\n") else {
                    guard line.count < Self.maxDigits else { throw TarError.corrupt("invalid sparse map") }
                    line.append(byte)
                    continue
                }
                let number = try PaxRecords.number(line)
                line = []
                guard expected == nil else {
                    numbers.append(number)
                    continue
                }
                guard number <= Self.maxRegions else { throw TarError.corrupt("too many sparse regions") }
                expected = number
            }
        }
        return stride(from: 0, to: numbers.count, by: 2).map {
            TarRegion(offset: numbers[$0], length: numbers[$0 + 1])
        }
    }

    /// nil at the end mark, or where the input ends between entries.
    private func readHeader() throws -> TarHeader? {
        var bytes = [UInt8](repeating: 0, count: TarHeader.blockSize)
        let count = try bytes.withUnsafeMutableBytes { try source.fill($0) }
        try bytes.withUnsafeBytes { try recorder?.raw(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        if count == 0 { return nil }
        guard count == TarHeader.blockSize else { throw TarError.corrupt("unexpected end of the archive") }
        if bytes.allSatisfy({ $0 == 0 }) { return nil }
        return try TarHeader(bytes)
    }

    /// The payload of an extended header, which counts as the entry's.
    private func metadata(_ size: Int64) throws -> [UInt8] {
        guard size <= Self.maxMetadata else { throw TarError.corrupt("extended header of \(size) bytes") }
        metadataSize += Int64(TarHeader.blockSize) + size
        guard metadataSize <= Self.maxMetadata else { throw TarError.corrupt("too many extended headers") }
        let payload = try exactly(Int(size))
        _ = try exactly(Int((512 - size % 512) % 512))
        return payload
    }

    private func exactly(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let read = try bytes.withUnsafeMutableBytes { try source.fill($0) }
        try bytes.withUnsafeBytes { try recorder?.raw(UnsafeRawBufferPointer(rebasing: $0[..<read])) }
        guard read == count else { throw TarError.corrupt("unexpected end of the archive") }
        return bytes
    }
}

extension TarRegion {
    /// Regions must be in order, inside the file, and use up the payload.
    static func check(_ regions: [TarRegion], payload: Int64, size: Int64) throws {
        var end: Int64 = 0
        var sum: Int64 = 0
        for region in regions {
            let (next, overflow) = region.offset.addingReportingOverflow(region.length)
            guard region.offset >= end, region.length >= 0, !overflow, next <= size else {
                throw TarError.corrupt("invalid sparse map")
            }
            end = next
            sum += region.length
        }
        guard sum == payload else { throw TarError.corrupt("invalid sparse map") }
    }
}
