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

    /// Works out `--cap-add`, `--cap-drop` and `--privileged`.
    ///
    /// Names are taken with or without `CAP_` and in any case. `ALL` added gives everything in `available` but the
    /// dropped ones; else `ALL` dropped leaves the added ones alone; else the dropped ones are taken from Docker's
    /// default set and the added ones put to it, in this order. What `available` (see `HostCapabilities`) lacks is left
    /// out. Throws `ConfinementError.Kind.invalidParameter` with Docker's text on a name that does not exist.
    public static func resolve(
        add: [String], drop: [String], privileged: Bool, available: CapabilitySet
    ) throws -> ProcessCapabilities {
        let added = try named(add, option: "CapAdd")
        let dropped = try named(drop, option: "CapDrop")
        let granted: CapabilitySet
        switch (privileged, added.all, dropped.all) {
        case (true, _, _):
            granted = available
        case (false, true, _):
            granted = available.subtracting(dropped.set)
        case (false, false, true):
            granted = added.set
        case (false, false, false):
            granted = CapabilitySet.containerDefault.subtracting(dropped.set).union(added.set)
        }
        return ProcessCapabilities(granted.intersection(available))
    }

    /// Checks the names given to `option` (`CapAdd` or `CapDrop`, named in the error) and writes each as `CAP_X` or
    /// `ALL`, in the order given. Throws like `resolve`.
    public static func normalize(_ names: [String], option: String) throws -> [String] {
        try names.map { name in
            let upper = name.uppercased()
            if upper == "ALL" { return upper }
            let full = upper.hasPrefix("CAP_") ? upper : "CAP_" + upper
            guard Capability(name: full) != nil else {
                throw ConfinementError.invalid("invalid \(option): unknown capability: \"\(full)\"")
            }
            return full
        }
    }

    private static func named(_ names: [String], option: String) throws -> (set: CapabilitySet, all: Bool) {
        let normal = try normalize(names, option: option)
        return (CapabilitySet(normal.compactMap(Capability.init(name:))), normal.contains("ALL"))
    }
}
