import Addresses
import DriverKit

/// Where the subnets of networks come from that have none of their own: bases, each cut into subnets of one size.
struct DefaultPools: Sendable {
    struct Base: Sendable, Equatable {
        var subnet: Subnet
        /// The prefix length of the subnets it is cut into.
        var size: Int
    }

    var bases: [Base]

    /// Docker's: 172.17.0.0/16 to 172.31.0.0/16, then 192.168.0.0/16 in parts of 20 bits.
    static let docker = DefaultPools(
        bases: (17...31).map { Base(subnet: Subnet("172.\($0).0.0/16")!, size: 16) }
            + [Base(subnet: Subnet("192.168.0.0/16")!, size: 20)])

    init(bases: [Base]) { self.bases = bases }

    /// From `[{"base": "10.10.0.0/16", "size": 24}]`.
    /// Throws `DriverError.invalid`.
    init(_ value: JSONValue) throws(DriverError) {
        let name = "default-address-pools"
        guard let elements = value.array else { throw .invalid("option \"\(name)\" must be an array of objects") }
        bases = []
        for element in elements {
            guard let text = element["base"]?.string, let size = element["size"]?.integer else {
                throw .invalid("option \"\(name)\": each element has a \"base\" in CIDR and a \"size\" in bits")
            }
            guard let subnet = Subnet(text), text == "\(subnet)" else {
                throw .invalid("option \"\(name)\": invalid base \(text)")
            }
            let limit = subnet.family == .v4 ? 30 : 126
            guard Int64(subnet.length)...Int64(max(limit, subnet.length)) ~= size, size <= limit else {
                throw .invalid(
                    "option \"\(name)\": size \(size) of base \(text) is not from \(subnet.length) to \(limit)")
            }
            bases.append(Base(subnet: subnet, size: Int(size)))
        }
    }

    /// The first subnet of the family that overlaps none of `taken`.
    func firstFree(_ family: IPFamily, avoiding taken: [Subnet]) -> Subnet? {
        for base in bases where base.subnet.family == family {
            let obstacles = taken.filter { base.subnet.overlaps($0) }
            var next = Subnet(containing: base.subnet.base, length: base.size)
            while let candidate = next, base.subnet.contains(candidate) {
                guard let obstacle = obstacles.first(where: { candidate.overlaps($0) }) else { return candidate }
                // On to the first candidate behind whichever of the two reaches further.
                let end = max(candidate.last.value, obstacle.last.value)
                guard end < base.subnet.last.value else { break }
                next = Subnet(containing: IPAddress(family, end + 1), length: base.size)
            }
        }
        return nil
    }
}
