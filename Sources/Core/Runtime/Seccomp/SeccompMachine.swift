/// The architecture this was built for, in the two ways that profiles name it.
enum SeccompMachine {
    #if arch(x86_64)
        static let goName = "amd64"
        static let libraryName = "SCMP_ARCH_X86_64"
    #elseif arch(arm64)
        static let goName = "arm64"
        static let libraryName = "SCMP_ARCH_AARCH64"
    #elseif arch(s390x)
        static let goName = "s390x"
        static let libraryName = "SCMP_ARCH_S390X"
    #elseif arch(powerpc64le)
        static let goName = "ppc64le"
        static let libraryName = "SCMP_ARCH_PPC64LE"
    #elseif arch(riscv64)
        static let goName = "riscv64"
        static let libraryName = "SCMP_ARCH_RISCV64"
    #endif

    /// The names that a profile may have in `architectures`; the installed libseccomp may know fewer.
    static let libraryNames = Set(
        """
        X86 X86_64 X32 ARM AARCH64 MIPS MIPS64 MIPS64N32 MIPSEL MIPSEL64 MIPSEL64N32 PPC PPC64 PPC64LE S390 S390X
        PARISC PARISC64 RISCV64 LOONGARCH64 M68K SH SHEB
        """.split(whereSeparator: \.isWhitespace).map { "SCMP_ARCH_" + $0 })
}
