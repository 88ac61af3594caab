import Glibc

extension Cgroup {
    /// Stops every process in the cgroup where it stands, and returns once all are stopped.
    ///
    /// Throws `ConfinementError.system` (and thaws again) if that is not so after `timeoutMilliseconds`, or where the
    /// cgroup is absent or the host has no freezer.
    public func freeze(timeoutMilliseconds: Int = 2000) throws {
        do {
            try setFrozen(true, timeoutMilliseconds)
        } catch {
            try? setFrozen(false, timeoutMilliseconds)
            throw error
        }
    }

    /// Lets the processes go on. No error where they were not frozen.
    public func thaw(timeoutMilliseconds: Int = 2000) throws {
        try setFrozen(false, timeoutMilliseconds)
    }

    /// Whether the cgroup itself has been told to freeze and is.
    public func isFrozen() -> Bool {
        guard let directory = freezerDirectory else { return false }
        if layout.version == .v2 {
            return KeyedFile(ControlFile.readIfPresent(directory + "/cgroup.events") ?? "")["frozen"] == 1
        }
        return ControlFile.readIfPresent(directory + "/freezer.state")?.trimmed == "FROZEN"
    }

    private var freezerDirectory: String? {
        layout.version == .v2 ? layout.hierarchies.first?.directory(path) : directory(of: "freezer")
    }

    private func setFrozen(_ frozen: Bool, _ timeoutMilliseconds: Int) throws {
        guard let directory = freezerDirectory else {
            throw ConfinementError(kind: .system, message: "freeze `\(path)`: this host has no freezer cgroup")
        }
        var deadline = Deadline(milliseconds: timeoutMilliseconds)
        let isV2 = layout.version == .v2
        let file = directory + (isV2 ? "/cgroup.freeze" : "/freezer.state")
        let value = isV2 ? (frozen ? "1" : "0") : (frozen ? "FROZEN" : "THAWED")
        try ControlFile.write(file, value)
        while isFrozen() != frozen {
            if deadline.hasPassed {
                throw ConfinementError.system(frozen ? "freeze" : "thaw", directory, errno: ETIMEDOUT)
            }
            deadline.pause()
            // v1 stays in FREEZING if a process forked at the wrong moment; writing again gets hold of the new one.
            if !isV2 { try ControlFile.write(file, value) }
        }
    }
}
