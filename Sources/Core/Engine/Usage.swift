import Model

/// Who uses what: the one thing that networks, volumes and images ask about containers. It is answered from memory, at
/// once.
package protocol Usage: Sendable {
    /// All containers, also those whose create is under way: what they have must not be removed.
    var users: [ContainerRecord] { get }

    /// A running container as a member of a network; nil for one that has no endpoint there.
    func member(_ container: String, of network: String) -> NetworkSnapshot.Member?

    /// The static addresses that containers ask for on a network, whether they run or not.
    func addresses(on network: String) -> [String]

    /// Runs `body` unless the container runs, and keeps it from being started meanwhile. One that is not there does not
    /// run.
    func unlessRunning(_ container: String, _ body: @escaping @Sendable () async throws -> Void) async throws
}

extension Usage {
    /// The containers that have a volume. One that is being removed needs it no more: of two that go at once, neither
    /// holds it for the other.
    func users(ofVolume name: String) -> [String] {
        users.filter { record in
            record.state.status != .removing && record.mounts.contains { $0.kind == .volume && $0.name == name }
        }.map(\.id)
    }

    /// Volume → number of containers that have it.
    var volumes: [String: Int] {
        var used: [String: Int] = [:]
        for record in users {
            for name in Set(record.mounts.filter { $0.kind == .volume }.map(\.name)) { used[name, default: 0] += 1 }
        }
        return used
    }

    func users(ofImage id: String) -> [ContainerRecord] { users.filter { $0.imageID == id } }

    /// Image → number of containers that were made from it.
    var images: [String: Int] { users.reduce(into: [:]) { $0[$1.imageID, default: 0] += 1 } }

    /// The names, or IDs, of the networks that containers are on or will be.
    var networks: Set<String> { Set(users.flatMap(\.networks.keys)) }

    package func addresses(on network: String) -> [String] {
        users.compactMap { $0.networks[network]?.ipamConfig?.ipv4Address }.filter { !$0.isEmpty }
    }
}
