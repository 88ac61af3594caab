import Model
import State

/// Work that is done in any case: at once, or as soon as it can be.
extension OwedWork {
    /// Does what must not be left undone though nobody is told when it fails: then it is owed. It may be done at any time
    /// and needs no lock.
    /// - Parameter key: what it is, for the log; it takes the place of what is owed under the same key.
    package func surely(_ key: String, _ work: @escaping @Sendable () async throws -> Void) async {
        do {
            try await DiskReserve.freeing(work)
        } catch {
            owe(key, after: error, work)
        }
    }

    /// Writes a container down as memory has it, at once or as soon as it can be. With the container's lock held.
    func writeDown(
        _ entry: ContainerEntry, in database: Database, phase: StoredContainer.Phase = .settled
    ) async {
        let work: @Sendable () async throws -> Void = {
            // What is being removed has a phase of its own.
            let (record, isGone) = entry.body.withLock { ($0.record, $0.isRemoved) }
            guard !isGone else { return }
            try await database.update(record, phase: phase)
        }
        do {
            try await DiskReserve.freeing(work)
        } catch {
            owe(
                "container \(entry.id.prefix(12)): write down its state", of: entry.id, holding: entry.lock,
                after: error, work)
        }
    }

    /// Has the reserve made again when there is room, each time that it was needed.
    func makeAgain(_ reserve: DiskReserve, on blocking: Blocking) {
        let make: @Sendable () async throws -> Void = { try await blocking.run { try reserve.make() } }
        let key = "hold space back for removals"
        reserve.onUse { self.oweBehind(key, after: BerthError.system("no space left on device"), make) }
        do { try reserve.make() } catch { oweBehind(key, after: error, make) }
    }
}
