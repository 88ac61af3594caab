import Model

/// Removes directory trees behind the answer: a rename now, the deletion on a thread of its own.
public final class Trash: Sendable {
    /// `directory` must be on the file system of what is discarded; it is made if missing.
    public init(directory: String) throws {}

    /// Moves the tree at `path` away; when this returns, `path` is free again. An absent path is no error.
    /// The deletion never crosses a mount point: what is mounted below stays whole.
    public func discard(_ path: String) throws { throw BerthError.notImplemented("trash") }

    /// Deletes in the background what an earlier run left. To be called at start.
    public func empty() {}

    /// Waits until everything discarded so far is deleted.
    public func drain() {}
}
