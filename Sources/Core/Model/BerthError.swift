/// An error that a client sees: what it was about, in words, and the class that decides the HTTP status.
public struct BerthError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The class of an error; its raw value is Docker's HTTP status for it.
    public enum Code: Int, Sendable {
        case notModified = 304
        case invalidParameter = 400
        case forbidden = 403
        case notFound = 404
        case conflict = 409
        case tooLarge = 413
        case system = 500
        case notImplemented = 501
        case unavailable = 503
    }

    public var code: Code
    /// The thing, the operation and the cause, in Docker's wording where scripts may match on it.
    public var message: String

    /// What Docker said in older versions of its API, where scripts may match on that.
    private var former: Former?

    private struct Former: Sendable, Equatable {
        var below: Int
        var message: String
    }

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The same error, with another text below version 1.`minor` of the API.
    public func formerly(_ message: String, below minor: Int) -> BerthError {
        var error = self
        error.former = Former(below: minor, message: message)
        return error
    }

    /// The text for a client of version 1.`minor` of the API.
    public func message(minor: Int) -> String {
        guard let former, minor < former.below else { return message }
        return former.message
    }

    public var description: String { message }

    public static func invalid(_ message: String) -> BerthError { .init(.invalidParameter, message) }
    public static func notFound(_ message: String) -> BerthError { .init(.notFound, message) }
    public static func conflict(_ message: String) -> BerthError { .init(.conflict, message) }
    public static func forbidden(_ message: String) -> BerthError { .init(.forbidden, message) }
    public static func system(_ message: String) -> BerthError { .init(.system, message) }
    public static func notImplemented(_ what: String) -> BerthError {
        .init(.notImplemented, "\(what) is not implemented yet")
    }
}
