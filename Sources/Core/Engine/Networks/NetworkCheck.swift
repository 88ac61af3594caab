import Addresses
import Model

/// What is wrong with a network's configuration is said before anything is made.
enum NetworkCheck {
    static let reserved: Set<String> = ["bridge", "host", "none", "default"]

    /// - Throws: `BerthError` with Docker's texts and statuses.
    static func check(_ spec: NetworkSpec) throws {
        if spec.name.allSatisfy(\.isWhitespace) { throw BerthError.invalid("invalid network name: name is empty") }
        if reserved.contains(spec.name) {
            throw BerthError.forbidden("operation is not permitted on predefined \(spec.name) network")
        }
        guard spec.name.utf8.allSatisfy({ $0 >= 32 && $0 != 127 && $0 != 47 }) else {
            throw BerthError.invalid(
                "invalid network name \"\(spec.name)\": it has a slash or a control character")
        }
        if DriverDefaults.withoutDriver.contains(spec.driver) {
            throw BerthError.forbidden("only one instance of \"\(spec.driver)\" network is allowed")
        }
        try InterfaceNames.checkPrefix(spec.options)
        if spec.enableIPv6 { throw BerthError.notImplemented("network \(spec.name): IPv6") }
        if spec.isIngress || spec.scope == "swarm" || spec.scope == "global" {
            throw BerthError.invalid("network \(spec.name): swarm networks are not supported")
        }
        if spec.scope != "local" {
            throw BerthError.invalid("network \(spec.name): invalid scope \"\(spec.scope)\"")
        }
        var subnets: [Subnet] = []
        for pool in spec.ipam {
            guard let subnet = try check(pool) else { continue }
            for other in subnets where other.overlaps(subnet) {
                throw BerthError.invalid("overlapping subnets in one network: \(pool.subnet)")
            }
            subnets.append(subnet)
        }
        if spec.ipam.count > 1, spec.ipam.contains(where: \.subnet.isEmpty) {
            throw BerthError.invalid("network \(spec.name): of several subnets each has to be given")
        }
    }

    /// What no container can have for an address. RFC 6890.
    private static let unusable = [
        ("0.0.0.0/8", "of \"this network\" (0.0.0.0/8)"), ("127.0.0.0/8", "of the loopback interface (127.0.0.0/8)"),
        ("224.0.0.0/4", "for multicast (224.0.0.0/4)"), ("240.0.0.0/4", "that are reserved (240.0.0.0/4)"),
    ].compactMap { text, what in Subnet(text).map { ($0, what) } }

    private static func check(_ pool: NetworkSpecPool) throws -> Subnet? {
        guard !pool.subnet.isEmpty else {
            if !pool.gateway.isEmpty || !pool.ipRange.isEmpty || !pool.auxAddresses.isEmpty {
                throw BerthError.invalid(
                    "invalid network config: every ip-range, gateway or aux-address must have a corresponding subnet")
            }
            return nil
        }
        if IPAddress(IPPrefix.withoutLength(pool.subnet))?.isIPv6 == true {
            throw BerthError.notImplemented("IPv6 subnet \(pool.subnet)")
        }
        guard let subnet = Subnet(pool.subnet) else {
            throw BerthError.invalid("invalid subnet \(pool.subnet): invalid CIDR address: \(pool.subnet)")
        }
        let base = IPPrefix.withoutLength(pool.subnet)
        if base != subnet.base.description {
            throw BerthError.invalid(
                "invalid subnet \(pool.subnet): it should be \(subnet)")
        }
        for (reserved, what) in unusable where reserved.overlaps(subnet) {
            throw BerthError.invalid("invalid subnet \(pool.subnet): it has addresses \(what)")
        }
        if subnet.length > 30 {
            throw BerthError.invalid("invalid subnet \(pool.subnet): it has no room for a gateway and a container")
        }
        func inside(_ text: String, _ what: String) throws {
            guard let address = IPAddress(v4: text) else {
                throw BerthError.invalid("invalid \(what) address: \(text)")
            }
            guard subnet.contains(address) else {
                throw BerthError.invalid("invalid \(what) address \(text): it is not in subnet \(pool.subnet)")
            }
        }
        if !pool.gateway.isEmpty { try inside(IPPrefix.withoutLength(pool.gateway), "gateway") }
        for (_, address) in pool.auxAddresses { try inside(address, "auxiliary") }
        if !pool.ipRange.isEmpty {
            guard let range = Subnet(pool.ipRange), range.family == subnet.family else {
                throw BerthError.invalid("invalid ip-range \(pool.ipRange): invalid CIDR address: \(pool.ipRange)")
            }
            guard subnet.contains(range) else {
                throw BerthError.invalid("invalid ip-range \(pool.ipRange): it is not in subnet \(pool.subnet)")
            }
        }
        return subnet
    }
}
