/// An error that a driver gives, or that the loader gives in its place.
///
/// On the wire: `{"Err": "text", "Code": 404}`. `Err` is Docker's (its ipam plugins say `Error`); `Code` is Berth's
/// optional extension.
public struct DriverError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The HTTP status that the client should see.
    public enum Code: Int, Sendable, Codable {
        case invalid = 400
        case forbidden = 403
        case notFound = 404
        case conflict = 409
        case system = 500
        /// The driver does not know the method, or, as a reply, what is asked of it is not there yet.
        case notImplemented = 501
        /// The driver could not be reached, hangs, or was refused. Never on the wire.
        case unavailable = 503
    }

    public var code: Code
    /// The thing, the operation and the cause, in Docker's wording where scripts may match on it.
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }

    public static func invalid(_ message: String) -> DriverError { .init(.invalid, message) }
    public static func forbidden(_ message: String) -> DriverError { .init(.forbidden, message) }
    public static func notFound(_ message: String) -> DriverError { .init(.notFound, message) }
    public static func conflict(_ message: String) -> DriverError { .init(.conflict, message) }
    public static func system(_ message: String) -> DriverError { .init(.system, message) }
}

extension DriverError: Encodable {
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: ReplyKeys.self)
        try container.encode(message, forKey: .err)
        try container.encode(code == .unavailable ? .system : code, forKey: .code)
    }
}

enum ReplyKeys: String, CodingKey {
    case err = "Err"
    case error = "Error"
    case code = "Code"
}

/// A reply as it stands on the wire: an error, or the method's own message.
public enum DriverReply<Message: Decodable & Sendable>: Decodable, Sendable {
    case message(Message)
    case error(DriverError)

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: ReplyKeys.self)
        let text =
            try container.decodeIfPresent(String.self, forKey: .err).flatMap { $0.isEmpty ? nil : $0 }
            ?? container.decodeIfPresent(String.self, forKey: .error).flatMap { $0.isEmpty ? nil : $0 }
        if let text {
            let code = try container.decodeIfPresent(Int.self, forKey: .code).flatMap(DriverError.Code.init(rawValue:))
            self = .error(DriverError(code ?? .system, text))
        } else {
            self = .message(try Message(from: decoder))
        }
    }
}
