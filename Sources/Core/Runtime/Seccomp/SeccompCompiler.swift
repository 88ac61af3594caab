import Synchronization

/// Turns profiles into filters, each once: what a profile and a set of capabilities gave is kept and given again.
///
/// Thread-safe. A compilation takes some milliseconds, during which others that need one wait; a filter that is there
/// already is found at once. At most `capacity` filters are kept; when there are more, all but the newest go.
public final class SeccompCompiler: Sendable {
    private struct Key: Hashable {
        var source: SeccompSource
        var capabilities: CapabilitySet
    }

    private let capacity: Int
    private let compiled = Mutex<[Key: SeccompProgram]>([:])
    /// Held during a compilation: who looks for what is there does not wait for it.
    private let compiling = Mutex(())

    public init(capacity: Int = 64) {
        self.capacity = capacity
    }

    /// The filter, if it is there already. Never blocks.
    public func kept(for source: SeccompSource, capabilities: CapabilitySet) -> SeccompProgram? {
        compiled.withLock { $0[Key(source: source, capabilities: capabilities)] }
    }

    /// The filter for a container that has these capabilities. Blocking. Throws `ConfinementError`: `invalidParameter` for a
    /// profile that is wrong, `system` where libseccomp fails.
    public func program(for source: SeccompSource, capabilities: CapabilitySet) throws -> SeccompProgram {
        let key = Key(source: source, capabilities: capabilities)
        if let program = compiled.withLock({ $0[key] }) { return program }
        return try compiling.withLock { _ in
            if let program = compiled.withLock({ $0[key] }) { return program }
            let program = try Self.compile(source.profile(), capabilities: capabilities)
            compiled.withLock { programs in
                if programs.count >= capacity { programs.removeAll() }
                programs[key] = program
            }
            return program
        }
    }

    /// How many filters are kept now.
    public var count: Int { compiled.withLock { $0.count } }

    /// Compiles a profile for the running machine and kernel, without any cache.
    public static func compile(_ profile: SeccompProfile, capabilities: CapabilitySet) throws -> SeccompProgram {
        let filter = try SeccompFilter(defaultAction: profile.defaultAction)
        let architectures =
            profile.always
            + profile.architectures.filter { $0.machine == SeccompMachine.libraryName }.flatMap {
                [$0.machine] + $0.others
            }
        try architectures.forEach(filter.add(architecture:))
        let rules = profile.rules.filter {
            $0.applies(to: capabilities, machine: SeccompMachine.goName, kernel: .running)
        }
        for rule in rules where rule.action != profile.defaultAction {
            try filter.add(rule)
        }
        let guarded = UnknownCallGuard(profile, architectures: filter.architectures)
        let bytes = guarded.instructions.flatMap(\.bytes) + (try filter.export())
        let count = bytes.count / 8
        guard count <= SeccompProgram.maxInstructions else {
            throw ConfinementError.invalid(
                "seccomp profile: \(count) instructions are too many for the kernel, which takes "
                    + "\(SeccompProgram.maxInstructions)")
        }
        return SeccompProgram(bytes: bytes)
    }
}
