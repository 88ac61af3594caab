/// One mounted tree of control groups.
public struct CgroupHierarchy: Sendable, Hashable {
    /// Where it is mounted.
    public var mountPoint: String
    /// The cgroup that the mount point shows: `/`, but in a container something like `/docker/…`.
    public var root: String
    /// What it controls: v1 controllers of the mount, or those of v2's `cgroup.controllers`. Empty for a named one.
    public var controllers: Set<String>
    /// The name of a v1 hierarchy without controllers (`name=systemd`).
    public var name: String?
    public var isV2: Bool

    public init(mountPoint: String, root: String, controllers: Set<String>, name: String? = nil, isV2: Bool) {
        self.mountPoint = mountPoint
        self.root = root
        self.controllers = controllers
        self.name = name
        self.isV2 = isV2
    }

    /// The directory of a cgroup in this hierarchy.
    func directory(_ path: String) -> String {
        mountPoint + path
    }
}
