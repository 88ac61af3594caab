/// The platform this program runs on, in the words of image configurations (Go's GOARCH).
public enum HostPlatform {
    public static var architecture: String {
        #if arch(x86_64)
            "amd64"
        #elseif arch(arm64)
            "arm64"
        #elseif arch(i386)
            "386"
        #elseif arch(arm)
            "arm"
        #elseif arch(riscv64)
            "riscv64"
        #elseif arch(powerpc64le)
            "ppc64le"
        #elseif arch(s390x)
            "s390x"
        #else
            #error("name this architecture as image configurations do")
        #endif
    }

    public static var platform: Platform { Platform(os: "linux", architecture: architecture) }
}
