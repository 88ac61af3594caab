import Addresses
import DriverKit
import Glibc
import NetDriverKernel
import Netlink

extension BridgeDriver {
    func createEndpoint(_ request: CreateEndpointRequest) throws -> CreateEndpointReply {
        _ = try network(request.networkID)
        if let unknown = request.options.keys.sorted().first(where: { !NetworkOption.ofEndpoints.contains($0) }) {
            throw DriverError.invalid("unknown option \(unknown) for an endpoint of a bridge network")
        }
        guard let interface = request.interface, let prefix = IPPrefix(interface.address), prefix.address.isIPv4 else {
            throw DriverError.invalid(
                "endpoint \(request.endpointID): invalid IPv4 address \"\(request.interface?.address ?? "")\"")
        }
        guard interface.macAddress.isEmpty else {
            guard MACAddress(interface.macAddress) != nil else {
                throw DriverError.invalid("invalid MAC address: \(interface.macAddress)")
            }
            return CreateEndpointReply(interface: EndpointInterface())
        }
        let mac = MACAddress(standingFor: prefix.address).map { "\($0)" } ?? ""
        return CreateEndpointReply(interface: EndpointInterface(macAddress: mac))
    }

    /// Makes the veth pair, its peer directly inside the sandbox under the name that it is to have there.
    func join(_ request: JoinRequest) throws -> JoinReply {
        let network = try network(request.networkID)
        if try links.link(named: network.bridge) == nil { mendLinks() }
        let bridge = try bridge(of: network)
        let name = Self.hostName(request.endpointID)
        let peer = request.options["berth.interface"]?.string ?? Self.peerName(request.endpointID)
        let sandbox = try NetworkNamespace(path: request.sandboxKey)
        let outside = LinkSettings(mtu: network.mtu)
        let inside = LinkSettings(mtu: network.mtu, namespace: sandbox)
        try links.perform([Request.createVeth(name, outside, peer: peer, inside)])
        do {
            var endpoint = AttachedEndpoint(network: network.id)
            if routesLoopback(network.id) { endpoint.isGuarded = try put(.loopback, on: [name]) }
            try silence(name, on: network)
            endpoint.isIsolated = isolates(network)
            try links.perform(
                try portRequests(name, owner: request.endpointID, bridge: bridge.index, isolated: endpoint.isIsolated))
            // Registered when it stands: a check from here on expects it.
            let isLate = registry.withLock { registry in
                registry.endpoints[request.endpointID] = endpoint
                return !endpoint.isGuarded && registry.routesLoopback(network.id)
            }
            if isLate { try guardEndpoints(of: network.id) }
        } catch {
            registry.withLock { $0.endpoints[request.endpointID] = nil }
            if let link = try? links.link(named: name) {
                try? links.perform([Request.deleteLink(index: link.index, named: name)])
            }
            throw error
        }
        let gateway = network.isInternal ? "" : "\(IPPrefix(network.gateway)?.address.description ?? "")"
        return JoinReply(interfaceName: InterfaceName(srcName: peer, dstPrefix: "eth"), gateway: gateway)
    }

    /// Cuts the endpoint off at once; the kernel takes its time to delete the pair, so that happens afterwards.
    func leave(_ request: EndpointRequest) throws {
        registry.withLock { $0.forget(endpoint: request.endpointID) }
        deletions.delete(Self.hostName(request.endpointID), owner: request.endpointID)
    }

    func deleteEndpoint(_ request: EndpointRequest) throws {
        registry.withLock { $0.forget(endpoint: request.endpointID) }
        deletions.delete(Self.hostName(request.endpointID), owner: request.endpointID)
    }

    /// What makes the host's end of a pair a port of its bridge: marked, in its bridge with its settings, then up.
    func portRequests(_ name: String, owner: String, bridge: Int32, isolated: Bool) throws -> [Request] {
        var first = LinkSettings(alias: Owner.mark(owner))
        // Before it comes up: it is to have no IPv6 address of its own.
        first.noLinkLocal = true
        return [
            try Request.changeLink(named: name, first),
            try Request.changeLink(named: name, LinkSettings(master: bridge)),
            // Hairpin for br_netfilter's sake: it redirects a published port's packets within the bridge.
            try Request.setBridgePort(named: name, hairpin: true, isolated: isolated),
            try Request.changeLink(named: name, LinkSettings(isUp: true)),
        ]
    }

    /// The host's end of an endpoint's pair.
    static func hostName(_ endpoint: String) -> String { "veth" + endpoint.prefix(9) }

    /// The other end, until the core renames it.
    private static func peerName(_ endpoint: String) -> String { "vpeer" + endpoint.prefix(9) }
}
