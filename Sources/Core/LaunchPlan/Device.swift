extension LaunchPlan {
    /// A device node: made with mknod(2), or bind-mounted from the host's `path` where mknod is refused.
    public struct Device: Sendable, Equatable {
        public enum Kind: UInt8, Sendable {
            case character, block, fifo
        }

        /// Absolute path in the container.
        public var path: String
        /// The node on the host to fall back to.
        public var hostPath: String
        public var kind: Kind
        public var major: UInt32
        public var minor: UInt32
        /// Permission bits: 0o666.
        public var mode: UInt32
        public var uid: UInt32
        public var gid: UInt32

        public init(
            path: String, hostPath: String? = nil, kind: Kind = .character, major: UInt32, minor: UInt32,
            mode: UInt32 = 0o666, uid: UInt32 = 0, gid: UInt32 = 0
        ) {
            self.path = path
            self.hostPath = hostPath ?? path
            self.kind = kind
            self.major = major
            self.minor = minor
            self.mode = mode
            self.uid = uid
            self.gid = gid
        }
    }
}
