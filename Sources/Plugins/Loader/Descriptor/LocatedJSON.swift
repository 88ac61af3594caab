import PluginProtocol

/// A JSON value that knows the line it stands on, so that a mistake in a file can be pointed at.
struct LocatedJSON {
    struct Member {
        var key: String
        /// The line of the key.
        var line: Int
        var value: LocatedJSON
    }

    enum Value {
        case null
        case bool(Bool)
        case integer(Int64)
        case number(Double)
        case string(String)
        case array([LocatedJSON])
        case object([Member])
    }

    var line: Int
    var value: Value

    /// What it is, in words.
    var type: String {
        switch value {
        case .null: "null"
        case .bool: "a boolean"
        case .integer, .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    var json: JSONValue {
        switch value {
        case .null: .null
        case .bool(let value): .bool(value)
        case .integer(let value): .integer(value)
        case .number(let value): .number(value)
        case .string(let text): .string(text)
        case .array(let elements): .array(elements.map(\.json))
        case .object(let members):
            .object(Dictionary(members.map { ($0.key, $0.value.json) }, uniquingKeysWith: { _, last in last }))
        }
    }
}
