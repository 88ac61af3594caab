/// The five capability sets of a process (capabilities(7)), as they are set just before exec.
public struct ProcessCapabilities: Sendable, Hashable {
    public var bounding: CapabilitySet
    public var effective: CapabilitySet
    public var permitted: CapabilitySet
    public var inheritable: CapabilitySet
    public var ambient: CapabilitySet

    /// As Docker gives them: the same bounding, effective and permitted set; nothing inheritable or ambient, so that
    /// a user other than root gets none across exec.
    public init(_ granted: CapabilitySet) {
        bounding = granted
        effective = granted
        permitted = granted
        inheritable = []
        ambient = []
    }

    /// What is left of a choice, and with `--privileged` everything in `available` (see `HostCapabilities`). What that lacks
    /// is left out.
    public init(_ choice: CapabilityChoice, privileged: Bool, available: CapabilitySet) {
        self.init((privileged ? available : choice.granted(of: available)).intersection(available))
    }
}
