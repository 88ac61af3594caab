extension LaunchPlan {
    /// One namespace of the process: see namespaces(7).
    public struct Namespace: Sendable, Equatable {
        public enum Kind: UInt8, Sendable, CaseIterable {
            case mount, pid, uts, ipc, network, cgroup

            /// The file below `/proc/PID/ns`.
            public var file: String {
                switch self {
                case .mount: return "mnt"
                case .pid: return "pid"
                case .uts: return "uts"
                case .ipc: return "ipc"
                case .network: return "net"
                case .cgroup: return "cgroup"
                }
            }
        }

        public var kind: Kind
        /// The namespace's file to join: bind-mounted (`/run/…/netns/x`) or `/proc/PID/ns/x`. nil makes a new one.
        public var path: String?
        /// Whose namespace it is, when `path` is below its `/proc/PID`: the plan is refused when the number now belongs
        /// to another process.
        public var owner: ExecTarget?

        public init(_ kind: Kind, path: String? = nil) {
            self.kind = kind
            self.path = path
        }

        /// A new one.
        public static func new(_ kind: Kind) -> Namespace { Namespace(kind) }
        /// One that exists.
        public static func join(_ kind: Kind, _ path: String) -> Namespace { Namespace(kind, path: path) }
        /// That of a process.
        public static func join(_ kind: Kind, of owner: ExecTarget) -> Namespace {
            var namespace = Namespace(kind, path: "/proc/\(owner.pid)/ns/\(kind.file)")
            namespace.owner = owner
            return namespace
        }
    }
}
