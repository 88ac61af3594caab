/// What this host and this process can give away.
public enum HostCapabilities {
    /// Capabilities that the calling process may put in a child's permitted set and bounding set: those that are in
    /// both of its own, up to the last one the running kernel knows (/proc/sys/kernel/cap_last_cap).
    ///
    /// Throws where /proc is not readable.
    public static func available() throws -> CapabilitySet {
        let status = try ControlFile.read("/proc/thread-self/status")
        let last = UInt64(try ControlFile.read("/proc/sys/kernel/cap_last_cap").trimmed) ?? 40
        let known = last >= 63 ? UInt64.max : (1 << (last + 1)) - 1
        return CapabilitySet(rawValue: try mask("CapPrm", status) & mask("CapBnd", status) & known)
    }

    private static func mask(_ field: String, _ status: String) throws -> UInt64 {
        for line in status.split(separator: "\n") where line.hasPrefix(field + ":") {
            if let value = UInt64(line.dropFirst(field.count + 1).trimmed, radix: 16) {
                return value
            }
        }
        throw ConfinementError(kind: .system, message: "read `/proc/thread-self/status`: no field \(field)")
    }
}
