import CNftables

/// One step of a rule, in nf_tables' virtual machine. Registers 1 to 4 have 16 bytes; 8 and up are their 4-byte parts.
enum Expression: Sendable {
    /// Loads packet facts (`NFT_META_…`).
    case meta(nft_meta_keys, register: UInt32 = 1)
    /// Loads bytes of the network or transport header.
    case payload(nft_payload_bases, offset: UInt32, length: UInt32, register: UInt32 = 1)
    /// Loads the connection's state or status bits.
    case connection(nft_ct_keys)
    /// Loads the kind of the destination address (`RTN_…`): local, broadcast …
    case destinationKind
    /// Loads the kind of the source address.
    case sourceKind
    /// Keeps bits of register 1.
    case mask([UInt8])
    /// Goes on when register 1 compares with the bytes.
    case compare([UInt8], notEqual: Bool = false)
    /// Goes on when the key that starts in register 1 is in the set; a map's value goes to register 1.
    case lookup(ElementSet, absent: Bool = false)
    /// Destination NAT to the address and port that start in the two registers.
    case destinationNAT(address: UInt32, port: UInt32)
    case masquerade
    case accept
    case drop
    case jump(String)

    func build() -> OpaquePointer {
        switch self {
        case .meta(let key, let register):
            return make("meta") { e in
                nftnl_expr_set_u32(e, UInt16(NFTNL_EXPR_META_KEY), key.rawValue)
                nftnl_expr_set_u32(e, UInt16(NFTNL_EXPR_META_DREG), Self.canonical(register))
            }
        case .payload(let base, let offset, let length, let register):
            return make("payload") { e in
                nftnl_expr_set_u32(e, UInt16(NFTNL_EXPR_PAYLOAD_BASE), base.rawValue)
                nftnl_expr_set_u32(e, UInt16(NFTNL_EXPR_PAYLOAD_OFFSET), offset)
                nftnl_expr_set_u32(e, UInt16(NFTNL_EXPR_PAYLOAD_LEN), length)
                nftnl_expr_set_u32(e, UInt16(NFTNL_EXPR_PAYLOAD_DREG), Self.canonical(register))
            }
        case .connection(let key):
            return make("ct") { e in
                nftnl_expr_set_u32(e, UInt16(NFTNL_EXPR_CT_KEY), key.rawValue)
                nftnl_expr_set_u32(e, UInt16(NFTNL_EXPR_CT_DREG), 1)
            }
        case .destinationKind: return addressKind(NFTA_FIB_F_DADDR)
        case .sourceKind: return addressKind(NFTA_FIB_F_SADDR)
        case .mask(let bytes):
            return make("bitwise") { e in
                nftnl_expr_set_u32(e, UInt16(NFTNL_EXPR_BITWISE_SREG), 1)
                nftnl_expr_set_u32(e, UInt16(NFTNL_EXPR_BITWISE_DREG), 1)
                nftnl_expr_set_u32(e, UInt16(NFTNL_EXPR_BITWISE_LEN), UInt32(bytes.count))
                nftnl_expr_set(e, UInt16(NFTNL_EXPR_BITWISE_MASK), bytes, UInt32(bytes.count))
                let zero = [UInt8](repeating: 0, count: bytes.count)
                nftnl_expr_set(e, UInt16(NFTNL_EXPR_BITWISE_XOR), zero, UInt32(zero.count))
            }
        case .compare(let bytes, let notEqual):
            return make("cmp") { e in
                nftnl_expr_set_u32(e, UInt16(NFTNL_EXPR_CMP_SREG), 1)
                nftnl_expr_set_u32(e, UInt16(NFTNL_EXPR_CMP_OP), (notEqual ? NFT_CMP_NEQ : NFT_CMP_EQ).rawValue)
                nftnl_expr_set(e, UInt16(NFTNL_EXPR_CMP_DATA), bytes, UInt32(bytes.count))
            }
        case .lookup(let set, let absent):
            return make("lookup") { e in
                nftnl_expr_set_u32(e, UInt16(NFTNL_EXPR_LOOKUP_SREG), 1)
                nftnl_expr_set_str(e, UInt16(NFTNL_EXPR_LOOKUP_SET), set.name)
                if absent { nftnl_expr_set_u32(e, UInt16(NFTNL_EXPR_LOOKUP_FLAGS), UInt32(NFT_LOOKUP_F_INV.rawValue)) }
                if !set.value.isEmpty { nftnl_expr_set_u32(e, UInt16(NFTNL_EXPR_LOOKUP_DREG), 1) }
            }
        case .destinationNAT(let address, let port):
            return make("nat") { e in
                nftnl_expr_set_u32(e, UInt16(NFTNL_EXPR_NAT_TYPE), NFT_NAT_DNAT.rawValue)
                nftnl_expr_set_u32(e, UInt16(NFTNL_EXPR_NAT_FAMILY), UInt32(NFPROTO_IPV4))
                nftnl_expr_set_u32(e, UInt16(NFTNL_EXPR_NAT_REG_ADDR_MIN), Self.canonical(address))
                nftnl_expr_set_u32(e, UInt16(NFTNL_EXPR_NAT_REG_PROTO_MIN), Self.canonical(port))
            }
        case .masquerade: return make("masq") { _ in }
        case .accept: return verdict(Int32(NF_ACCEPT))
        case .drop: return verdict(Int32(NF_DROP))
        case .jump(let chain): return verdict(NFT_JUMP.rawValue, chain: chain)
        }
    }

    /// The register as the kernel shows it: one whose 4-byte number begins a register of 16 bytes has the latter's.
    private static func canonical(_ register: UInt32) -> UInt32 {
        register >= 8 && register % 4 == 0 ? register / 4 - 1 : register
    }

    private func make(_ name: String, _ fill: (OpaquePointer) -> Void) -> OpaquePointer {
        let expression = nftnl_expr_alloc(name)!
        fill(expression)
        return expression
    }

    private func addressKind(_ which: nft_fib_flags) -> OpaquePointer {
        make("fib") { e in
            nftnl_expr_set_u32(e, UInt16(NFTNL_EXPR_FIB_RESULT), NFT_FIB_RESULT_ADDRTYPE.rawValue)
            nftnl_expr_set_u32(e, UInt16(NFTNL_EXPR_FIB_FLAGS), which.rawValue)
            nftnl_expr_set_u32(e, UInt16(NFTNL_EXPR_FIB_DREG), 1)
        }
    }

    private func verdict(_ code: Int32, chain: String? = nil) -> OpaquePointer {
        make("immediate") { e in
            nftnl_expr_set_u32(e, UInt16(NFTNL_EXPR_IMM_DREG), UInt32(NFT_REG_VERDICT.rawValue))
            nftnl_expr_set_u32(e, UInt16(NFTNL_EXPR_IMM_VERDICT), UInt32(bitPattern: code))
            if let chain { nftnl_expr_set_str(e, UInt16(NFTNL_EXPR_IMM_CHAIN), chain) }
        }
    }
}
