import Glibc

/// The data of the profile that containers get unless they ask for another: what it lets through is the same as
/// Docker's, everything else fails with EPERM.
enum DefaultProfile {
    /// CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET (clone(2)).
    private static let newNamespaces: UInt64 = 0x7e02_0000

    /// The address families below 64 but AF_ALG (38) and AF_VSOCK (40): the first of each group, and the bits that all of
    /// the group have in common. The kernel takes the lower 32 bits of the argument for the family (socket(2) has an int
    /// there), whatever is in the upper ones.
    private static let families: [(first: UInt64, mask: UInt64)] = [
        (0, 0xffff_ffe0), (32, 0xffff_fffc), (36, 0xffff_fffe), (39, 0xffff_ffff), (41, 0xffff_ffff),
        (42, 0xffff_fffe), (44, 0xffff_fffc), (48, 0xffff_fff0),
    ]

    /// Lets calls through that are only safe, or only of use, with one capability.
    private static let byCapability: [(capability: String, calls: String)] = [
        ("DAC_READ_SEARCH", "open_by_handle_at"),
        (
            "SYS_ADMIN",
            """
            bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr
            lsm_list_modules lsm_set_self_attr mount mount_setattr move_mount open_tree perf_event_open quotactl
            quotactl_fd setdomainname sethostname setns syslog umount umount2 unshare
            """
        ),
        ("SYS_BOOT", "reboot"),
        ("SYS_CHROOT", "chroot"),
        ("SYS_MODULE", "delete_module finit_module init_module"),
        ("SYS_PACCT", "acct"),
        ("SYS_PTRACE", "kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace"),
        ("SYS_RAWIO", "ioperm iopl"),
        ("SYS_TIME", "clock_settime clock_settime64 settimeofday stime"),
        ("SYS_TTY_CONFIG", "vhangup"),
        ("SYS_NICE", "get_mempolicy mbind set_mempolicy set_mempolicy_home_node"),
        ("SYSLOG", "syslog"),
        ("BPF", "bpf"),
        ("PERFMON", "perf_event_open"),
    ]

    /// Lets calls through that only some machines have.
    private static let byMachine: [(machines: String, calls: String)] = [
        ("ppc64le", "swapcontext sync_file_range2"),
        ("arm arm64", "arm_fadvise64_64 arm_sync_file_range breakpoint cacheflush set_tls sync_file_range2"),
        ("amd64 x32", "arch_prctl"),
        ("amd64 x32 x86", "modify_ldt"),
        ("s390 s390x", "s390_pci_mmio_read s390_pci_mmio_write s390_runtime_instr"),
        ("riscv64", "riscv_flush_icache"),
    ]

    /// Architectures whose programs a machine also runs.
    private static let companions: [(machine: String, others: String)] = [
        ("X86_64", "X86 X32"), ("AARCH64", "ARM"), ("MIPS64", "MIPS MIPS64N32"), ("MIPS64N32", "MIPS MIPS64"),
        ("MIPSEL64", "MIPSEL MIPSEL64N32"), ("MIPSEL64N32", "MIPSEL MIPSEL64"), ("S390X", "S390"), ("RISCV64", ""),
        ("LOONGARCH64", ""),
    ]

    static var profile: SeccompProfile {
        var rules = [SeccompRule(calls: always, action: .allow)]
        // Before Linux 4.8 ptrace could be used to get round the filter.
        rules.append(
            SeccompRule(
                calls: words("process_vm_readv process_vm_writev ptrace"), action: .allow,
                includes: .init(minKernel: KernelVersion(4, 8))))
        for (first, mask) in families {
            rules.append(
                allow("socket", SeccompArgument(index: 0, value: mask, second: first, comparison: .maskedEqual)))
        }
        // PER_LINUX and PER_LINUX32, both also with UNAME26, and the question what is set.
        for personality: UInt64 in [0, 8, 0x20000, 0x20008, 0xffff_ffff] {
            rules.append(allow("personality", SeccompArgument(index: 0, value: personality, comparison: .equal)))
        }
        for entry in byMachine {
            rules.append(
                SeccompRule(
                    calls: words(entry.calls), action: .allow, includes: .init(machines: words(entry.machines))))
        }
        for entry in byCapability {
            rules.append(
                SeccompRule(
                    calls: words(entry.calls), action: .allow,
                    includes: .init(capabilities: [Capability(name: entry.capability)].compactMap { $0 })))
        }
        return SeccompProfile(
            defaultAction: .errno(EPERM),
            architectures: companions.map { ("SCMP_ARCH_" + $0.machine, $0.others) }.map {
                SeccompProfile.Companions(machine: $0.0, others: words($0.1).map { "SCMP_ARCH_" + $0 })
            }, rules: rules + cloning)
    }

    /// Without CAP_SYS_ADMIN clone may make no namespace. clone3 has its flags in memory, where a filter cannot look:
    /// ENOSYS makes the C library fall back on clone.
    private static var cloning: [SeccompRule] {
        let admin = [Capability(name: "SYS_ADMIN")].compactMap { $0 }
        let s390 = ["s390", "s390x"]
        // s390 has the first two arguments of clone the other way round.
        let plain = SeccompArgument(index: 0, value: newNamespaces, second: 0, comparison: .maskedEqual)
        let swapped = SeccompArgument(index: 1, value: newNamespaces, second: 0, comparison: .maskedEqual)
        return [
            SeccompRule(
                calls: ["clone"], action: .allow, arguments: [plain],
                excludes: .init(capabilities: admin, machines: s390)),
            SeccompRule(
                calls: ["clone"], action: .allow, arguments: [swapped], includes: .init(machines: s390),
                excludes: .init(capabilities: admin)),
            SeccompRule(calls: ["clone3"], action: .errno(ENOSYS), excludes: .init(capabilities: admin)),
        ]
    }

    private static func allow(_ call: String, _ argument: SeccompArgument) -> SeccompRule {
        SeccompRule(calls: [call], action: .allow, arguments: [argument])
    }

    static func words(_ text: String) -> [String] {
        text.split(whereSeparator: \.isWhitespace).map(String.init)
    }
}
