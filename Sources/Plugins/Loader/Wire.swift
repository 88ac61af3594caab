import FoundationEssentials
import PluginProtocol

/// Messages to and from JSON.
enum Wire {
    // Both may be used from several threads at once, as long as their settings are left alone.
    private static let encoder = JSONEncoder()
    private static let decoder = JSONDecoder()

    static func encode(_ message: some Encodable, driver: String, method: String) throws(DriverError) -> Data {
        do {
            return try encoder.encode(message)
        } catch {
            throw .system("driver `\(driver)`: \(method): encode request: \(error)")
        }
    }

    /// Decodes a reply, or throws the error that it holds. Nothing at all is `{}`.
    static func decode<Reply: Decodable & Sendable>(
        _ type: Reply.Type, from body: Data, driver: String, method: String
    ) throws(DriverError) -> Reply {
        let reply: DriverReply<Reply>
        do {
            reply = try decoder.decode(DriverReply<Reply>.self, from: body.isEmpty ? Data("{}".utf8) : body)
        } catch {
            throw .system("driver `\(driver)`: \(method): malformed reply: \(reason(error))")
        }
        switch reply {
        case .message(let message): return message
        case .error(let error): throw error
        }
    }

    /// What is wrong with JSON, in words.
    static func reason(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "\(error)" }
        switch error {
        case .keyNotFound(let key, _): return "\"\(key.stringValue)\" is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            return path.isEmpty ? context.debugDescription : "\"\(path)\": \(context.debugDescription)"
        case .dataCorrupted(let context): return context.debugDescription
        @unknown default: return "\(error)"
        }
    }
}
