import Addresses
import Model
import PluginProtocol
import Runtime
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
        let addresses = Self.addresses(option: option)
        do {
            if let taken = try? ports.allocate(requests, defaultAddresses: addresses) { return taken }
            // Endpoints that are gone may still have them.
            await owed.settle(of: OwedWork.publishedPorts)
            return try ports.allocate(requests, defaultAddresses: addresses)
        } catch let error as BerthError {
            throw BerthError(
                error.code,
                "driver failed programming external connectivity on endpoint \(container) (\(endpoint.id)): "
                    + error.message)
        }
    }

    /// Where a port is published that is given no address: at the network's own for that, else at all of both families, where
    /// the host has IPv6.
    private static func addresses(option: String) -> [String] {
        guard option.isEmpty || option == HostAddress.anyIPv4 else { return [option] }
        return PortForwarder.hasIPv6 ? [HostAddress.anyIPv4, HostAddress.anyIPv6] : [HostAddress.anyIPv4]
    }

    /// Has an endpoint's ports published: by the driver at IPv4 addresses, by the forwarder at IPv6 ones.
    func program(_ endpoint: EndpointRecord, network: NetworkRecord, _ undo: inout Undo) async throws {
        let address = IPPrefix.withoutLength(endpoint.address)
        let bindings = endpoint.driverPorts.map { port in
            PluginProtocol.PortBinding(
                proto: Self.protocolNumber(port.transport), ip: address, port: port.containerPort,
                hostIP: port.hostAddress, hostPort: port.hostPort, hostPortEnd: port.hostPort)
        }
        let (driver, request) = (network.driver, EndpointRequest(networkID: network.id, endpointID: endpoint.id))
        if !bindings.isEmpty {
            _ = try await drivers.make(
                .network, driver, .programExternalConnectivity,
                ExternalConnectivityRequest(
                    networkID: network.id, endpointID: endpoint.id, options: [NetworkOption.portMap: .ports(bindings)]),
                &undo
            ) { _ in
                _ = try? await self.drivers.call(.network, driver, .revokeExternalConnectivity, request)
            }
        }
        let targets = endpoint.forwardTargets
        guard !targets.isEmpty else { return }
        let forwarder = forwarder
        undo.push { try? await self.blocking.run { forwarder.suspend(targets.map(\.port)) } }
        do {
            try await blocking.run { try forwarder.serve(targets) }
        } catch let error as LaunchError {
            throw BerthError.system(error.text)
        }
    }

    /// Has an endpoint's ports published no more; of one that has none the driver may have some all the same.
    /// - Parameter keepingPorts: another endpoint is to have them: who connects to an IPv6 address meanwhile waits.
    func unprogram(_ endpoint: EndpointRecord, network: NetworkRecord, keepingPorts: Bool) async throws {
        let forwarded = endpoint.ports.compactMap(\.forwarded)
        if !forwarded.isEmpty {
            let forwarder = forwarder
            try await blocking.run {
                if keepingPorts { forwarder.suspend(forwarded) } else { forwarder.close(forwarded) }
            }
        }
        guard endpoint.ports.isEmpty || !endpoint.driverPorts.isEmpty else { return }
        _ = try await drivers.call(
            .network, network.driver, .revokeExternalConnectivity,
            EndpointRequest(networkID: network.id, endpointID: endpoint.id))
    }

    /// Gives host ports back.
    func releasePorts(_ published: [PublishedPort]) async {
        let forwarded = published.compactMap(\.forwarded)
        if !forwarded.isEmpty {
            let forwarder = forwarder
            try? await blocking.run { forwarder.close(forwarded) }
        }
        ports.release(published)
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
        undo.push { await self.releasePorts(published) }
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
            let (forwarder, targets) = (forwarder, endpoint.forwardTargets)
            undo.push { try? await self.blocking.run { try forwarder.serve(targets) } }
            try await unprogram(endpoint, network: network, keepingPorts: true)
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
