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
        let bridge = try bridge(of: network)
        let name = Self.hostName(request.endpointID)
        let peer = request.options["berth.interface"]?.string ?? Self.peerName(request.endpointID)
        let sandbox = try NetworkNamespace(path: request.sandboxKey)
        let outside = LinkSettings(mtu: network.mtu)
        let inside = LinkSettings(mtu: network.mtu, namespace: sandbox)
        try links.perform([Request.createVeth(name, outside, peer: peer, inside)])
        do {
            let port = LinkSettings(master: bridge.index, alias: Owner.mark(request.endpointID), isUp: true)
            // Hairpin for br_netfilter's sake: it redirects a published port's packets within the bridge.
            try links.perform([
                Request.changeLink(named: name, port), Request.setBridgePort(named: name, hairpin: true),
            ])
        } catch {
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
        deletions.delete(Self.hostName(request.endpointID), owner: request.endpointID)
    }

    func deleteEndpoint(_ request: EndpointRequest) throws {
        deletions.delete(Self.hostName(request.endpointID), owner: request.endpointID)
    }

    /// The host's end of an endpoint's pair.
    static func hostName(_ endpoint: String) -> String { "veth" + endpoint.prefix(9) }

    /// The other end, until the core renames it.
    private static func peerName(_ endpoint: String) -> String { "vpeer" + endpoint.prefix(9) }
}
