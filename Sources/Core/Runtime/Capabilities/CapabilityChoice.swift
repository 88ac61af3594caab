/// `--cap-add` and `--cap-drop`, read.
public struct CapabilityChoice: Sendable, Hashable {
    private var added: Names
    private var dropped: Names

    private struct Names: Sendable, Hashable {
        var set: CapabilitySet
        var hasAll: Bool
    }

    /// Names are taken with or without `CAP_` and in any case; `ALL` stands for all.
    ///
    /// Throws `ConfinementError.Kind.invalidParameter` with Docker's text on a name that does not exist.
    public init(add: [String] = [], drop: [String] = []) throws {
        added = try Self.named(add, option: "CapAdd")
        dropped = try Self.named(drop, option: "CapDrop")
    }

    /// `ALL` added gives everything in `available` but the dropped ones; else `ALL` dropped leaves the added ones alone; else
    /// the dropped ones are taken from Docker's default set and the added ones put to it, in this order.
    func granted(of available: CapabilitySet) -> CapabilitySet {
        switch (added.hasAll, dropped.hasAll) {
        case (true, _): available.subtracting(dropped.set)
        case (false, true): added.set
        case (false, false): CapabilitySet.containerDefault.subtracting(dropped.set).union(added.set)
        }
    }

    private static func named(_ names: [String], option: String) throws -> Names {
        var result = Names(set: [], hasAll: false)
        for name in names {
            let upper = name.uppercased()
            if upper == "ALL" {
                result.hasAll = true
            } else if let capability = Capability(name: upper) {
                result.set.formUnion(CapabilitySet([capability]))
            } else {
                let full = upper.hasPrefix("CAP_") ? upper : "CAP_" + upper
                throw ConfinementError.invalid("invalid \(option): unknown capability: \"\(full)\"")
            }
        }
        return result
    }
}
