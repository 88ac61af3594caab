import CLinux
import CSeccomp
import Glibc

/// A filter under construction in libseccomp. Not thread-safe; lives within one call.
final class SeccompFilter {
    private let context: scmp_filter_ctx
    /// Tokens of libseccomp, the running machine's first.
    private(set) var architectures: [UInt32]

    init(defaultAction: SeccompAction) throws {
        guard let context = seccomp_init(defaultAction.code) else {
            throw ConfinementError(
                kind: .system, message: "start a seccomp filter with default action \(defaultAction): refused")
        }
        self.context = context
        architectures = [seccomp_arch_native()]
        // Whether new privileges can be had is not the filter's affair: the plan says it.
        seccomp_attr_set(context, SCMP_FLTATR_CTL_NNP, 0)
        // A binary tree over the numbers instead of one comparison after another (libseccomp 2.5).
        seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2)
    }

    deinit {
        seccomp_release(context)
    }

    /// Adds an architecture by its name in profiles. One that the installed libseccomp does not know is passed over.
    func add(architecture name: String) throws {
        guard let token = Self.token(of: name), !architectures.contains(token) else { return }
        let result = seccomp_arch_add(context, token)
        guard result == 0 || result == -EEXIST else {
            throw ConfinementError.system("add architecture to the seccomp filter", name, errno: -result)
        }
        architectures.append(token)
    }

    /// Adds a rule for each of its calls that the installed libseccomp knows.
    func add(_ rule: SeccompRule) throws {
        for call in rule.calls {
            let number = seccomp_syscall_resolve_name(call)
            guard number != __NR_SCMP_ERROR else { continue }
            let indexes = rule.arguments.map(\.index)
            if Set(indexes).count == indexes.count {
                try add(call, number, rule.action, rule.arguments)
            } else {
                // libseccomp cannot compare an argument twice in one rule. As in runc, each stands for itself then.
                for argument in rule.arguments {
                    try add(call, number, rule.action, [argument])
                }
            }
        }
    }

    private func add(_ call: String, _ number: Int32, _ action: SeccompAction, _ arguments: [SeccompArgument]) throws {
        let comparisons = arguments.map {
            scmp_arg_cmp(arg: $0.index, op: $0.comparison.code, datum_a: $0.value, datum_b: $0.second)
        }
        let result = seccomp_rule_add_array(context, action.code, number, UInt32(comparisons.count), comparisons)
        // The same rule twice is no harm.
        guard result == 0 || result == -EEXIST else {
            throw ConfinementError.system("add system call to the seccomp filter", call, errno: -result)
        }
    }

    /// The finished program.
    func export() throws -> [UInt8] {
        let memory = berth_memory_file("seccomp")
        guard memory >= 0 else { throw ConfinementError.system("memfd_create", "seccomp", errno: -memory) }
        defer { close(memory) }
        let result = seccomp_export_bpf(context, memory)
        guard result == 0 else { throw ConfinementError.system("compile", "seccomp filter", errno: -result) }
        let size = lseek(memory, 0, SEEK_END)
        var bytes = [UInt8](repeating: 0, count: max(0, Int(size)))
        guard size > 0, pread(memory, &bytes, bytes.count, off_t(0)) == bytes.count else {
            throw ConfinementError.system("read", "seccomp filter", errno: errno)
        }
        return bytes
    }

    static func token(of name: String) -> UInt32? {
        let token = seccomp_arch_resolve_name(String(name.dropFirst("SCMP_ARCH_".count)).lowercased())
        return token == 0 ? nil : token
    }
}

extension SeccompAction {
    /// SECCOMP_RET_* of seccomp(2), which libseccomp uses too.
    var code: UInt32 {
        switch self {
        case .allow: 0x7fff_0000
        case .errno(let number): 0x0005_0000 | UInt32(number) & 0xffff
        case .killThread: 0
        case .killProcess: 0x8000_0000
        case .trap: 0x0003_0000
        case .log: 0x7ffc_0000
        case .trace(let number): 0x7ff0_0000 | UInt32(number) & 0xffff
        }
    }
}

extension SeccompComparison {
    var code: scmp_compare {
        switch self {
        case .notEqual: SCMP_CMP_NE
        case .less: SCMP_CMP_LT
        case .lessOrEqual: SCMP_CMP_LE
        case .equal: SCMP_CMP_EQ
        case .greaterOrEqual: SCMP_CMP_GE
        case .greater: SCMP_CMP_GT
        case .maskedEqual: SCMP_CMP_MASKED_EQ
        }
    }
}
