import Glibc

/// Which security modules with labels of their own the kernel has in force.
public struct KernelSecurity: Sendable, Equatable {
    public var hasAppArmor: Bool
    public var hasSELinux: Bool

    public init(hasAppArmor: Bool, hasSELinux: Bool) {
        self.hasAppArmor = hasAppArmor
        self.hasSELinux = hasSELinux
    }

    /// This host's. It does not change while the kernel runs.
    public static let present = KernelSecurity(
        hasAppArmor: ControlFile.readIfPresent("/sys/module/apparmor/parameters/enabled")?.hasPrefix("Y") ?? false,
        hasSELinux: ControlFile.readIfPresent("/proc/filesystems")?.contains("\tselinuxfs\n") ?? false)
}
