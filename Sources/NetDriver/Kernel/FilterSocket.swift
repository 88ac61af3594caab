import CNftables
import Glibc
import Netlink
import Synchronization

/// A netfilter netlink socket, bound for life to the network namespace in which it was opened.
/// Calls block for the kernel's answer and may come from any thread; they are carried out one after another.
final class FilterSocket: Sendable {
    private let channel: Mutex<NetlinkChannel>
    /// The number by which the kernel knows this socket.
    let port: UInt32

    /// Opens a socket in the calling thread's namespace.
    init() throws {
        let fd = try NetlinkChannel.openDescriptor(protocol: NETLINK_NETFILTER, named: "netfilter socket")
        // Room for one packet with the elements of thousands of ports; refused without CAP_NET_ADMIN over the host.
        var size: Int32 = 16 << 20
        setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, socklen_t(MemoryLayout<Int32>.size))
        setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, socklen_t(MemoryLayout<Int32>.size))
        port = NetlinkChannel.port(of: fd)
        channel = Mutex(NetlinkChannel(adopting: fd))
    }

    /// Commits all changes or none; throws what the first one that cannot be made fails with.
    /// The kernel's wish to be asked again (ERESTART, EAGAIN, EINTR) is granted a few times.
    func commit(_ transaction: Transaction) throws {
        guard !transaction.isEmpty else { return }
        var failure: NetlinkError?
        for _ in 0..<8 {
            failure = try commitOnce(transaction)
            guard let failure, [ERESTART, EAGAIN, EINTR].contains(failure.code) else { break }
        }
        if let failure { throw failure }
    }

    private func commitOnce(_ transaction: Transaction) throws -> NetlinkError? {
        try channel.withLock { channel in
            let first = channel.sequence &+ 2
            channel.sequence = first &+ UInt32(transaction.words.count)
            let sent = channel.send(transaction.packet(first: first))
            guard sent == 0 else {
                throw NetlinkError("send nftables transaction", transaction.words[0].operation, code: sent)
            }
            // The kernel has queued all its answers before the send came back.
            var failure: NetlinkError?
            var answered = false
            while true {
                let code = channel.receive(waiting: !answered) { message in
                    guard message.kind == NLMSG_ERROR else { return }
                    let index = Int(Int32(bitPattern: message.sequence &- first))
                    guard index >= -1, index <= transaction.words.count else { return }
                    answered = true
                    guard message.errorCode != 0, failure == nil else { return }
                    let words =
                        transaction.words.indices.contains(index)
                        ? transaction.words[index] : ("commit nftables transaction", "")
                    failure = NetlinkError(words.0, words.1, code: message.errorCode, detail: message.errorText)
                }
                if code == EAGAIN { return failure }
                guard code == 0 else { throw NetlinkError("receive from nftables", "", code: code) }
            }
        }
    }

    /// Sends one message outside a transaction and hands each message of the answer to `read`. A dump that changed
    /// while it was read is asked for again, a few times.
    func query<Answer: Sendable>(
        _ operation: String, _ subject: String, type: Int32, family: Int32, flags: Int32,
        build: (UnsafeMutablePointer<nlmsghdr>) -> Void, read: (NetlinkMessage) -> [Answer]
    ) throws -> [Answer] {
        for _ in 0..<8 {
            let answers: [Answer]? = try channel.withLock { channel in
                channel.sequence &+= 1
                let sequence = channel.sequence
                let sent = channel.send(
                    Self.message(type: type, family: family, flags: flags, sequence: sequence, build: build))
                guard sent == 0 else { throw NetlinkError(operation, subject, code: sent) }
                var answers: [Answer] = []
                var failure: NetlinkError?
                var done = false
                var interrupted = false
                while !done {
                    let code = channel.receive { message in
                        guard message.sequence == sequence else { return }
                        if message.flags & UInt16(NLM_F_DUMP_INTR) != 0 { interrupted = true }
                        switch message.kind {
                        case NLMSG_DONE: done = true
                        case NLMSG_ERROR:
                            done = true
                            guard message.errorCode != 0 else { return }
                            failure = NetlinkError(
                                operation, subject, code: message.errorCode, detail: message.errorText)
                        default:
                            answers += read(message)
                            if message.flags & UInt16(NLM_F_MULTI) == 0 { done = true }
                        }
                    }
                    guard code == 0 else { throw NetlinkError(operation, subject, code: code) }
                }
                if let failure, failure.code != EINTR { throw failure }
                return interrupted || failure != nil ? nil : answers
            }
            if let answers { return answers }
        }
        throw NetlinkError(operation, subject, code: EINTR)
    }

    private static func message(
        type: Int32, family: Int32, flags: Int32, sequence: UInt32, build: (UnsafeMutablePointer<nlmsghdr>) -> Void
    ) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
            let header = mnl_nlmsg_put_header(buffer.baseAddress)!
            header.pointee.nlmsg_type = UInt16(type)
            header.pointee.nlmsg_flags = UInt16(NLM_F_REQUEST | flags)
            header.pointee.nlmsg_seq = sequence
            let extra = mnl_nlmsg_put_extra_header(header, MemoryLayout<nfgenmsg>.size)!
            extra.storeBytes(of: UInt8(family), toByteOffset: 0, as: UInt8.self)
            build(header)
            count = Int(header.pointee.nlmsg_len)
        }
    }
}
