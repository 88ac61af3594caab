import FoundationEssentials
import Model

/// Reading JSON that a client sent.
package enum JSONBody {
    /// A body as a client may write it.
    private struct Written<Value: Decodable>: Decodable {
        var value: Value

        init(from decoder: any Decoder) throws {
            value = try AnyCaseDecoder(base: decoder, codingPath: []).decode(Value.self)
        }
    }

    /// Decodes a body; fields that the type does not know are ignored, and the case of their names does not matter.
    /// - Throws: `BerthError.invalid` that starts with "invalid JSON" and names the field.
    package static func decode<Value: Decodable>(_ type: Value.Type, from bytes: some Collection<UInt8>) throws -> Value
    {
        if bytes.allSatisfy(isSpace) {
            throw BerthError.invalid("invalid JSON: got EOF while reading request body")
        }
        do {
            let data = Data(bytes)
            try NulCharacter.refuse(in: data)
            return try JSONDecoder().decode(Written<Value>.self, from: data).value
        } catch let error as BerthError {
            throw error
        } catch let error as DecodingError {
            throw BerthError.invalid("invalid JSON: \(text(error))")
        } catch {
            throw BerthError.invalid("invalid JSON: \(error)")
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0D).contains(byte)
    }

    private static func text(_ error: DecodingError) -> String {
        switch error {
        case .typeMismatch(let type, let context):
            return "field \(path(context.codingPath)): cannot read the value as \(jsonName(type))"
        case .valueNotFound(let type, let context):
            return "field \(path(context.codingPath)): null where \(jsonName(type)) is expected"
        case .keyNotFound(let key, let context):
            return "field \(path(context.codingPath + [key])): missing"
        case .dataCorrupted(let context):
            if !context.codingPath.isEmpty { return "field \(path(context.codingPath)): \(context.debugDescription)" }
            if let cause = context.underlyingError as? CocoaError,
                let reason = cause.userInfo["NSDebugDescription"] as? String
            {
                return reason
            }
            return context.debugDescription
        @unknown default:
            return "\(error)"
        }
    }

    static func path(_ keys: [any CodingKey]) -> String {
        guard !keys.isEmpty else { return "(top level)" }
        return keys.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    }

    private static func jsonName(_ type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Bool.Type: "a boolean"
        case is Int.Type, is Int64.Type, is Double.Type: "a number"
        case is any Collection.Type: "\(type)".hasPrefix("Dictionary") ? "an object" : "a list"
        default: "an object"
        }
    }
}
