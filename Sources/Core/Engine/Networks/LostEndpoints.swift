import Model
import PluginProtocol
import Sandbox
import State
import Synchronization

/// Where drivers tell of endpoints whose links are gone. What is told before somebody listens is kept.
final class LostEndpoints: Sendable {
    private struct State {
        var handler: (@Sendable (String) -> Void)?
        var waiting: [String] = []
    }

    private let state = Mutex(State())

    func tell(_ endpoint: String) {
        let handler = state.withLock { state in
            if state.handler == nil { state.waiting.append(endpoint) }
            return state.handler
        }
        handler?(endpoint)
    }

    /// From now on calls `handler`, which must not block, with each endpoint.
    func handle(_ handler: @escaping @Sendable (String) -> Void) {
        let waiting = state.withLock { state in
            state.handler = handler
            defer { state.waiting = [] }
            return state.waiting
        }
        for endpoint in waiting { handler(endpoint) }
    }
}

extension ConnectionService {
    /// Makes the interface of a running container's endpoint again, with its addresses and routes. Its ports stay.
    func remake(_ id: String) async {
        let owner = containers.all.first { entry in
            entry.body.withLock { $0.endpoints.contains { $0.id == id } }
        }
        guard let owner else { return }
        await owner.lock.withLock {
            let (endpoints, wayOut, networks) = owner.body.withLock { ($0.endpoints, $0.wayOut, $0.record.networks) }
            guard let process = owner.process, let sandbox = process.sandbox,
                let endpoint = endpoints.first(where: { $0.id == id }), let network = self.networks[endpoint.networkID]
            else { return }
            defer { sandbox.idle() }
            let plan = EndpointPlan(
                network: network, settings: networks[network.name] ?? EndpointSettings(), interface: endpoint.interface,
                isGateway: wayOut?.id == id, ports: [],
                macAddress: endpoint.macAddress)
            var undo = Undo()
            do {
                try await self.blocking.run {
                    try process.requireSandbox(of: owner.id, self.logger)
                    try sandbox.detach(endpoint.interface)
                }
                _ = try await self.endpoints.join(endpoint, plan, network.record, sandbox, &undo)
                self.logger.notice("container \(owner.id.prefix(12)): interface \(endpoint.interface) was made again")
            } catch {
                await undo.run()
                self.logger.error(
                    "container \(owner.id.prefix(12)): make interface \(endpoint.interface) again: \(error)")
            }
        }
    }
}
