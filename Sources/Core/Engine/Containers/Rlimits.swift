import LaunchPlan
import Model

extension ContainerRuntime {
    /// The kernel's numbers of the resources (asm-generic/resource.h).
    private static let resources: [String: Int32] = [
        "cpu": 0, "fsize": 1, "data": 2, "stack": 3, "core": 4, "rss": 5, "nproc": 6, "nofile": 7, "memlock": 8,
        "as": 9, "locks": 10, "sigpending": 11, "msgqueue": 12, "nice": 13, "rtprio": 14, "rttime": 15,
    ]

    /// `--ulimit`, for setrlimit(2).
    /// - Throws: `BerthError.invalid` for an unknown name.
    func rlimits(_ host: HostConfig) throws -> [LaunchPlan.Rlimit] {
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
