/// Reads objects' fields in whatever case a client writes them: Go's decoder, and so Docker, takes "detachKeys" for
/// "DetachKeys". A field that is there in the type's own spelling goes before others.
///
/// It hands out another decoder's values and looks only for the keys that a type asks for. Those of dictionaries (labels,
/// ports, options) are a client's own, and keep theirs. Paths in errors have the types' spelling.
struct AnyCaseDecoder: Decoder {
    let base: any Decoder
    let codingPath: [any CodingKey]

    var userInfo: [CodingUserInfoKey: Any] { base.userInfo }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(
            AnyCaseMembers<Key>(try located { try base.container(keyedBy: AnyName.self) }, at: codingPath))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        AnyCaseElements(base: try located { try base.unkeyedContainer() }, codingPath: codingPath)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

    /// Gives an error of the other decoder's the path that is known here.
    private func located<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as DecodingError {
            throw error.located(at: codingPath)
        }
    }
}

extension AnyCaseDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { (try? base.singleValueContainer().decodeNil()) ?? false }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        guard Self.isPlain(type) else { return try Value(from: self) }
        do {
            return try located { try base.singleValueContainer().decode(type) }
        } catch  where !(error is DecodingError) && !(type is String.Type) {
            // JSONDecoder has an error of its own for these, without a path.
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: codingPath, debugDescription: "the number is malformed, no whole one, or out of range"))
        }
    }

    /// Text, a flag or a number: what has no fields.
    private static func isPlain(_ type: any Any.Type) -> Bool {
        type is String.Type || type is Bool.Type || type is any FixedWidthInteger.Type
            || type is any BinaryFloatingPoint.Type
    }
}

/// The fields of an object.
private struct AnyCaseMembers<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let codingPath: [any CodingKey]
    private let base: KeyedDecodingContainer<AnyName>
    /// Keys as they are written, by what they are in lower case.
    private let written: [String: AnyName]

    init(_ base: KeyedDecodingContainer<AnyName>, at path: [any CodingKey]) {
        self.base = base
        codingPath = path
        written = Dictionary(base.allKeys.map { ($0.stringValue.lowercased(), $0) }) { one, other in
            one.stringValue < other.stringValue ? one : other
        }
    }

    var allKeys: [Key] { base.allKeys.compactMap { Key(stringValue: $0.stringValue) } }

    private func name(of key: Key) -> AnyName? {
        let exact = AnyName(stringValue: key.stringValue)
        return base.contains(exact) ? exact : written[key.stringValue.lowercased()]
    }

    func contains(_ key: Key) -> Bool { name(of: key) != nil }

    func decodeNil(forKey key: Key) throws -> Bool { try decoder(of: key).decodeNil() }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try decoder(of: key).decode(type)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try decoder(of: key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try decoder(of: key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder {
        AnyCaseDecoder(base: try base.superDecoder(), codingPath: codingPath)
    }

    func superDecoder(forKey key: Key) throws -> any Decoder { try decoder(of: key) }

    private func decoder(of key: Key) throws -> AnyCaseDecoder {
        guard let name = name(of: key) else {
            throw DecodingError.keyNotFound(key, .init(codingPath: codingPath, debugDescription: "missing"))
        }
        return AnyCaseDecoder(base: try base.superDecoder(forKey: name), codingPath: codingPath + [key])
    }
}

/// The elements of a list.
private struct AnyCaseElements: UnkeyedDecodingContainer {
    var base: any UnkeyedDecodingContainer
    let codingPath: [any CodingKey]

    var count: Int? { base.count }
    var isAtEnd: Bool { base.isAtEnd }
    var currentIndex: Int { base.currentIndex }

    mutating func decodeNil() throws -> Bool { try base.decodeNil() }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try next().decode(type) }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        try next().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next().unkeyedContainer() }

    mutating func superDecoder() throws -> any Decoder { try next() }

    private mutating func next() throws -> AnyCaseDecoder {
        let path = codingPath + [AnyName(index: currentIndex)]
        return AnyCaseDecoder(base: try base.superDecoder(), codingPath: path)
    }
}

/// A key of whatever name, or a place in a list.
private struct AnyName: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }

    init(index: Int) {
        stringValue = "Index \(index)"
        intValue = index
    }

    init?(intValue: Int) { self.init(index: intValue) }
}

extension DecodingError {
    fileprivate func located(at path: [any CodingKey]) -> DecodingError {
        func at(_ context: Context) -> Context {
            Context(
                codingPath: path, debugDescription: context.debugDescription, underlyingError: context.underlyingError)
        }
        switch self {
        case .typeMismatch(let type, let context): return .typeMismatch(type, at(context))
        case .valueNotFound(let type, let context): return .valueNotFound(type, at(context))
        case .keyNotFound(let key, let context): return .keyNotFound(key, at(context))
        case .dataCorrupted(let context): return .dataCorrupted(at(context))
        @unknown default: return self
        }
    }
}
