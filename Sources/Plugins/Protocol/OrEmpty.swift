/// A value that has an empty form, which JSON may leave out or give as null.
public protocol HasEmptyValue {
    static var emptyValue: Self { get }
}

extension String: HasEmptyValue { public static var emptyValue: String { "" } }
extension Bool: HasEmptyValue { public static var emptyValue: Bool { false } }
extension Int: HasEmptyValue { public static var emptyValue: Int { 0 } }
extension Array: HasEmptyValue { public static var emptyValue: [Element] { [] } }
extension Dictionary: HasEmptyValue { public static var emptyValue: [Key: Value] { [:] } }

/// A member of a message that decodes to its empty value where JSON leaves it out or says null, as Go's decoder
/// does, and that is always encoded.
@propertyWrapper
public struct OrEmpty<Value: HasEmptyValue> {
    public var wrappedValue: Value

    public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }
}

extension OrEmpty: Sendable where Value: Sendable {}
extension OrEmpty: Equatable where Value: Equatable {}

extension OrEmpty: Decodable where Value: Decodable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        wrappedValue = container.decodeNil() ? .emptyValue : try container.decode(Value.self)
    }
}

extension OrEmpty: Encodable where Value: Encodable {
    public func encode(to encoder: any Encoder) throws { try wrappedValue.encode(to: encoder) }
}

extension KeyedDecodingContainer {
    /// What synthesized decoding calls for an `@OrEmpty` member: a missing key is the empty value.
    public func decode<Value: Decodable & HasEmptyValue>(
        _ type: OrEmpty<Value>.Type, forKey key: Key
    ) throws -> OrEmpty<Value> {
        OrEmpty(wrappedValue: try decodeIfPresent(Value.self, forKey: key) ?? .emptyValue)
    }
}
