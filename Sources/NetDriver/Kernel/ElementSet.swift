import CNftables

/// A set or map of the table: its name, and the types of its keys and values as `nft` prints them.
struct ElementSet: Sendable {
    /// A field's type number in nft(8) and its size in bytes.
    struct Field: Sendable {
        let type: UInt32
        let size: Int
        static let address = Field(type: 7, size: 4)
        static let transport = Field(type: 12, size: 1)
        static let port = Field(type: 13, size: 2)
        static let link = Field(type: 41, size: 16)
    }

    let name: String
    let key: [Field]
    let value: [Field]

    /// Links of all networks' bridges.
    static let bridges = ElementSet(name: "bridges", key: [.link], value: [])
    /// Bridges of internal networks.
    static let isolated = ElementSet(name: "internal", key: [.link], value: [])
    /// Bridges whose containers are masqueraded on their way out.
    static let masqueraded = ElementSet(name: "masqueraded", key: [.link], value: [])
    /// In and out over the same bridge: every bridge paired with itself.
    static let hairpin = ElementSet(name: "hairpin", key: [.link, .link], value: [])
    /// The same pairs, of networks whose containers may talk to each other.
    static let siblings = ElementSet(name: "siblings", key: [.link, .link], value: [])
    /// Ports published on every address of the host: transport . port → container address . port.
    static let published = ElementSet(name: "published", key: [.transport, .port], value: [.address, .port])
    /// Ports published on one address of the host.
    static let publishedOn = ElementSet(
        name: "published_on", key: [.address, .transport, .port], value: [.address, .port])

    static let all = [bridges, isolated, masqueraded, hairpin, siblings, published, publishedOn]
    /// Those that hold bridges, marked with their network's id.
    static let ofBridges = [bridges, isolated, masqueraded, hairpin, siblings]

    static func size(_ fields: [Field]) -> Int {
        fields.reduce(0) { $0 + ($1.size + 3) & ~3 }
    }

    /// The number nft(8) gives a concatenation: six bits a field.
    static func type(_ fields: [Field]) -> UInt32 {
        fields.reduce(0) { $0 << 6 | $1.type }
    }
}

/// One element: key and value as bytes, each field padded to four, and the comment that names the owner.
struct Element: Sendable, Hashable {
    var key: [UInt8]
    var value: [UInt8] = []
    var comment: String

    /// The fields' bytes, each padded to a multiple of four as nf_tables keeps them in its registers.
    static func concatenate(_ fields: [UInt8]...) -> [UInt8] {
        fields.flatMap { field in field + [UInt8](repeating: 0, count: (4 - field.count % 4) % 4) }
    }

    /// A link's name as a field.
    static func link(_ name: String) -> [UInt8] {
        Array(name.utf8.prefix(15)) + [UInt8](repeating: 0, count: max(1, 16 - name.utf8.count))
    }

    /// A port as a field: network byte order.
    static func port(_ port: UInt16) -> [UInt8] {
        [UInt8(port >> 8), UInt8(port & 0xFF)]
    }
}
