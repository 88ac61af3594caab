import CNetlink
import Glibc

/// A message from the kernel, valid only while it is being handed out.
package struct NetlinkMessage {
    /// The whole message, header included.
    private let bytes: UnsafeRawBufferPointer

    package var kind: Int32 { Int32(bytes.loadUnaligned(fromByteOffset: 4, as: UInt16.self)) }
    package var flags: UInt16 { bytes.loadUnaligned(fromByteOffset: 6, as: UInt16.self) }
    package var sequence: UInt32 { bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self) }
    /// The port of the socket whose request caused it; 0 for the kernel itself, and where it does not tell.
    package var port: UInt32 { bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self) }
    package var payload: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[16...]) }

    /// The errno value of an NLMSG_ERROR message; 0 is an acknowledgement.
    package var errorCode: Int32 {
        payload.count >= 4 ? -payload.loadUnaligned(as: Int32.self) : EBADMSG
    }

    /// The kernel's own words, from the extended acknowledgement.
    package var errorText: String? {
        guard flags & UInt16(NLM_F_ACK_TLVS) != 0, payload.count >= 20 else { return nil }
        var skip = 20
        if flags & UInt16(NLM_F_CAPPED) == 0 {
            skip += Int(payload.loadUnaligned(fromByteOffset: 4, as: UInt32.self)) - 16
        }
        guard payload.count > skip else { return nil }
        return Attributes(UnsafeRawBufferPointer(rebasing: payload[skip...]))[1]?.string  // NLMSGERR_ATTR_MSG
    }

    /// The attributes that follow a fixed header of `size` bytes.
    package func attributes(after size: Int) -> Attributes {
        Attributes(UnsafeRawBufferPointer(rebasing: payload[min((size + 3) & ~3, payload.count)...]))
    }

    package static func forEach(in buffer: UnsafeRawBufferPointer, _ body: (NetlinkMessage) -> Void) {
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
