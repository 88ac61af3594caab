import Addresses
import Model
import PluginProtocol
import Sandbox
import State

extension ContainerEntry.Body {
    /// The endpoint that the default route of a running container should go by, of those that have a gateway.
    var wayOut: EndpointRecord? {
        EndpointService.wayOut(endpoints.filter { !$0.gateway.isEmpty }) { endpoint in
            let network = record.networks.first { $0.value.networkID == endpoint.networkID }
            return (network?.value.gwPriority ?? 0, network?.key ?? "")
        }
    }
}

extension EndpointService {
    /// The way out of a container among several: the one whose network has the highest priority, and of these the first
    /// by the network's name. That is Docker's order (`Endpoint.Less` of its libnetwork); when each was connected makes
    /// no difference.
    static func wayOut<Way>(_ ways: [Way], rank: (Way) -> (priority: Int, network: String)) -> Way? {
        ways.min { left, right in
            let (left, right) = (rank(left), rank(right))
            return (right.priority, left.network) < (left.priority, right.network)
        }
    }
}

extension ConnectionService {
    /// Lets an endpoint that was just made take over the default route and the published ports, if its priority says so.
    /// What goes wrong is logged. With the container's lock held.
    func takeWayOut(_ entry: ContainerEntry, _ endpoint: EndpointRecord, _ process: RunningContainer) async {
        let (way, holder) = entry.body.withLock { body in
            (body.wayOut, body.endpoints.first { !$0.ports.isEmpty })
        }
        guard way?.id == endpoint.id, let sandbox = process.sandbox, let gateway = IPAddress(endpoint.gateway) else {
            return
        }
        let isAlone = entry.body.withLock { body in body.endpoints.filter { !$0.gateway.isEmpty }.count == 1 }
        guard !isAlone else { return }
        do {
            try await blocking.run { try sandbox.setDefaultGateway(gateway, over: endpoint.interface) }
        } catch {
            logger.warning("container \(entry.id.prefix(12)): default route by way of \(gateway): \(error)")
        }
        guard let holder, holder.id != endpoint.id, let emptied = await endpoints.revokePorts(of: holder) else {
            return
        }
        let changed = await endpoints.takeOver(holder.ports, by: endpoint)
        entry.body.withLock { body in
            body.endpoints = body.endpoints.map { old in
                old.id == emptied.id ? emptied : old.id == changed.id ? changed : old
            }
            body.record.ports = body.endpoints.shownPorts
        }
    }

    /// Finishes what an earlier daemon had begun: the default route goes by the endpoint it should go by, and host ports
    /// that no endpoint has any more are published there, if nobody has taken them. What goes wrong is logged. With the
    /// container's lock held.
    func finishWayOut(_ entry: ContainerEntry, _ process: RunningContainer, lost: [PublishedPort]) async {
        if !lost.isEmpty {
            // One of them may have them still, or already.
            for endpoint in entry.body.withLock({ $0.endpoints }) where endpoint.ports.isEmpty {
                _ = await endpoints.revokePorts(of: endpoint)
            }
        }
        if let way = entry.body.withLock({ $0.wayOut }), let sandbox = process.sandbox,
            let gateway = IPAddress(way.gateway)
        {
            do {
                try await blocking.run { try sandbox.setDefaultGateway(gateway, over: way.interface) }
            } catch {
                logger.warning("container \(entry.id.prefix(12)): default route by way of \(gateway): \(error)")
            }
            sandbox.idle()
            if !lost.isEmpty, way.ports.isEmpty, endpoints.ports.claim(lost) {
                let changed = await endpoints.takeOver(lost, by: way)
                entry.body.withLock { body in
                    body.endpoints = body.endpoints.map { $0.id == changed.id ? changed : $0 }
                }
            }
        }
        entry.body.withLock { $0.record.ports = $0.endpoints.shownPorts }
    }
}
