import Glibc
import Model

/// One 512-byte header block: ustar (POSIX.1-1988), GNU and the old Unix format.
struct TarHeader {
    static let blockSize = 512

    private let block: [UInt8]

    /// Checks the checksum; throws `TarError.corrupt`.
    init(_ block: [UInt8]) throws {
        self.block = block
        // POSIX sums unsigned bytes; some old programs summed signed ones. The checksum field counts as spaces.
        var unsigned = 0
        var signed = 0
        for (index, byte) in block.enumerated() {
            let value = (148..<156).contains(index) ? UInt8(ascii: " ") : byte
            unsigned += Int(value)
            signed += Int(Int8(bitPattern: value))
        }
        guard let expected = try? number(at: 148..<156), expected == unsigned || expected == signed else {
            throw TarError.corrupt("bad header checksum")
        }
    }

    var type: UInt8 { block[156] }
    var isGNU: Bool { block[257..<265].elementsEqual("ustar  \0".utf8) }
    private var isPOSIX: Bool { block[257..<263].elementsEqual("ustar\0".utf8) }

    var path: [UInt8] {
        let name = text(0..<100)
        guard isPOSIX else { return name }
        let prefix = text(345..<500)
        return prefix.isEmpty ? name : prefix + [UInt8(ascii: "/")] + name
    }

    var target: [UInt8] { text(157..<257) }

    func mode() throws -> mode_t { mode_t(truncatingIfNeeded: try number(at: 100..<108)) & 0o7777 }
    func uid() throws -> UInt32 { try id(108..<116) }
    func gid() throws -> UInt32 { try id(116..<124) }
    func size() throws -> Int64 { try length(at: 124..<136) }
    func modified() throws -> timespec { timespec(tv_sec: Int(try number(at: 136..<148)), tv_nsec: 0) }
    func major() throws -> UInt32 { try id(329..<337) }
    func minor() throws -> UInt32 { try id(337..<345) }

    /// GNU's sparse regions of this block, whether more blocks of them follow, and the file's real size.
    func sparse() throws -> (regions: [TarRegion], continues: Bool, size: Int64) {
        (try Self.regions(block, from: 386, count: 4), block[482] != 0, try length(at: 483..<495))
    }

    /// The regions of a GNU sparse continuation block.
    static func sparseContinuation(_ block: [UInt8]) throws -> (regions: [TarRegion], continues: Bool) {
        (try regions(block, from: 0, count: 21), block[504] != 0)
    }

    private static func regions(_ block: [UInt8], from start: Int, count: Int) throws -> [TarRegion] {
        var regions: [TarRegion] = []
        for index in 0..<count {
            let at = start + index * 24
            if block[at] == 0 { break }
            let offset = try parse(block[at..<at + 12])
            let length = try parse(block[at + 12..<at + 24])
            regions.append(TarRegion(offset: offset, length: length))
        }
        return regions
    }

    private func text(_ range: Range<Int>) -> [UInt8] { Array(block[range].prefix { $0 != 0 }) }

    private func id(_ range: Range<Int>) throws -> UInt32 {
        guard let id = UInt32(exactly: try number(at: range)) else { throw TarError.corrupt("number out of range") }
        return id
    }

    private func length(at range: Range<Int>) throws -> Int64 {
        let value = try number(at: range)
        guard value >= 0 else { throw TarError.corrupt("negative size") }
        return value
    }

    private func number(at range: Range<Int>) throws -> Int64 { try Self.parse(block[range]) }

    /// Octal digits, or GNU's base 256 when the first bit is set.
    private static func parse(_ field: ArraySlice<UInt8>) throws -> Int64 {
        guard let first = field.first else { return 0 }
        if first & 0x80 != 0 {
            var value: Int64 = first & 0x40 != 0 ? -1 : 0
            for (index, byte) in field.enumerated() {
                let bits = index == 0 ? byte & 0x3f | (first & 0x40 != 0 ? 0xc0 : 0) : byte
                guard value >> 55 == 0 || value >> 55 == -1 else { throw TarError.corrupt("number out of range") }
                value = value << 8 | Int64(bits)
            }
            return value
        }
        var value: Int64 = 0
        for byte in field.drop(while: { $0 == UInt8(ascii: " ") || $0 == 0 }) {
            if byte == UInt8(ascii: " ") || byte == 0 { break }
            guard (48...55).contains(byte) else { throw TarError.corrupt("invalid number in header") }
            value = value << 3 | Int64(byte - 48)
        }
        return value
    }
}

/// What is wrong with a tar archive; the reader adds where.
enum TarError: Error {
    case corrupt(String)
}
