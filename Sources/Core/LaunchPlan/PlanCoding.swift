/// Why a launch plan could not be read.
public enum PlanError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The bytes end before the value does.
    case truncated
    /// Bytes are left over after the plan's last value.
    case trailingBytes(Int)
    /// The first bytes are not those of a launch plan.
    case notAPlan
    /// The plan was written by another version of Berth.
    case version(UInt16)
    /// A field holds a value that has no meaning.
    case invalid(String)

    public var description: String {
        switch self {
        case .truncated: return "launch plan: truncated"
        case .trailingBytes(let count): return "launch plan: \(count) bytes after its end"
        case .notAPlan: return "launch plan: not a launch plan"
        case .version(let version): return "launch plan: version \(version) is not known"
        case .invalid(let field): return "launch plan: \(field) has no meaning"
        }
    }
}

/// A value with a fixed place in the binary form of a launch plan: little-endian integers,
/// strings and arrays behind a 32-bit count.
protocol PlanCoded {
    func encode(into writer: inout PlanWriter)
    init(from reader: inout PlanReader) throws(PlanError)
}

/// Appends values to a byte array.
struct PlanWriter {
    private(set) var bytes: [UInt8] = []

    mutating func put(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func put(_ value: Bool) { put(UInt8(value ? 1 : 0)) }

    mutating func put(_ value: String) {
        put(UInt32(value.utf8.count))
        bytes.append(contentsOf: value.utf8)
    }

    mutating func put(_ value: [UInt8]) {
        put(UInt32(value.count))
        bytes.append(contentsOf: value)
    }

    mutating func put(_ values: [String]) {
        put(UInt32(values.count))
        for value in values { put(value) }
    }

    mutating func put(_ value: some PlanCoded) { value.encode(into: &self) }

    mutating func put<Value: PlanCoded>(_ values: [Value]) {
        put(UInt32(values.count))
        for value in values { value.encode(into: &self) }
    }

    mutating func put<Value: PlanCoded>(_ value: Value?) {
        put(value != nil)
        value?.encode(into: &self)
    }
}

/// Takes values from the front of a byte buffer, each checked against what is left of it.
struct PlanReader {
    private let bytes: UnsafeRawBufferPointer
    private var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var remaining: Int { bytes.count - offset }

    mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type = Value.self) throws(PlanError) -> Value {
        let size = MemoryLayout<Value>.size
        guard remaining >= size else { throw .truncated }
        let value = bytes.loadUnaligned(fromByteOffset: offset, as: Value.self)
        offset += size
        return Value(littleEndian: value)
    }

    mutating func bool() throws(PlanError) -> Bool {
        switch try integer(UInt8.self) {
        case 0: return false
        case 1: return true
        default: throw .invalid("boolean")
        }
    }

    /// A count of items of at least `size` bytes each, so that no count can ask for more memory than the input has.
    private mutating func count(of size: Int) throws(PlanError) -> Int {
        let count = Int(try integer(UInt32.self))
        guard count * size <= remaining else { throw .truncated }
        return count
    }

    mutating func data() throws(PlanError) -> [UInt8] {
        let count = try count(of: 1)
        defer { offset += count }
        return [UInt8](bytes[offset..<offset + count])
    }

    mutating func string() throws(PlanError) -> String {
        let count = try count(of: 1)
        defer { offset += count }
        let slice = bytes[offset..<offset + count]
        guard !slice.contains(0) else { throw .invalid("string with a zero byte") }
        return String(decoding: slice, as: UTF8.self)
    }

    mutating func strings() throws(PlanError) -> [String] {
        let count = try count(of: 4)
        var values: [String] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try string()) }
        return values
    }

    mutating func value<Value: PlanCoded>(_ type: Value.Type = Value.self) throws(PlanError) -> Value {
        try Value(from: &self)
    }

    mutating func values<Value: PlanCoded>(_ type: Value.Type = Value.self) throws(PlanError) -> [Value] {
        let count = try count(of: 1)
        var values: [Value] = []
        for _ in 0..<count { values.append(try Value(from: &self)) }
        return values
    }

    mutating func optional<Value: PlanCoded>(_ type: Value.Type = Value.self) throws(PlanError) -> Value? {
        try bool() ? try Value(from: &self) : nil
    }

    mutating func choice<Value: RawRepresentable>(_ field: String) throws(PlanError) -> Value
    where Value.RawValue == UInt8 {
        guard let value = Value(rawValue: try integer(UInt8.self)) else { throw .invalid(field) }
        return value
    }
}
