import CNftables
import Glibc
import Netlink

/// A run of nftables changes that the kernel takes all or none of (nfnetlink batch).
struct Transaction {
    /// What each message does, for the error that names it: operation and subject.
    private(set) var words: [(operation: String, subject: String)] = []
    private var messages: [[UInt8]] = []

    var isEmpty: Bool { messages.isEmpty }

    /// A number for what the messages say (FNV-1a, 64 bits): the same for the same messages.
    var fingerprint: UInt64 {
        messages.joined().reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// Adds the messages of another one behind these.
    mutating func append(_ other: Transaction) {
        words += other.words
        messages += other.messages
    }

    /// Adds one message: its header is made here, its payload by `build`.
    /// - Parameter flags: More NLM_F_ flags than NLM_F_REQUEST.
    mutating func add(
        _ operation: String, _ subject: String, type: Int, flags: Int32 = 0,
        build: (UnsafeMutablePointer<nlmsghdr>) -> Void
    ) {
        let message = [UInt8](unsafeUninitializedCapacity: Self.messageCapacity) { buffer, count in
            // What lies between attributes is never written, and counts in the fingerprint.
            buffer.initialize(repeating: 0)
            buffer.withMemoryRebound(to: CChar.self) { bytes in
                let header = nftnl_nlmsg_build_hdr(
                    bytes.baseAddress, UInt16(type), UInt16(NFPROTO_INET), UInt16(flags), 0)!
                build(header)
                count = Int(header.pointee.nlmsg_len)
            }
        }
        messages.append(message)
        words.append((operation, subject))
    }

    /// Adds a message whose attributes are there already.
    mutating func add(_ operation: String, _ subject: String, type: Int, flags: Int32, attributes: [UInt8]) {
        var message = [UInt8](repeating: 0, count: 20 + attributes.count)
        message.withUnsafeMutableBytes { bytes in
            bytes.storeBytes(of: UInt32(bytes.count), as: UInt32.self)
            bytes.storeBytes(of: UInt16(NFNL_SUBSYS_NFTABLES) << 8 | UInt16(type), toByteOffset: 4, as: UInt16.self)
            bytes.storeBytes(of: UInt16(NLM_F_REQUEST | flags), toByteOffset: 6, as: UInt16.self)
            bytes[16] = UInt8(NFPROTO_INET)
        }
        message.replaceSubrange(20..., with: attributes)
        messages.append(message)
        words.append((operation, subject))
    }

    /// The packet: begin, the messages numbered from `first` on, end. The last message asks for an acknowledgement.
    func packet(first: UInt32) -> [UInt8] {
        var packet = Self.mark(nftnl_batch_begin, sequence: first &- 1)
        packet.reserveCapacity(messages.reduce(64) { $0 + $1.count + 4 })
        for (index, message) in messages.enumerated() {
            let start = packet.count
            packet.append(contentsOf: message)
            while packet.count % 4 != 0 { packet.append(0) }
            packet.withUnsafeMutableBytes { bytes in
                let header = bytes.baseAddress! + start
                header.storeBytes(of: first &+ UInt32(index), toByteOffset: 8, as: UInt32.self)
                if index == messages.count - 1 {
                    let flags = header.loadUnaligned(fromByteOffset: 6, as: UInt16.self)
                    header.storeBytes(of: flags | UInt16(NLM_F_ACK), toByteOffset: 6, as: UInt16.self)
                }
            }
        }
        return packet + Self.mark(nftnl_batch_end, sequence: first &+ UInt32(messages.count))
    }

    private static func mark(
        _ build: (UnsafeMutablePointer<CChar>?, UInt32) -> UnsafeMutablePointer<nlmsghdr>?, sequence: UInt32
    ) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 64) { buffer, count in
            buffer.withMemoryRebound(to: CChar.self) { bytes in
                count = Int(build(bytes.baseAddress, sequence)!.pointee.nlmsg_len)
            }
        }
    }

    /// Enough for a rule, and for `ElementChange.perMessage` elements.
    private static let messageCapacity = 32768
}
