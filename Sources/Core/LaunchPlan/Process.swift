extension LaunchPlan {
    /// The program to be executed and as whom.
    public struct Process: Sendable, Equatable {
        /// argv; the first is looked up in the `PATH` of `environment` unless it has a slash.
        public var arguments: [String]
        /// `NAME=value`. `HOME` is added from the user's passwd entry when it is not there.
        public var environment: [String]
        /// Absolute path in the container; made when it is missing.
        public var workingDirectory: String
        /// As Docker gives it: empty, `uid`, `name`, `uid:gid`, `name:group`; looked up in the container's files.
        public var user: String
        /// Names or numbers of groups in addition to the user's own.
        public var additionalGroups: [String]
        public var capabilities: Capabilities
        public var noNewPrivileges: Bool
        /// The seccomp program: an array of `struct sock_filter` as seccomp(2) takes it; empty for none.
        public var seccomp: [UInt8]
        public var umask: UInt32

        public init(
            arguments: [String], environment: [String] = [], workingDirectory: String = "/", user: String = "",
            additionalGroups: [String] = [], capabilities: Capabilities = Capabilities(),
            noNewPrivileges: Bool = false, seccomp: [UInt8] = [], umask: UInt32 = 0o022
        ) {
            self.arguments = arguments
            self.environment = environment
            self.workingDirectory = workingDirectory
            self.user = user
            self.additionalGroups = additionalGroups
            self.capabilities = capabilities
            self.noNewPrivileges = noNewPrivileges
            self.seccomp = seccomp
            self.umask = umask
        }
    }

    /// The five capability sets of capabilities(7), bit N for capability N. Bits the daemon lacks are left out.
    public struct Capabilities: Sendable, Equatable {
        public var bounding: UInt64
        public var permitted: UInt64
        public var effective: UInt64
        public var inheritable: UInt64
        public var ambient: UInt64

        public init(
            bounding: UInt64 = 0, permitted: UInt64 = 0, effective: UInt64 = 0, inheritable: UInt64 = 0,
            ambient: UInt64 = 0
        ) {
            self.bounding = bounding
            self.permitted = permitted
            self.effective = effective
            self.inheritable = inheritable
            self.ambient = ambient
        }
    }
}
