import CNftables
import Glibc

/// The table's chains and rules; docs/networking.md says in words what each is for.
///
/// A table that an earlier version made is brought to this layout. Chains and rules can change freely; a chain that is
/// no longer needed stays here without rules, and a set whose types change gets another name: the kernel can change
/// neither a set nor delete what a user's rule refers to.
public struct TableLayout: Sendable {
    struct Chain: Sendable {
        let name: String
        /// Kind, hook and priority; nil for a chain that is only jumped to.
        var base: (type: String, hook: UInt32, priority: Int32)?
        var rules: [[Expression]] = []
    }

    /// Drops what is forwarded over IPv4 and neither comes from nor goes to a bridge.
    let dropsForeign: Bool

    /// - Parameter dropsForeign: Drops what is forwarded over IPv4 and neither comes from nor goes to a bridge of
    ///   Berth's: for a host that did not forward before.
    public init(dropsForeign: Bool = false) { self.dropsForeign = dropsForeign }

    /// The user's own: never changed once it is there.
    static let userChain = "user"
    /// Its first rule carries the mark.
    static let markedChain = "guard"

    /// The comment that tells this layout from others.
    var mark: String {
        let digits = String(installation(mark: "").fingerprint, radix: 16)
        return "berth layout " + String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Makes the table, or brings one that is there to this layout. The elements of its sets stay, and so does all that
    /// the chain `user` has.
    func installation() -> Transaction { installation(mark: mark) }

    private func installation(mark: String) -> Transaction {
        var transaction = Transaction()
        transaction.addTable()
        for set in ElementSet.all { transaction.add(set) }
        for chain in chains { transaction.require(chain: chain.name) }
        for chain in chains where chain.name != Self.userChain { transaction.flush(chain: chain.name) }
        for chain in chains where chain.base != nil {
            // Hook and priority of one that is there cannot be changed.
            transaction.delete(chain: chain.name)
            transaction.add(chain)
        }
        for chain in chains {
            for (index, rule) in chain.rules.enumerated() {
                let isMarked = chain.name == Self.markedChain && index == 0
                transaction.add(rule, to: chain.name, comment: isMarked ? mark : "")
            }
        }
        return transaction
    }

    var chains: [Chain] {
        Self.chains.map { chain in
            guard dropsForeign, chain.name == "forward" else { return chain }
            return Chain(name: chain.name, base: chain.base, rules: chain.rules + [Self.isIPv4 + [.drop]])
        }
    }

    private static let chains: [Chain] = [
        Chain(name: userChain),
        Chain(name: markedChain, base: ("filter", UInt32(NF_INET_PRE_ROUTING.rawValue), -300), rules: guardRules),
        Chain(
            name: "publish",
            rules: [
                isIPv4 + [.payload(NFT_PAYLOAD_NETWORK_HEADER, offset: 16, length: 4)]
                    + transportPort(at: 9) + [.lookup(.publishedOn), .destinationNAT(address: 1, port: 9)],
                isIPv4 + transportPort(at: 8) + [.lookup(.published), .destinationNAT(address: 1, port: 9)],
            ]),
        Chain(name: "prerouting", base: ("nat", UInt32(NF_INET_PRE_ROUTING.rawValue), -100), rules: [toHostOnly]),
        Chain(name: "output", base: ("nat", UInt32(NF_INET_LOCAL_OUT.rawValue), -100), rules: [toHostOnly]),
        Chain(name: "forward", base: ("filter", UInt32(NF_INET_FORWARD.rawValue), 0), rules: forwardRules),
        Chain(
            name: "postrouting", base: ("nat", UInt32(NF_INET_POST_ROUTING.rawValue), 100), rules: postroutingRules),
    ]

    /// Nothing but the host itself may use its loopback addresses, although bridges route them; and no container tells
    /// the host, or another container, where its IPv6 routes lead (ICMPv6 router advertisement and redirect, RFC 4861).
    private static let guardRules: [[Expression]] =
        [UInt32(16), 12].map { offset in
            isIPv4 + [
                .payload(NFT_PAYLOAD_NETWORK_HEADER, offset: offset, length: 4), .mask([0xFF, 0, 0, 0]),
                .compare([127, 0, 0, 0]), .meta(NFT_META_IIFNAME), .compare(Element.link("lo"), notEqual: true), .drop,
            ]
        }
        + [UInt8(134), 137].map { type in
            [
                .meta(NFT_META_IIFNAME), .lookup(.bridges), .meta(NFT_META_L4PROTO),
                .compare([UInt8(IPPROTO_ICMPV6)]), .payload(NFT_PAYLOAD_TRANSPORT_HEADER, offset: 0, length: 1),
                .compare([type]), .drop,
            ]
        }

    private static let toHostOnly: [Expression] = [
        .destinationKind, .compare(native(routedLocally)), .jump("publish"),
    ]

    private static let forwardRules: [[Expression]] = [
        [.jump(userChain)],
        connection(NFT_CT_STATE, bits: stateEstablished | stateRelated) + [.accept],
        sameBridge + [.lookup(.siblings), .accept],
        [.meta(NFT_META_IIFNAME), .lookup(.isolated), .drop],
        [.meta(NFT_META_OIFNAME), .lookup(.isolated), .drop],
        connection(NFT_CT_STATUS, bits: UInt32(IPS_DST_NAT.rawValue))
            + [.meta(NFT_META_OIFNAME), .lookup(.bridges), .accept],
        [.meta(NFT_META_OIFNAME), .lookup(.bridges), .drop],
        [.meta(NFT_META_IIFNAME), .lookup(.bridges), .accept],
    ]

    private static let postroutingRules: [[Expression]] = [
        connection(NFT_CT_STATUS, bits: UInt32(IPS_DST_NAT.rawValue)) + sameBridge + [.lookup(.hairpin), .masquerade],
        // With br_netfilter the bridge itself sends such a packet back, and this hook is told of no link it came by.
        connection(NFT_CT_STATUS, bits: UInt32(IPS_DST_NAT.rawValue)) + [
            .meta(NFT_META_IIFNAME), .compare(Element.link("")), .meta(NFT_META_OIFNAME), .lookup(.bridges),
            .sourceKind, .compare(native(routedLocally), notEqual: true), .masquerade,
        ],
        sameBridge + [.lookup(.hairpin), .accept],
        [.meta(NFT_META_IIFNAME), .lookup(.masqueraded), .masquerade],
        isIPv4 + [
            .payload(NFT_PAYLOAD_NETWORK_HEADER, offset: 12, length: 4), .mask([0xFF, 0, 0, 0]),
            .compare([127, 0, 0, 0]), .meta(NFT_META_OIFNAME), .lookup(.bridges), .masquerade,
        ],
    ]

    private static let isIPv4: [Expression] = [.meta(NFT_META_NFPROTO), .compare([UInt8(NFPROTO_IPV4)])]

    /// In and out link, side by side from register 1 on.
    private static let sameBridge: [Expression] = [
        .meta(NFT_META_IIFNAME, register: 1), .meta(NFT_META_OIFNAME, register: 2),
    ]

    /// Transport and destination port, the first in the 4-byte register given and the other in the one after.
    private static func transportPort(at register: UInt32) -> [Expression] {
        [
            .meta(NFT_META_L4PROTO, register: register),
            .payload(NFT_PAYLOAD_TRANSPORT_HEADER, offset: 2, length: 2, register: register + 1),
        ]
    }

    /// Goes on when any of the connection's bits is set.
    private static func connection(_ key: nft_ct_keys, bits: UInt32) -> [Expression] {
        [.connection(key), .mask(native(bits)), .compare(native(0), notEqual: true)]
    }

    /// `NF_CT_STATE_BIT` of the states.
    private static let stateEstablished: UInt32 = 1 << 1
    private static let stateRelated: UInt32 = 1 << 2

    /// `RTN_LOCAL` of <linux/rtnetlink.h>: the host's own addresses.
    private static let routedLocally: UInt32 = 2

    private static func native(_ value: UInt32) -> [UInt8] {
        withUnsafeBytes(of: value) { Array($0) }
    }
}
