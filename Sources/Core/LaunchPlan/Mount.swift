extension LaunchPlan {
    /// How mount events travel: mount_namespaces(7).
    public enum Propagation: UInt8, Sendable {
        /// Leave it as it is.
        case unchanged, `private`, shared, slave, unbindable
    }

    /// One mount in the container.
    public struct Mount: Sendable, Equatable {
        /// `proc`, `tmpfs`, … ; ignored for a bind mount.
        public var type: String
        /// A path of the host for a bind mount, else any name.
        public var source: String
        /// For a bind mount: the path that is mounted instead of `source`, relative to it; empty for `source` itself.
        /// Whoever writes to `source` may have made links there, so none that leads out of it is followed: a subpath
        /// that leaves `source` (or is absolute) fails with EXDEV, one that is missing with ENOENT.
        public var subpath: String
        /// For a bind mount: the init of a running container in whose mount namespace `source` is; nil for the host's.
        public var owner: ExecTarget?
        /// Absolute path in the container. Its symbolic links are followed within the container's root alone.
        public var target: String
        /// `MS_*` of mount(2): `MS_BIND` makes a bind mount, with `MS_REC` a recursive one; `MS_RDONLY`, `MS_NOSUID`,
        /// `MS_NODEV`, `MS_NOEXEC` hold for both kinds (a bind mount is remounted for them). `MS_REMOUNT` changes the file
        /// system that an earlier mount put there.
        public var flags: UInt64
        /// Options for the file system: `mode=755,size=65536k`. A tmpfs without a mode takes that of the directory that
        /// it covers.
        public var data: String
        public var propagation: Propagation
        /// With `MS_RDONLY` on a recursive bind: the mounts below become read-only as well (mount_setattr(2)).
        public var recursiveReadOnly: Bool
        /// A failure is passed over (a file system that this kernel does not have).
        public var optional: Bool

        public init(
            type: String, source: String, subpath: String = "", owner: ExecTarget? = nil, target: String,
            flags: UInt64 = 0, data: String = "", propagation: Propagation = .unchanged,
            recursiveReadOnly: Bool = false, optional: Bool = false
        ) {
            self.type = type
            self.source = source
            self.subpath = subpath
            self.owner = owner
            self.target = target
            self.flags = flags
            self.data = data
            self.propagation = propagation
            self.recursiveReadOnly = recursiveReadOnly
            self.optional = optional
        }

        /// A bind mount of a file or directory of the host; what is missing at the target is made to match it.
        public static func bind(
            _ source: String, subpath: String = "", to target: String, readOnly: Bool = false, recursive: Bool = true,
            propagation: Propagation = .private
        ) -> Mount {
            let flags = MountFlag.bind | (recursive ? MountFlag.recursive : 0) | (readOnly ? MountFlag.readOnly : 0)
            return Mount(
                type: "bind", source: source, subpath: subpath, target: target, flags: flags, propagation: propagation)
        }
    }

    /// `MS_*` of mount(2), for `Mount.flags`.
    public enum MountFlag {
        public static let readOnly: UInt64 = 1
        public static let noSuid: UInt64 = 2
        public static let noDevices: UInt64 = 4
        public static let noExec: UInt64 = 8
        public static let synchronous: UInt64 = 16
        public static let remount: UInt64 = 32
        public static let mandatoryLocks: UInt64 = 64
        public static let directorySynchronous: UInt64 = 128
        public static let noAccessTime: UInt64 = 1024
        public static let noDirectoryAccessTime: UInt64 = 2048
        public static let bind: UInt64 = 4096
        public static let recursive: UInt64 = 16384
        public static let relativeAccessTime: UInt64 = 1 << 21
        public static let strictAccessTime: UInt64 = 1 << 24
    }
}
