import CNetlink
import Glibc

/// What is not to come in by a bridge's port, whatever becomes of the packet filter's rules: a classic BPF program.
public struct PortGuard: Sendable {
    /// For messages.
    let text: String
    /// Of its filter, one of its own for each.
    let priority: UInt32
    let instructions: [sock_filter]

    /// Nothing that is for 127.0.0.0/8, or says to be from there.
    ///
    /// A frame within two tags, the outer one of VLAN 0, would come to the bridge itself without both: it is dropped.
    public static let loopback = PortGuard(
        text: "loopback guard", priority: 1,
        instructions: [
            instruction(loadHalf, facts),  // 0: the protocol, SKF_AD_PROTOCOL
            instruction(equals, 0x8100, yes: 1),  // 1: 802.1Q
            instruction(equals, 0x88A8, no: 4),  // 2: 802.1ad, else to 7
            instruction(loadHalf, facts + 44),  // 3: the outer tag, SKF_AD_VLAN_TAG
            instruction(and, 0xFFF),  // 4
            instruction(equals, 0, yes: 8),  // 5: to 14
            instruction(result, pass),  // 6
            instruction(loadByte, network),  // 7: version
            instruction(and, 0xF0),  // 8
            instruction(equals, 0x40, no: 5),  // 9: to 15
            instruction(loadByte, network + 16),  // 10: destination
            instruction(equals, 127, yes: 2),  // 11: to 14
            instruction(loadByte, network + 12),  // 12: source
            instruction(equals, 127, no: 1),  // 13: to 15
            instruction(result, drop),  // 14
            instruction(result, pass),  // 15
        ])

    /// Nothing but IPv4 and ARP without tags: what `br_netfilter` shows nftables, and what finds the way for it.
    ///
    /// A frame of VLAN 0 is one of no VLAN to whom it is for, but `br_netfilter` passes it by, as it does what is neither
    /// IPv4 nor (where that is switched on) IPv6.
    public static let plainIPv4 = PortGuard(
        text: "frame guard", priority: 2,
        instructions: [
            instruction(loadWord, facts + 48),  // 0: SKF_AD_VLAN_TAG_PRESENT
            instruction(equals, 0, no: 3),  // 1: tagged, to 5
            instruction(loadHalf, facts),  // 2: SKF_AD_PROTOCOL
            instruction(equals, UInt32(ETH_P_IP), yes: 2),  // 3: to 6
            instruction(equals, UInt32(ETH_P_ARP), yes: 1),  // 4: to 6
            instruction(result, drop),  // 5
            instruction(result, pass),  // 6
        ])

    /// Results of a program that acts by itself: go on, or drop. <linux/pkt_cls.h>
    private static let pass = UInt32.max  // TC_ACT_UNSPEC
    private static let drop: UInt32 = 2  // TC_ACT_SHOT

    /// Where packet facts and the network header begin, of <linux/filter.h>.
    private static let facts = UInt32(bitPattern: -0x1000)
    private static let network = UInt32(bitPattern: -0x10_0000)

    private static func instruction(_ code: Int32, _ k: UInt32, yes: UInt8 = 0, no: UInt8 = 0) -> sock_filter {
        sock_filter(code: UInt16(code), jt: yes, jf: no, k: k)
    }

    private static let loadWord = BPF_LD | BPF_W | BPF_ABS
    private static let loadHalf = BPF_LD | BPF_H | BPF_ABS
    private static let loadByte = BPF_LD | BPF_B | BPF_ABS
    private static let and = BPF_ALU | BPF_AND | BPF_K
    private static let equals = BPF_JMP | BPF_JEQ | BPF_K
    private static let result = BPF_RET | BPF_K
}
