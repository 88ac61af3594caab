/// A limit of a process's own resources (getrlimit(2)), `--ulimit`.
public struct ResourceLimit: Sendable, Hashable {
    /// In Docker's way: `nofile`, without RLIMIT_.
    public var name: String
    /// `UInt64.max` for no limit.
    public var soft: UInt64
    public var hard: UInt64

    /// The kernel's number of the resource.
    public var resource: UInt32 { ResourceLimit.numbers[name] ?? 0 }

    /// `soft` and `hard` as the API has them: -1 stands for no limit. The name may be in any case.
    ///
    /// Throws `ConfinementError.Kind.invalidParameter` with Docker's text for an unknown name, a soft limit above the
    /// hard one, or a negative number.
    public init(name: String, soft: Int64, hard: Int64) throws {
        let name = name.lowercased()
        guard ResourceLimit.numbers[name] != nil else { throw ConfinementError.invalid("invalid ulimit type: \(name)") }
        guard soft >= -1, hard >= -1 else {
            throw ConfinementError.invalid("invalid ulimit \(name): \(soft):\(hard): a limit is at least -1")
        }
        if hard != -1 {
            if soft == -1 {
                throw ConfinementError.invalid(
                    "ulimit soft limit must be less than or equal to hard limit: soft: -1 (unlimited), hard: \(hard)")
            }
            if soft > hard {
                throw ConfinementError.invalid(
                    "ulimit soft limit must be less than or equal to hard limit: \(soft) > \(hard)")
            }
        }
        self.name = name
        self.soft = soft == -1 ? .max : UInt64(soft)
        self.hard = hard == -1 ? .max : UInt64(hard)
    }

    /// Numbers of include/uapi/asm-generic/resource.h. The size of the address space is not among them: Docker
    /// does not let it be limited.
    static let numbers: [String: UInt32] = [
        "cpu": 0, "fsize": 1, "data": 2, "stack": 3, "core": 4, "rss": 5, "nproc": 6, "nofile": 7, "memlock": 8,
        "locks": 10, "sigpending": 11, "msgqueue": 12, "nice": 13, "rtprio": 14, "rttime": 15,
    ]
}
