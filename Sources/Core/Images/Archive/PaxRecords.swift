import Glibc
import Model

/// Extended header records ("pax", POSIX.1-2001): attributes that replace or complete the header's own.
///
/// Only what is understood is kept, each keyword's last value.
struct PaxRecords {
    private var values: [String: [UInt8]] = [:]
    /// Extended attributes by name.
    private var attributes: [String: [UInt8]] = [:]
    /// Offsets and lengths of GNU sparse format 0.0, which repeats its keywords.
    private var sparseNumbers: [Int64] = []

    private static let attributePrefix = "SCHILY.xattr."
    private static let keywords: Set<String> = [
        "path", "linkpath", "size", "uid", "gid", "mtime", "GNU.sparse.major", "GNU.sparse.map", "GNU.sparse.name",
        "GNU.sparse.realsize", "GNU.sparse.size",
    ]

    init() {}

    /// Bytes of the names and values that are kept.
    var size: Int {
        values.reduce(0) { $0 + $1.key.utf8.count + $1.value.count }
            + attributes.reduce(0) { $0 + $1.key.utf8.count + $1.value.count }
            + sparseNumbers.count * MemoryLayout<Int64>.size
    }

    /// Reads the payload of an extended header: "length key=value\n", the length counting itself.
    mutating func add(_ payload: [UInt8]) throws {
        var rest = payload[...]
        while !rest.isEmpty {
            guard let space = rest.firstIndex(of: UInt8(ascii: " ")),
                let length = Self.decimal(rest[rest.startIndex..<space]).flatMap({ Int(exactly: $0) }),
                length > space - rest.startIndex + 1, length <= rest.count,
                rest[rest.startIndex + length - 1] == UInt8(ascii: "\n"),
                let equals = rest[space...].firstIndex(of: UInt8(ascii: "=")),
                equals < rest.startIndex + length - 1
            else { throw TarError.corrupt("invalid extended header") }
            let key = String(decoding: rest[(space + 1)..<equals], as: UTF8.self)
            try set(key, Array(rest[(equals + 1)..<(rest.startIndex + length - 1)]))
            rest = rest[(rest.startIndex + length)...]
        }
    }

    private mutating func set(_ key: String, _ value: [UInt8]) throws {
        if key.hasPrefix(Self.attributePrefix) {
            let name = String(key.dropFirst(Self.attributePrefix.count))
            guard !name.isEmpty, !name.utf8.contains(0) else { throw TarError.corrupt("invalid extended attribute") }
            attributes[name] = value
        } else if key == "GNU.sparse.offset" || key == "GNU.sparse.numbytes" {
            sparseNumbers.append(try Self.number(value))
        } else if Self.keywords.contains(key) {
            // An empty value takes back what a global header said.
            values[key] = value.isEmpty ? nil : value
        }
    }

    /// Size of the payload in the archive, if the records say one.
    func payloadSize() throws -> Int64? { try values["size"].map(Self.number) }

    /// Puts the records' values into `entry`, whose size is that of the payload.
    func apply(to entry: inout TarEntry) throws {
        if let path = values["path"] { entry.path = path }
        if let target = values["linkpath"] { entry.target = target }
        if let uid = values["uid"] { entry.uid = try Self.id(uid) }
        if let gid = values["gid"] { entry.gid = try Self.id(gid) }
        if let time = values["mtime"] { entry.modified = try Self.time(time) }
        entry.attributes = attributes.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
        if entry.kind == .file, let name = values["GNU.sparse.name"] { entry.path = name }
        guard !entry.path.contains(0), !entry.target.contains(0) else { throw TarError.corrupt("NUL in a name") }
    }

    /// The sparse map that the records give, GNU formats 0.0 and 0.1.
    func sparseRegions() throws -> [TarRegion]? {
        var numbers = sparseNumbers
        if let map = values["GNU.sparse.map"] {
            numbers = try map.split(separator: UInt8(ascii: ",")).map { try Self.number(Array($0)) }
        }
        guard !numbers.isEmpty || values["GNU.sparse.map"] != nil else { return nil }
        guard numbers.count.isMultiple(of: 2) else { throw TarError.corrupt("invalid sparse map") }
        return stride(from: 0, to: numbers.count, by: 2).map {
            TarRegion(offset: numbers[$0], length: numbers[$0 + 1])
        }
    }

    /// Whether the payload begins with its sparse map, GNU format 1.0.
    var hasMapInPayload: Bool { values["GNU.sparse.major"].map { $0.elementsEqual("1".utf8) } ?? false }

    /// Size of a sparse file with its holes.
    func sparseSize() throws -> Int64? {
        try (values["GNU.sparse.realsize"] ?? values["GNU.sparse.size"]).map(Self.number)
    }

    static func number(_ value: [UInt8]) throws -> Int64 {
        guard let number = decimal(value[...]) else { throw TarError.corrupt("invalid number in extended header") }
        return number
    }

    private static func decimal(_ digits: ArraySlice<UInt8>) -> Int64? {
        guard !digits.isEmpty, digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int64(String(decoding: digits, as: UTF8.self))
    }

    private static func id(_ value: [UInt8]) throws -> UInt32 {
        guard let id = UInt32(exactly: try number(value)) else { throw TarError.corrupt("owner out of range") }
        return id
    }

    /// Seconds with any number of decimals, possibly before 1970.
    private static func time(_ value: [UInt8]) throws -> timespec {
        let isNegative = value.first == UInt8(ascii: "-")
        let parts = value[(isNegative ? 1 : 0)...].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count <= 2, let whole = parts.first, let seconds = decimal(whole) else {
            throw TarError.corrupt("invalid time in extended header")
        }
        let digits = (parts.count == 2 ? Array(parts[1].prefix(9)) : []) + [UInt8](repeating: 48, count: 9)
        guard let nanoseconds = decimal(digits.prefix(9)) else {
            throw TarError.corrupt("invalid time in extended header")
        }
        guard isNegative else { return timespec(tv_sec: Int(seconds), tv_nsec: Int(nanoseconds)) }
        return nanoseconds == 0
            ? timespec(tv_sec: -Int(seconds), tv_nsec: 0)
            : timespec(tv_sec: -Int(seconds) - 1, tv_nsec: 1_000_000_000 - Int(nanoseconds))
    }
}
