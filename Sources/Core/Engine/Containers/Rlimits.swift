import Glibc
import LaunchPlan
import Model
import Runtime

extension ContainerRuntime {
    /// `--ulimit`, for setrlimit(2), and the limit of open files that the daemon has raised for itself.
    /// - Throws: `BerthError.invalid` for an unknown name, or limits that contradict each other.
    func rlimits(_ host: HostConfig) throws -> [LaunchPlan.Rlimit] {
        let asked = try translating {
            try host.ulimits.map { try ResourceLimit(name: $0.name, soft: $0.soft, hard: $0.hard) }
        }.lastOfEach(\.resource).map {
            LaunchPlan.Rlimit(resource: Int32($0.resource), soft: $0.soft, hard: $0.hard)
        }
        let files = Int32(RLIMIT_NOFILE.rawValue)
        guard let openFiles, !asked.contains(where: { $0.resource == files }) else { return asked }
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return asked + [LaunchPlan.Rlimit(resource: files, soft: openFiles, hard: UInt64(limit.rlim_max))]
    }
}
