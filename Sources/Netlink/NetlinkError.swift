import Glibc

/// What failed, on what, and the kernel's reason: "create bridge `berth0`: File exists".
public struct NetlinkError: Error, Sendable, CustomStringConvertible {
    /// A verb and its object's kind: "create bridge".
    public let operation: String
    /// The name of what it was done to; empty when there is none.
    public let subject: String
    /// The errno(3) value.
    public let code: Int32
    /// The kernel's own words (extended acknowledgement), when it had some.
    public let detail: String?

    public init(_ operation: String, _ subject: String, code: Int32 = errno, detail: String? = nil) {
        self.operation = operation
        self.subject = subject
        self.code = code
        self.detail = detail
    }

    public var description: String {
        let thing = subject.isEmpty ? operation : "\(operation) `\(subject)`"
        let cause = String(cString: strerror(code))
        return detail.map { "\(thing): \(cause) (\($0))" } ?? "\(thing): \(cause)"
    }
}
