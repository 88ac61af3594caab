/// A type with a natural "nothing given" value: `""`, `0`, `false`, `[]`, `[:]`.
public protocol EmptyInitializable {
    init()
}

extension String: EmptyInitializable {}
extension Int: EmptyInitializable {}
extension Int64: EmptyInitializable {}
extension Double: EmptyInitializable {}
extension Bool: EmptyInitializable {}
extension Array: EmptyInitializable {}
extension Dictionary: EmptyInitializable {}

/// A field that a client may leave out or send as `null`, and that is always encoded.
///
/// Docker's API treats a missing field, `null` and the empty value alike; so do we, and say the
/// empty value when we answer.
@propertyWrapper
public struct OrEmpty<Value: EmptyInitializable & Codable & Sendable>: Codable, Sendable {
    public var wrappedValue: Value

    public init(wrappedValue: Value) {
        self.wrappedValue = wrappedValue
    }

    public init() {
        self.wrappedValue = Value()
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        wrappedValue = container.decodeNil() ? Value() : try container.decode(Value.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(wrappedValue)
    }
}

extension OrEmpty: Equatable where Value: Equatable {}

extension KeyedDecodingContainer {
    /// Reads an absent key as the empty value.
    public func decode<Value>(_ type: OrEmpty<Value>.Type, forKey key: Key) throws -> OrEmpty<Value> {
        try decodeIfPresent(type, forKey: key) ?? OrEmpty()
    }
}

/// The empty object of Docker's sets: `{"80/tcp": {}}`.
public struct EmptyObject: Codable, Sendable, Equatable {
    public init() {}
}

/// A command that a client may send as one string or as a list of words (`Cmd`, `Entrypoint`).
public struct WordList: Codable, Sendable, Equatable {
    public var words: [String]

    public init(_ words: [String]) {
        self.words = words
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let list = try? container.decode([String].self) {
            words = list
        } else {
            words = [try container.decode(String.self)]
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(words)
    }
}

extension KeyedDecodingContainer {
    /// Reads what is there into `value`, and leaves it as it is where the key is absent or null: a record that an earlier
    /// version wrote lacks what was added since.
    func read<Value: Decodable>(_ key: Key, into value: inout Value) throws {
        if let found = try decodeIfPresent(Value.self, forKey: key) { value = found }
    }
}
