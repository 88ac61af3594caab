import Glibc

/// How this host has its control groups mounted, and with that the way to make one.
///
/// Pure v1 and hybrid hosts (v1 controllers and a v2 tree without any) are driven through v1, others through v2.
/// A value, safe to use from any thread.
public struct CgroupLayout: Sendable, Hashable {
    public enum Version: Int, Sendable, Hashable {
        case v1 = 1
        case v2 = 2
    }

    public var version: Version
    /// The hierarchies in which a container gets a cgroup.
    public var hierarchies: [CgroupHierarchy]
    /// What this kernel can limit, found out once.
    public var features: CgroupFeatures

    public init(version: Version, hierarchies: [CgroupHierarchy], features: CgroupFeatures) {
        self.version = version
        self.hierarchies = hierarchies
        self.features = features
    }

    /// The hierarchy of a controller, nil where there is none.
    public func hierarchy(of controller: String) -> CgroupHierarchy? {
        hierarchies.first { $0.controllers.contains(controller) }
    }

    /// The cgroup `parent`/`name`, made or not. Nothing is looked at.
    public func cgroup(parent: String, name: String) -> Cgroup {
        Cgroup(layout: self, path: normalized(parent) + "/" + name)
    }

    /// Removes the directory `parent` of every hierarchy in which nothing is below it any more.
    public func removeIfEmpty(parent: String) {
        for hierarchy in hierarchies { _ = rmdir(hierarchy.directory(normalized(parent))) }
    }

    /// Without a slash at the end, with one in front, and without "." and "..", which cannot lead out of the hierarchy.
    func normalized(_ parent: String) -> String {
        var components: [Substring] = []
        for component in parent.split(separator: "/") where component != "." {
            if component == ".." { _ = components.popLast() } else { components.append(component) }
        }
        return components.map { "/" + $0 }.joined()
    }
}
