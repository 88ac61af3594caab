import Engine
import Model
import Synchronization

/// Containers that are said to be there.
final class TestUsage: Usage {
    private let records = Mutex<[ContainerRecord]>([])

    var users: [ContainerRecord] { records.withLock { $0 } }

    /// Adds a container that has a volume, an image, or is on a network.
    func add(
        _ id: String, volume: String? = nil, image: String = "", network: String? = nil,
        _ status: ContainerState.Status = .exited
    ) {
        var record = ContainerRecord(
            id: id, name: id, created: 1, imageID: image, config: ContainerConfig(), hostConfig: HostConfig())
        record.state.status = status
        if let volume {
            var mount = ContainerMount(kind: .volume, source: "", destination: "/data")
            mount.name = volume
            record.mounts = [mount]
        }
        if let network { record.networks[network] = EndpointSettings() }
        records.withLock { [record] in $0.append(record) }
    }

    func clear() { records.withLock { $0 = [] } }

    func member(_ container: String, of network: String) -> NetworkSnapshot.Member? { nil }

    func unlessRunning(_ container: String, _ body: @escaping @Sendable () async throws -> Void) async throws {
        guard !users.contains(where: { $0.id == container && $0.state.isRunning }) else { return }
        try await body()
    }
}
