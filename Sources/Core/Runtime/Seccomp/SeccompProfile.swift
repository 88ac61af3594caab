/// Which system calls a container may make (seccomp(2)): the meaning of a profile in Docker's JSON format.
public struct SeccompProfile: Sendable, Hashable {
    /// What happens to calls that no rule matches.
    public var defaultAction: SeccompAction
    /// For each machine the other architectures whose programs it runs; the entry of the running one counts.
    public var architectures: [Companions]
    /// The calls of these architectures, in libseccomp's names, are judged whatever the machine is.
    public var always: [String]
    public var rules: [SeccompRule]

    public struct Companions: Sendable, Hashable {
        public var machine: String
        public var others: [String]

        public init(machine: String, others: [String]) {
            self.machine = machine
            self.others = others
        }
    }

    public init(
        defaultAction: SeccompAction, architectures: [Companions] = [], always: [String] = [], rules: [SeccompRule] = []
    ) {
        self.defaultAction = defaultAction
        self.architectures = architectures
        self.always = always
        self.rules = rules
    }

    /// What containers get that do not ask for another: lets the same calls through as Docker's.
    public static let containerDefault = DefaultProfile.profile
}

/// What happens to a system call.
public enum SeccompAction: Sendable, Hashable {
    case allow
    /// Fails with the error number.
    case errno(Int32)
    case killThread
    case killProcess
    case trap
    case log
    /// Tells a tracer this number; without one it is ENOSYS.
    case trace(Int32)
}

/// How an argument is compared with a rule's number, unsigned.
public enum SeccompComparison: String, Sendable, Hashable, CaseIterable {
    case notEqual = "SCMP_CMP_NE"
    case less = "SCMP_CMP_LT"
    case lessOrEqual = "SCMP_CMP_LE"
    case equal = "SCMP_CMP_EQ"
    case greaterOrEqual = "SCMP_CMP_GE"
    case greater = "SCMP_CMP_GT"
    /// The argument with the mask `value` equals `second`.
    case maskedEqual = "SCMP_CMP_MASKED_EQ"
}

public struct SeccompArgument: Sendable, Hashable {
    /// 0 to 5.
    public var index: UInt32
    public var value: UInt64
    public var second: UInt64
    public var comparison: SeccompComparison

    public init(index: UInt32, value: UInt64, second: UInt64 = 0, comparison: SeccompComparison) {
        self.index = index
        self.value = value
        self.second = second
        self.comparison = comparison
    }
}

/// One rule: the calls, what to do with them, on which arguments (all must match) and for whom.
public struct SeccompRule: Sendable, Hashable {
    public var calls: [String]
    public var action: SeccompAction
    public var arguments: [SeccompArgument]
    public var includes: Condition
    public var excludes: Condition

    public init(
        calls: [String], action: SeccompAction, arguments: [SeccompArgument] = [], includes: Condition = .init(),
        excludes: Condition = .init()
    ) {
        self.calls = calls
        self.action = action
        self.arguments = arguments
        self.includes = includes
        self.excludes = excludes
    }

    public struct Condition: Sendable, Hashable {
        public var capabilities: [Capability]
        /// In Go's names: `amd64`, `arm64`, …
        public var machines: [String]
        public var minKernel: KernelVersion?

        public init(capabilities: [Capability] = [], machines: [String] = [], minKernel: KernelVersion? = nil) {
            self.capabilities = capabilities
            self.machines = machines
            self.minKernel = minKernel
        }
    }

    /// Whether the rule is for a process of these capabilities on this machine: it has all that `includes` names, its
    /// machine is one of those there, and nothing in `excludes` is so.
    public func applies(to capabilities: CapabilitySet, machine: String, kernel: KernelVersion) -> Bool {
        if !excludes.capabilities.allSatisfy({ !capabilities.contains($0) }) { return false }
        if excludes.machines.contains(machine) { return false }
        if let version = excludes.minKernel, kernel >= version { return false }
        if !includes.capabilities.allSatisfy(capabilities.contains) { return false }
        if !includes.machines.isEmpty && !includes.machines.contains(machine) { return false }
        if let version = includes.minKernel, kernel < version { return false }
        return true
    }
}
