import State

/// A container whose removal could be written down nowhere else: its tree's name in the trash says so.
struct TrashedContainer {
    var id: String
    var phase: StoredContainer.Phase

    init(id: String, phase: StoredContainer.Phase) {
        self.id = id
        self.phase = phase
    }

    /// Nil for the name of any other tree.
    init?(name: String) {
        let parts = name.split(separator: ".")
        guard parts.count == 2, Identifier.isHex(String(parts[0])),
            let phase = StoredContainer.Phase(rawValue: String(parts[1])),
            [.removing, .removingWithVolumes].contains(phase)
        else { return nil }
        self.init(id: String(parts[0]), phase: phase)
    }

    var name: String { "\(id).\(phase.rawValue)" }
}
