/// A filter as the kernel takes it: classic BPF for seccomp(2) with SECCOMP_SET_MODE_FILTER.
public struct SeccompProgram: Sendable, Hashable {
    /// An array of `struct sock_filter`, 8 bytes each, in this machine's byte order.
    public var bytes: [UInt8]

    /// BPF_MAXINSNS: no longer one is taken.
    static let maxInstructions = 4096

    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// `sock_fprog.len`.
    public var instructionCount: UInt16 { UInt16(truncatingIfNeeded: bytes.count / 8) }
}
