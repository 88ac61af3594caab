import CNetlink
import Glibc

/// A message from the kernel, valid only while it is being handed out.
struct NetlinkMessage {
    /// The whole message, header included.
    private let bytes: UnsafeRawBufferPointer

    var kind: Int32 { Int32(bytes.loadUnaligned(fromByteOffset: 4, as: UInt16.self)) }
    var flags: UInt16 { bytes.loadUnaligned(fromByteOffset: 6, as: UInt16.self) }
    var sequence: UInt32 { bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self) }
    var payload: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[16...]) }

    /// The errno value of an NLMSG_ERROR message; 0 is an acknowledgement.
    var errorCode: Int32 {
        payload.count >= 4 ? -payload.loadUnaligned(as: Int32.self) : EBADMSG
    }

    /// The kernel's own words, from the extended acknowledgement.
    var errorText: String? {
        guard flags & UInt16(NLM_F_ACK_TLVS) != 0, payload.count >= 20 else { return nil }
        var skip = 20
        if flags & UInt16(NLM_F_CAPPED) == 0 {
            skip += Int(payload.loadUnaligned(fromByteOffset: 4, as: UInt32.self)) - 16
        }
        guard payload.count > skip else { return nil }
        return Attributes(UnsafeRawBufferPointer(rebasing: payload[skip...]))[1]?.string  // NLMSGERR_ATTR_MSG
    }

    /// The attributes that follow a fixed header of `size` bytes.
    func attributes(after size: Int) -> Attributes {
        Attributes(UnsafeRawBufferPointer(rebasing: payload[min((size + 3) & ~3, payload.count)...]))
    }

    static func forEach(in buffer: UnsafeRawBufferPointer, _ body: (NetlinkMessage) -> Void) {
        var offset = 0
        while offset + 16 <= buffer.count {
            let length = Int(buffer.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            guard length >= 16, offset + length <= buffer.count else { return }
            body(NetlinkMessage(bytes: UnsafeRawBufferPointer(rebasing: buffer[offset..<offset + length])))
            offset += (length + 3) & ~3
        }
    }

    private init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }
}

/// A run of netlink attributes (type, length, value), valid as long as the message is.
struct Attributes {
    private let bytes: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The first attribute of a type.
    subscript(type: Int) -> Attribute? {
        var offset = 0
        while offset + 4 <= bytes.count {
            let length = Int(bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
            guard length >= 4, offset + length <= bytes.count else { return nil }
            let found = Int(bytes.loadUnaligned(fromByteOffset: offset + 2, as: UInt16.self)) & 0x3FFF
            if found == type {
                return Attribute(bytes: UnsafeRawBufferPointer(rebasing: bytes[offset + 4..<offset + length]))
            }
            offset += (length + 3) & ~3
        }
        return nil
    }
}

/// The value of one attribute.
struct Attribute {
    let bytes: UnsafeRawBufferPointer

    var uint32: UInt32? { bytes.count >= 4 ? bytes.loadUnaligned(as: UInt32.self) : nil }
    var nested: Attributes { Attributes(bytes) }
    /// Text up to a NUL byte or the end.
    var string: String { String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
}
