import DriverKit
import FoundationEssentials
import NetDriverKernel
import Netlink

/// One network's settings, as they were asked for.
struct BridgeNetwork: Codable, Sendable, Equatable {
    var id: String
    /// The bridge's name.
    var bridge: String
    /// The bridge's address with the subnet's length, "172.17.0.1/16".
    var gateway: String
    /// Bytes.
    var mtu: Int
    var isInternal: Bool
    var masquerade: Bool
    var communication: Bool

    /// Reads Docker's options for a bridge network.
    /// - Throws: `DriverError.invalid` naming the option.
    init(_ request: CreateNetworkRequest, defaultMTU: Int) throws {
        id = request.networkID
        guard let pool = request.ipv4Data.first, request.ipv4Data.count == 1 else {
            throw DriverError.invalid("bridge network \(id): exactly one IPv4 subnet is needed")
        }
        guard request.ipv6Data.isEmpty else {
            throw DriverError.invalid("bridge network \(id): IPv6 is not implemented yet")
        }
        guard let address = IPPrefix(pool.gateway), address.address.isIPv4, let subnet = IPPrefix(pool.pool),
            subnet.contains(address.address)
        else {
            throw DriverError.invalid("bridge network \(id): invalid gateway \(pool.gateway) for subnet \(pool.pool)")
        }
        gateway = pool.gateway
        isInternal = request.options[NetworkOption.isInternal]?.bool ?? false
        let options = try BridgeOptions(request.options[NetworkOption.generic]?.object ?? [:])
        masquerade = options.masquerade
        communication = options.communication
        mtu = options.mtu ?? defaultMTU
        bridge = options.name
        if bridge.isEmpty { bridge = "br-" + id.prefix(12) }
        guard bridge.utf8.count <= 15, !bridge.contains("/"), bridge != ".", bridge != ".." else {
            throw DriverError.invalid("invalid bridge name \"\(bridge)\": at most 15 bytes without a slash")
        }
    }

    init(stored: [UInt8]) throws {
        self = try JSONDecoder().decode(BridgeNetwork.self, from: Data(stored))
    }

    func encoded() throws -> [UInt8] { [UInt8](try JSONEncoder().encode(self)) }

    /// Whether the link of the bridge's name is the bridge: it has the network's mark, or its making was interrupted
    /// before it got that and was brought up.
    func owns(_ link: Link) -> Bool {
        Owner.id(in: link.alias) == id || link.kind == "bridge" && link.alias.isEmpty && !link.isUp
    }

    var rules: BridgeRules {
        BridgeRules(
            bridge: bridge, network: id, isInternal: isInternal, masquerade: masquerade, communication: communication)
    }
}
