import Addresses
import Model
import PluginProtocol
import Spec
import State

extension EndpointService {
    /// Takes host ports for an endpoint that is to be made.
    /// - Throws: `BerthError` with Docker's text for a port that is taken.
    func allocatePorts(
        _ requests: [PublishRequest], for endpoint: EndpointRecord, network: NetworkRecord, container: String
    ) async throws -> [PublishedPort] {
        guard !requests.isEmpty else { return [] }
        let option = network.options["com.docker.network.bridge.host_binding_ipv4"] ?? ""
        let address = option.isEmpty ? "0.0.0.0" : option
        do {
            if let taken = try? ports.allocate(requests, defaultAddress: address) { return taken }
            // Endpoints that are gone may still have them.
            await owed.settle(of: OwedWork.publishedPorts)
            return try ports.allocate(requests, defaultAddress: address)
        } catch let error as BerthError {
            throw BerthError(
                error.code,
                "driver failed programming external connectivity on endpoint \(container) (\(endpoint.id)): "
                    + error.message)
        }
    }

    /// Has the driver publish an endpoint's ports.
    func program(_ endpoint: EndpointRecord, network: NetworkRecord, _ undo: inout Undo) async throws {
        let address = IPPrefix.withoutLength(endpoint.address)
        let bindings = endpoint.ports.map { port in
            PluginProtocol.PortBinding(
                proto: Self.protocolNumber(port.transport), ip: address, port: port.containerPort,
                hostIP: port.hostAddress, hostPort: port.hostPort, hostPortEnd: port.hostPort)
        }
        let (driver, request) = (network.driver, EndpointRequest(networkID: network.id, endpointID: endpoint.id))
        _ = try await drivers.make(
            .network, driver, .programExternalConnectivity,
            ExternalConnectivityRequest(
                networkID: network.id, endpointID: endpoint.id, options: [NetworkOption.portMap: .ports(bindings)]),
            &undo
        ) { _ in
            _ = try? await self.drivers.call(.network, driver, .revokeExternalConnectivity, request)
        }
    }

    // While ports go from one endpoint to another, no endpoint has them in the database, and the container's record shows
    // them: by that the next daemon sees that it was interrupted, wherever that was (`finishWayOut`).

    /// Publishes at an endpoint what another one of its container had, at the same ports of the host, which nobody has
    /// taken since. What goes wrong is logged: the endpoint then has no ports, and they are free.
    /// - Returns: the endpoint as it is now.
    func takeOver(_ published: [PublishedPort], by endpoint: EndpointRecord) async -> EndpointRecord {
        guard let network = networks[endpoint.networkID]?.record else { return endpoint }
        var successor = endpoint
        successor.ports = published
        var undo = Undo()
        undo.push { self.ports.release(published) }
        // The rows of the one that had them.
        await owed.settle()
        do {
            try await program(successor, network: network, &undo)
            CrashPoint.pass(.portsPublished)
            try await database.updatePorts(of: successor)
            return successor
        } catch {
            await undo.run()
            logger.warning(
                "container \(endpoint.containerID.prefix(12)): publish its ports on network \(network.name): \(error)")
            return endpoint
        }
    }

    /// Publishes an endpoint's ports no more; they stay its container's.
    /// - Returns: the endpoint without them, or nil when that failed and it has them as before.
    func revokePorts(of endpoint: EndpointRecord) async -> EndpointRecord? {
        guard let network = networks[endpoint.networkID]?.record else { return nil }
        var emptied = endpoint
        emptied.ports = []
        var undo = Undo()
        do {
            try await database.updatePorts(of: emptied)
            undo.push {
                await self.owed.surely("endpoint \(endpoint.id.prefix(12)): write down its ports") {
                    try await self.database.updatePorts(of: endpoint)
                }
            }
            CrashPoint.pass(.portsForgotten)
            _ = try await drivers.call(
                .network, network.driver, .revokeExternalConnectivity,
                EndpointRequest(networkID: network.id, endpointID: endpoint.id))
            CrashPoint.pass(.portsRevoked)
            return emptied
        } catch {
            await undo.run()
            logger.warning(
                "container \(endpoint.containerID.prefix(12)): unpublish its ports on network \(network.name): \(error)"
            )
            return nil
        }
    }

    /// IANA protocol numbers.
    private static func protocolNumber(_ transport: String) -> Int {
        switch transport {
        case "udp": 17
        case "sctp": 132
        default: 6
        }
    }
}
