import CNetlink
import Glibc
import Synchronization

/// A route netlink socket, bound for life to the network namespace in which it was opened (netlink(7), rtnetlink(7)).
/// Calls block for the kernel's answer and may come from any thread; they are carried out one after another.
public final class RouteSocket: Sendable {
    private let channel: Mutex<NetlinkChannel>

    /// Opens a socket in the calling thread's namespace.
    public convenience init() throws {
        self.init(adopting: try Self.openDescriptor())
    }

    /// Opens a socket in another namespace, without leaving the caller's own.
    public convenience init(in namespace: NetworkNamespace) throws {
        self.init(adopting: try namespace.run { try Self.openDescriptor() })
    }

    /// Takes over an open route netlink socket, which it closes in the end.
    public init(adopting descriptor: Int32) {
        channel = Mutex(NetlinkChannel(adopting: descriptor))
    }

    /// A raw route netlink socket in the calling thread's namespace: close-on-exec, extended acknowledgements on.
    public static func openDescriptor() throws -> Int32 {
        try NetlinkChannel.openDescriptor(protocol: NETLINK_ROUTE, named: "route socket")
    }

    /// Requests that are sent at once: the answers to all of them fit into the socket's receive buffer.
    private static let together = 64

    /// Sends all requests and waits for every answer. The kernel goes on after one that fails: the first failure that
    /// its request does not tolerate is thrown after all were tried.
    public func perform(_ requests: [Request]) throws {
        try channel.withLock { channel in
            var failure: NetlinkError?
            for start in stride(from: 0, to: requests.count, by: Self.together) {
                let part = Array(requests[start..<min(start + Self.together, requests.count)])
                let failed = try Self.performTogether(part, on: &channel)
                failure = failure ?? failed
            }
            if let failure { throw failure }
        }
    }

    private static func performTogether(
        _ requests: [Request], on channel: inout NetlinkChannel
    ) throws -> NetlinkError? {
        let first = channel.sequence &+ 1
        var packet: [UInt8] = []
        packet.reserveCapacity(requests.reduce(0) { $0 + $1.message.count + 4 })
        for request in requests {
            channel.sequence &+= 1
            packet.append(request, sequence: channel.sequence, flags: UInt16(NLM_F_ACK))
        }
        try send(packet, on: channel, for: requests[0])
        var failure: NetlinkError?
        var open = requests.count
        while open > 0 {
            try receive(&channel, for: requests[0]) { message in
                let index = Int(message.sequence &- first)
                guard requests.indices.contains(index), message.kind == NLMSG_ERROR else { return }
                open -= 1
                let request = requests[index]
                let code = message.errorCode
                guard code != 0, !request.tolerated.contains(code), failure == nil else { return }
                failure = request.failure(code, detail: message.errorText)
            }
        }
        return failure
    }

    /// Sends one request for data and hands each message of the answer to `read`, to the last one.
    /// A dump that changed while it was read (NLM_F_DUMP_INTR) is asked for again, a few times.
    func query<Answer: Sendable>(_ request: Request, read: (NetlinkMessage) -> Answer?) throws -> [Answer] {
        for _ in 0..<8 {
            if let answers = try queryOnce(request, read: read) { return answers }
        }
        throw request.failure(EINTR)
    }

    private func queryOnce<Answer: Sendable>(_ request: Request, read: (NetlinkMessage) -> Answer?) throws -> [Answer]?
    {
        try channel.withLock { channel in
            channel.sequence &+= 1
            let sequence = channel.sequence
            var packet: [UInt8] = []
            packet.append(request, sequence: sequence, flags: 0)
            try Self.send(packet, on: channel, for: request)
            var answers: [Answer] = []
            var failure: NetlinkError?
            var done = false
            var interrupted = false
            while !done {
                try Self.receive(&channel, for: request) { message in
                    guard message.sequence == sequence else { return }
                    if message.flags & UInt16(NLM_F_DUMP_INTR) != 0 { interrupted = true }
                    switch message.kind {
                    case NLMSG_DONE: done = true
                    case NLMSG_ERROR:
                        done = true
                        let code = message.errorCode
                        if code != 0 && !request.tolerated.contains(code) {
                            failure = request.failure(code, detail: message.errorText)
                        }
                    default:
                        if let answer = read(message) { answers.append(answer) }
                        if message.flags & UInt16(NLM_F_MULTI) == 0 { done = true }
                    }
                }
            }
            if let failure { throw failure }
            return interrupted ? nil : answers
        }
    }

    private static func send(_ packet: [UInt8], on channel: borrowing NetlinkChannel, for request: Request) throws {
        let code = channel.send(packet)
        if code != 0 { throw request.failure(code) }
    }

    private static func receive(
        _ channel: inout NetlinkChannel, for request: Request, each: (NetlinkMessage) -> Void
    ) throws {
        let code = channel.receive(each)
        if code != 0 { throw request.failure(code) }
    }
}

extension [UInt8] {
    /// Appends the request's message with its number and more flags, padded to the alignment netlink asks for.
    fileprivate mutating func append(_ request: Request, sequence: UInt32, flags: UInt16) {
        let start = count
        append(contentsOf: request.message)
        while count % 4 != 0 { append(0) }
        withUnsafeMutableBytes { bytes in
            let header = bytes.baseAddress! + start
            let old = header.loadUnaligned(fromByteOffset: 6, as: UInt16.self)
            header.storeBytes(of: old | UInt16(NLM_F_REQUEST) | flags, toByteOffset: 6, as: UInt16.self)
            header.storeBytes(of: sequence, toByteOffset: 8, as: UInt32.self)
            header.storeBytes(of: 0, toByteOffset: 12, as: UInt32.self)
        }
    }
}
