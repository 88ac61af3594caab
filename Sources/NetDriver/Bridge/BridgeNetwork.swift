import Addresses
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
        guard let pool = request.ipv4Data.first, pool.pool != "0.0.0.0/0" else {
            throw DriverError.invalid("ipv4 pool is empty")
        }
        guard request.ipv4Data.count == 1 else {
            throw DriverError.forbidden("bridge driver doesn't support multiple subnets")
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
        guard Self.isLinkName(bridge) else {
            throw DriverError.invalid(
                "invalid bridge name \"\(bridge)\": it has 1 to 15 of the characters a-z, A-Z, 0-9, `_`, `.`, `-`, and does "
                    + "not begin with one of the last two")
        }
    }

    /// Names that mean the same to the kernel, to /proc and to tools: no `%`, of which the kernel makes a number, no
    /// slash, no space, nothing that ends a text early.
    private static func isLinkName(_ name: String) -> Bool {
        guard (1...15).contains(name.utf8.count), name != "lo", name != "all", name != "default" else { return false }
        guard name.first != ".", name.first != "-" else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"):
                true
            default: false
            }
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
