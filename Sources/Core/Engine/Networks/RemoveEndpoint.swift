import Model
import PluginProtocol
import Sandbox
import State

extension Engine {
    /// Takes an endpoint down: traffic to it ends first, its address is given back last. Goes on after errors, which
    /// are logged: there is nobody to tell.
    ///
    /// Host ports that the driver may still publish, or whose rows are still there, stay taken: nobody else gets them.
    /// - Parameters:
    ///   - sandbox: a sandbox that stays; nil when it goes with the endpoint.
    ///   - keepingPorts: leaves its host ports taken, for another endpoint.
    /// - Returns: whether its host ports are published no more, and may be by another endpoint.
    @discardableResult
    func removeEndpoint(_ endpoint: EndpointRecord, sandbox: Sandbox?, keepingPorts: Bool = false) async -> Bool {
        guard let network = networks[endpoint.networkID] else {
            try? await database.deleteEndpoint(id: endpoint.id)
            return true
        }
        let record = network.record
        let request = EndpointRequest(networkID: record.id, endpointID: endpoint.id)
        func attempt(_ what: String, _ body: () async throws -> Void) async -> Bool {
            do {
                try await body()
                return true
            } catch {
                logger.warning("endpoint \(endpoint.id.prefix(12)) of network \(record.name): \(what): \(error)")
                return false
            }
        }
        var isUnpublished = true
        if !endpoint.ports.isEmpty {
            isUnpublished = await attempt("unpublish") {
                _ = try await call(.network, record.driver, .revokeExternalConnectivity, request)
            }
        }
        CrashPoint.pass(.exitUnpublished)
        if let sandbox {
            _ = await attempt("detach") { try await blocking.run { try sandbox.detach(endpoint.interface) } }
        }
        _ = await attempt("leave") { _ = try await call(.network, record.driver, .leave, request) }
        _ = await attempt("delete") { _ = try await call(.network, record.driver, .deleteEndpoint, request) }
        if !endpoint.address.isEmpty {
            _ = await attempt("release address") {
                _ = try await call(
                    .ipam, Self.ipamDriverName(record.ipamDriver), .releaseAddress,
                    ReleaseAddressRequest(
                        poolID: endpoint.poolID, address: IPv4.withoutPrefix(endpoint.address),
                        options: [IpamOption.owner: endpoint.id]))
            }
        }
        let isForgotten = await attempt("forget") { try await database.deleteEndpoint(id: endpoint.id) }
        network.leave(endpoint: endpoint.id)
        if isUnpublished, isForgotten, !keepingPorts { ports.release(endpoint.ports) }
        bus.publish(
            .network, "disconnect", record.id,
            ["container": endpoint.containerID, "name": record.name, "type": record.driver])
        return isUnpublished && isForgotten
    }
}
