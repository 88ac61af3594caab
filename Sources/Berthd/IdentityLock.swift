import ArgumentParser

/// One daemon for one ID, which a data root's copy has, too: cgroups are named after it, and each of two daemons would
/// take the other's for left over, and end what runs in them.
struct IdentityLock {
    private let lock: FileLock

    /// - Throws: `ValidationError` when another daemon of the machine has the ID.
    init(id: String, dataRoot: String) throws {
        lock = try FileLock(
            path: "\(LockDirectory.make())/id-\(id.prefix(12)).lock",
            held: "data root \(dataRoot): another berthd runs on this machine with the same ID, \(id.prefix(12)): one "
                + "of the data roots is a copy of the other. The two would end each other's containers")
    }

    func release() { lock.release(removing: true) }
}
