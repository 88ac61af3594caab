import Glibc
import LaunchPlan
import Runtime
import Spec

extension ContainerRuntime {
    /// `--ulimit`, for setrlimit(2), and the limit of open files that the daemon has raised for itself.
    func rlimits(_ spec: ContainerSpec) -> [LaunchPlan.Rlimit] {
        let asked = spec.ulimits.map {
            LaunchPlan.Rlimit(resource: Int32($0.resource), soft: $0.soft, hard: $0.hard)
        }
        let files = Int32(RLIMIT_NOFILE.rawValue)
        guard let openFiles, !asked.contains(where: { $0.resource == files }) else { return asked }
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return asked + [LaunchPlan.Rlimit(resource: files, soft: openFiles, hard: UInt64(limit.rlim_max))]
    }
}
