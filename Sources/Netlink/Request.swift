import CNetlink
import Glibc

/// One rtnetlink message that is ready to be sent, and what it does in words.
public struct Request: Sendable {
    /// The message, header first; the sequence number is set when it is sent.
    let message: [UInt8]
    /// The words of a `NetlinkError`.
    let operation: String
    let subject: String
    /// Errors that mean the wanted state is there already.
    var tolerated: Set<Int32> = []

    /// Takes the bytes of a message that `build` makes with libnl, and frees it.
    init(_ operation: String, _ subject: String, build: (inout OpaquePointer?) -> Int32) throws {
        var made: OpaquePointer?
        let code = build(&made)
        guard code >= 0, let made else {
            throw NetlinkError(operation, subject, code: EINVAL, detail: String(cString: nl_geterror(code)))
        }
        defer { nlmsg_free(made) }
        let header = nlmsg_hdr(made)!
        message = [UInt8](UnsafeRawBufferPointer(start: header, count: Int(header.pointee.nlmsg_len)))
        self.operation = operation
        self.subject = subject
    }

    /// The same request, with errors that count as done: EEXIST for what may be there, ENODEV for what may be gone.
    public func tolerating(_ codes: Int32...) -> Request {
        var copy = self
        copy.tolerated.formUnion(codes)
        return copy
    }

    func failure(_ code: Int32, detail: String? = nil) -> NetlinkError {
        NetlinkError(operation, subject, code: code, detail: detail)
    }
}
