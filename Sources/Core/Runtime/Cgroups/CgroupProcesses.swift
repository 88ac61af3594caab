import Glibc

extension Cgroup {
    /// The processes in the cgroup and those inside it, sorted, each once. Empty where it is absent.
    public func processes() -> [Int32] {
        guard
            let hierarchy = layout.hierarchies.first(where: { $0.controllers.contains("freezer") || $0.isV2 })
                ?? layout.hierarchies.first
        else { return [] }
        return Set(Self.processes(hierarchy.directory(path))).filter { $0 > 0 }.sorted()
    }

    private static func processes(_ directory: String) -> [Int32] {
        let own = ControlFile.readIfPresent(directory + "/cgroup.procs") ?? ""
        return own.split(separator: "\n").compactMap { Int32($0) }
            + subdirectories(directory).flatMap { processes(directory + "/" + $0) }
    }

    /// Ends every process in the cgroup and those inside it with SIGKILL, frozen ones too.
    ///
    /// v2: one write to `cgroup.kill` (Linux 5.14). Else the cgroup is frozen, so that nothing can fork away, all are
    /// signalled, and it is thawed. Returns once the signals are sent; the processes may still be ending.
    public func kill() throws {
        let killFile = layout.version == .v2 ? layout.hierarchies[0].directory(path) + "/cgroup.kill" : nil
        if let killFile, ControlFile.exists(killFile) {
            try ControlFile.write(killFile, "1")
            return
        }
        guard !processes().isEmpty else { return }
        try? freeze(timeoutMilliseconds: 100)
        defer { try? thaw() }
        // Without a freezer a process may fork meanwhile: look again until a look finds nobody new.
        var signalled: Set<ProcessHandle> = []
        while true {
            let found = Set(processes().compactMap(handle)).subtracting(signalled)
            if found.isEmpty { return }
            for process in found {
                do {
                    try process.signal(SIGKILL)
                } catch {
                    throw ConfinementError(kind: .system, message: "kill \(path): \(error.text)")
                }
                signalled.insert(process)
            }
        }
    }

    /// The process that was seen in the cgroup under this number. Nil when it has gone, and the number is another's by now:
    /// who is killed is seen to be in here, and held on to, before.
    package func handle(_ pid: Int32) -> ProcessHandle? {
        guard let process = ProcessHandle(now: pid), let name = path.split(separator: "/").last,
            process.isInCgroup(named: String(name))
        else { return nil }
        return process
    }
}
