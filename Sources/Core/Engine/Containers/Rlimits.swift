import Glibc
import LaunchPlan
import Model

extension ContainerRuntime {
    /// The kernel's numbers of the resources (asm-generic/resource.h).
    private static let resources: [String: Int32] = [
        "cpu": 0, "fsize": 1, "data": 2, "stack": 3, "core": 4, "rss": 5, "nproc": 6, "nofile": 7, "memlock": 8,
        "as": 9, "locks": 10, "sigpending": 11, "msgqueue": 12, "nice": 13, "rtprio": 14, "rttime": 15,
    ]

    /// `--ulimit`, for setrlimit(2), and the limit of open files that the daemon has raised for itself.
    /// - Throws: `BerthError.invalid` for an unknown name.
    func rlimits(_ host: HostConfig) throws -> [LaunchPlan.Rlimit] {
        let asked = try askedRlimits(host)
        guard let openFiles, !asked.contains(where: { $0.resource == Self.resources["nofile"] }) else { return asked }
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return asked + [
            LaunchPlan.Rlimit(resource: Int32(RLIMIT_NOFILE.rawValue), soft: openFiles, hard: UInt64(limit.rlim_max))
        ]
    }

    private func askedRlimits(_ host: HostConfig) throws -> [LaunchPlan.Rlimit] {
        try (host.ulimits ?? []).map { ulimit in
            guard let resource = Self.resources[ulimit.name.lowercased()] else {
                throw BerthError.invalid("invalid ulimit type: \(ulimit.name)")
            }
            // -1 is RLIM_INFINITY.
            return LaunchPlan.Rlimit(
                resource: resource, soft: UInt64(bitPattern: ulimit.soft), hard: UInt64(bitPattern: ulimit.hard))
        }
    }
}
