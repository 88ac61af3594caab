import Model
import Runtime

extension ContainerService {
    /// A running container's processes, as `ps` on the host would show them.
    /// - Parameter psArguments: of ps(1), "" for `-ef`: columns, formats, orders and selections; no threads.
    /// - Throws: `BerthError.conflict` when it does not run; `.invalid` naming an argument that is not known.
    public func top(_ ref: String, psArguments: String) async throws -> ProcessTable {
        let entry = try containers.find(ref)
        guard let running = entry.process else { throw BerthError.conflict("Container \(entry.id) is not running") }
        return try await blocking.run {
            let query = try ProcessFormat.query(psArguments.isEmpty ? "-ef" : psArguments)
            let moment = ProcessMoment()
            let processes = running.cgroup.processes().sorted().compactMap(ProcessFacts.init(pid:))
            return ProcessTable(
                titles: query.columns.map(\.title), processes: query.rows(of: processes, at: moment))
        }
    }
}
