import Model

/// What the store holds in memory about its content; guarded by the store's lock.
struct StoreState {
    /// Layers on disk by chain ID.
    private(set) var layers: [String: LayerRecord] = [:]
    private var directories: Set<String> = []
    /// Chain IDs and image IDs that leases hold, with how often.
    private var held: [String: Int] = [:]
    /// What a load has put in place that was not handed out yet: if the load fails, it goes again.
    private var provisional: Set<String> = []
    /// Configurations that were read, by image ID.
    var configs: [String: ImageConfig] = [:]

    /// Length of a layer directory's name, unless it is taken.
    private static let nameLength = 12

    mutating func add(_ layer: LayerRecord) {
        layers[layer.chainID] = layer
        directories.insert(layer.directory)
    }

    mutating func remove(_ chainID: String) {
        guard let layer = layers.removeValue(forKey: chainID) else { return }
        directories.remove(layer.directory)
    }

    /// A free directory name for a new layer: the first digits of its chain ID, more of them if those are taken.
    func directoryName(for chainID: String) -> String {
        let digits = Digest.hex(chainID)
        var length = Self.nameLength
        while directories.contains(String(digits.prefix(length))) { length += 1 }
        return String(digits.prefix(length))
    }

    mutating func hold(_ ids: [String]) {
        for id in ids { held[id, default: 0] += 1 }
    }

    mutating func release(_ ids: [String]) {
        for id in ids {
            guard let count = held[id] else { continue }
            held[id] = count > 1 ? count - 1 : nil
        }
    }

    mutating func markProvisional(_ id: String) { provisional.insert(id) }

    mutating func confirm(_ ids: [String]) { provisional.subtract(ids) }

    /// Those of `ids` that only their one holder knows of; they are provisional no longer.
    mutating func takeProvisional(_ ids: [String]) -> Set<String> {
        let own = Set(ids).intersection(provisional).filter { id in held[id] == ids.count { $0 == id } }
        provisional.subtract(own)
        return own
    }

    func isHeld(_ id: String) -> Bool { held[id] != nil }

    /// How many layers are below this one.
    func depth(of chainID: String) -> Int {
        var depth = 0
        var layer = layers[chainID]
        while let parent = layer?.parent, depth <= layers.count {
            layer = layers[parent]
            depth += 1
        }
        return depth
    }
}
