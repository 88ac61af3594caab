import Model
import Runtime

extension Engine {
    /// A running container's processes, as `ps` on the host would show them.
    /// - Parameter psArguments: of ps(1): `-ef` (for "" too), `aux`, `-o`, `-eo` and their like.
    /// - Throws: `BerthError.conflict` when it does not run; `.notImplemented` for other arguments to ps.
    public func top(_ ref: String, psArguments: String) async throws -> ProcessTable {
        let entry = try containers.find(ref)
        guard let running = entry.process else { throw BerthError.conflict("Container \(entry.id) is not running") }
        let columns = try ProcessFormat.columns(psArguments.isEmpty ? "-ef" : psArguments)
        return try await blocking.run {
            let moment = ProcessMoment()
            let processes = running.cgroup.processes().sorted().compactMap(ProcessFacts.init(pid:))
            return ProcessTable(
                titles: columns.map(\.title),
                processes: processes.map { process in columns.map { $0.value(process, moment) } })
        }
    }
}
