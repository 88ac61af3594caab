import Synchronization

/// The cgroups that this process has seen to be fit for children.
///
/// A directory is there before it has its processors: a child that is made in between has none, and no process can join
/// it (ENOSPC, cpusets(7)). A daemon that died in between leaves such a directory for good. So everybody waits for the
/// first look at a parent, and only for that.
enum PreparedParents {
    private static let known = Mutex<Set<String>>([])

    /// - Parameter isGone: it was known, but is not there any more.
    static func ensure(
        _ parent: String, in hierarchy: CgroupHierarchy, isGone: Bool,
        _ prepare: (String, CgroupHierarchy) throws -> Void
    ) throws {
        let directory = hierarchy.directory(parent)
        try known.withLock { known in
            if !isGone, known.contains(directory) { return }
            try prepare(parent, hierarchy)
            known.insert(directory)
        }
    }
}
