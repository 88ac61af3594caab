import Addresses
import DriverKit
import FoundationEssentials
import NetDriverKernel
import Netlink

/// What of an endpoint outlives the daemon: its published ports.
struct StoredEndpoint: Codable {
    var network: String
    var ports: [Port]

    struct Port: Codable {
        var transport: UInt8
        var hostAddress: String
        var hostPort: UInt16
        var address: String
        var port: UInt16
    }
}

extension BridgeDriver {
    func programExternalConnectivity(_ request: ExternalConnectivityRequest) throws {
        let bindings = try request.options[NetworkOption.portMap]?.ports() ?? []
        guard !bindings.isEmpty else { return }
        let ports = try bindings.map { binding in
            StoredEndpoint.Port(
                transport: UInt8(truncatingIfNeeded: binding.proto),
                hostAddress: binding.hostIP == "0.0.0.0" ? "" : binding.hostIP,
                hostPort: try Self.port(binding.hostPort), address: binding.ip, port: try Self.port(binding.port))
        }
        let endpoint = StoredEndpoint(network: request.networkID, ports: ports)
        let published = try ports.map { try Self.published($0, owner: request.endpointID) }
        try host.put(
            bucket: Self.endpointBucket, key: request.endpointID, value: [UInt8](JSONEncoder().encode(endpoint)),
            owner: request.endpointID)
        do {
            if published.contains(where: \.isForLoopback) {
                try openLoopback(for: request.endpointID, on: request.networkID)
            }
            try ruleset.publish(published)
        } catch {
            closeLoopback(for: request.endpointID)
            _ = try? host.remove(bucket: Self.endpointBucket, key: request.endpointID)
            throw error
        }
        try? ruleset.table.forgetStaleFlows(to: published)
    }

    func revokeExternalConnectivity(_ request: EndpointRequest) throws {
        guard let stored = try host.get(bucket: Self.endpointBucket, key: request.endpointID) else { return }
        let endpoint = try JSONDecoder().decode(StoredEndpoint.self, from: Data(stored))
        let published = try endpoint.ports.map { try Self.published($0, owner: request.endpointID) }
        try ruleset.unpublish(published)
        closeLoopback(for: request.endpointID)
        try? ruleset.table.forgetFlows(to: published)
        do {
            _ = try host.remove(bucket: Self.endpointBucket, key: request.endpointID)
        } catch {
            // It goes with the endpoint, too: the ports are free in any case.
            host.log(.warning, "forget the ports of endpoint \(request.endpointID): \(error)")
        }
    }

    private static func port(_ number: Int) throws -> UInt16 {
        guard let port = UInt16(exactly: number), port > 0 else {
            throw DriverError.invalid("invalid port \(number)")
        }
        return port
    }

    static func published(_ port: StoredEndpoint.Port, owner: String) throws -> PublishedPort {
        guard let address = IPAddress(port.address), address.isIPv4 else {
            throw DriverError.invalid("invalid container address \"\(port.address)\"")
        }
        var hostAddress: IPAddress?
        if !port.hostAddress.isEmpty {
            guard let parsed = IPAddress(port.hostAddress), parsed.isIPv4 else {
                throw DriverError.invalid("invalid host address \"\(port.hostAddress)\"")
            }
            hostAddress = parsed
        }
        return PublishedPort(
            transport: port.transport, hostAddress: hostAddress, hostPort: port.hostPort, address: address,
            port: port.port, owner: owner)
    }
}
