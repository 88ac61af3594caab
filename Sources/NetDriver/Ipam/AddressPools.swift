import Addresses
import DriverKit
import FoundationEssentials
import Synchronization

/// The ipam driver: pools that do not overlap, kept in the daemon's store.
final class AddressPools: IpamDriver {
    static let addressSpace = "LocalDefault"
    private static let bucket = "pools"

    private struct Record: Codable {
        var subnet: String
        var range: String
    }

    private let host: Host
    private let defaults: DefaultPools
    private let hostRoutes: @Sendable (IPFamily) throws(DriverError) -> [Subnet]
    /// By id. Held while a pool is made or removed: these are rare.
    private let pools: Mutex<[String: Pool]>

    /// Loads what the store has.
    /// - Throws: `DriverError` for an option that is wrong or a store that cannot be read.
    init(
        host: Host, options: DriverOptions,
        hostRoutes: @escaping @Sendable (IPFamily) throws(DriverError) -> [Subnet] = HostRoutes.read
    ) throws(DriverError) {
        try options.allow(["default-address-pools"])
        self.host = host
        self.hostRoutes = hostRoutes
        if let value = options["default-address-pools"] {
            defaults = try DefaultPools(value)
        } else {
            defaults = .docker
        }
        var loaded: [String: Pool] = [:]
        for row in try host.list(bucket: Self.bucket) {
            guard let record = try? JSONDecoder().decode(Record.self, from: Data(row.value)),
                let subnet = Subnet(record.subnet), let range = Subnet(record.range)
            else {
                host.log(.error, "pool `\(row.key)` in the store is malformed, and is left out")
                continue
            }
            let pool = Pool(id: row.key, subnet: subnet, range: range, host: host)
            try pool.load()
            loaded[row.key] = pool
        }
        pools = Mutex(loaded)
    }

    func defaultAddressSpaces() -> AddressSpaces { AddressSpaces(local: Self.addressSpace, global: "GlobalDefault") }

    func requestPool(_ request: RequestPoolRequest) throws -> RequestPoolReply {
        guard request.addressSpace.isEmpty || request.addressSpace == Self.addressSpace else {
            throw DriverError.invalid("unknown address space \(request.addressSpace)")
        }
        for name in request.options.keys.sorted() where ![IpamOption.owner, IpamOption.serial].contains(name) {
            throw DriverError.invalid("unknown ipam option \(name)")
        }
        var wanted: Subnet?
        if !request.pool.isEmpty { wanted = try Self.subnet(request.pool, what: "subnet") }
        if request.pool.isEmpty, !request.subPool.isEmpty {
            throw DriverError.invalid("an ip-range needs a subnet: \(request.subPool)")
        }
        let family: IPFamily = request.v6 ? .v6 : .v4
        if let wanted, let reserved = Self.unusable.first(where: wanted.overlaps) {
            throw DriverError.invalid("invalid subnet \(wanted): no host can have an address of \(reserved)")
        }
        if let wanted, request.v6, wanted.family != .v6 {
            throw DriverError.invalid("invalid subnet \(wanted): it is not IPv6")
        }
        var range: Subnet?
        if let wanted, !request.subPool.isEmpty {
            let part = try Self.subnet(request.subPool, what: "ip-range")
            guard wanted.contains(part) else {
                throw DriverError.invalid("invalid ip-range \(part): it is not in subnet \(wanted)")
            }
            range = part
        }
        let pool = try pools.withLock { pools in
            let subnet = try wanted.map { try vacant($0, &pools) } ?? automatic(family, &pools)
            let pool = Pool(
                id: "\(Self.addressSpace)/\(subnet)", subnet: subnet, range: range ?? subnet, host: host)
            guard pool.hasCandidates else {
                throw DriverError.invalid("invalid ip-range \(pool.range): no host can have an address of it")
            }
            try pool.clear()
            let record = try JSONEncoder().encode(Record(subnet: "\(subnet)", range: "\(pool.range)"))
            try host.put(
                bucket: Self.bucket, key: pool.id, value: [UInt8](record),
                owner: request.options[IpamOption.owner] ?? "")
            pools[pool.id] = pool
            return pool
        }
        return RequestPoolReply(poolID: pool.id, pool: "\(pool.subnet)")
    }

    func releasePool(_ request: ReleasePoolRequest) throws {
        try pools.withLock { pools in
            guard let pool = pools[request.poolID] else { return }
            try pool.clear()
            try host.remove(bucket: Self.bucket, key: pool.id)
            pools[pool.id] = nil
        }
    }

    func requestAddress(_ request: RequestAddressRequest) throws -> RequestAddressReply {
        let pool = try pool(request.poolID)
        let owner = request.options[IpamOption.owner] ?? ""
        let address: IPAddress
        if !request.address.isEmpty {
            guard let wanted = IPAddress(request.address) else {
                throw DriverError.invalid("invalid address \(request.address)")
            }
            try pool.lease(wanted, owner: owner)
            address = wanted
        } else if request.options[IpamOption.requestType] == IpamOption.gateway {
            address = try pool.leaseFirst(owner: owner)
        } else {
            let held = request.options[IpamOption.held]?.split(separator: " ").compactMap { IPAddress($0) } ?? []
            address = try pool.leaseNext(owner: owner, avoiding: Set(held))
        }
        return RequestAddressReply(address: "\(address)/\(pool.subnet.length)")
    }

    func releaseAddress(_ request: ReleaseAddressRequest) throws {
        // A pool that is gone has no leases.
        guard let pool = pools.withLock({ $0[request.poolID] }) else { return }
        guard let address = IPAddress(request.address) else {
            throw DriverError.invalid("invalid address \(request.address)")
        }
        try pool.release(address, owner: request.options[IpamOption.owner] ?? "")
    }

    private func pool(_ id: String) throws(DriverError) -> Pool {
        guard let pool = pools.withLock({ $0[id] }) else { throw .notFound("no such address pool: \(id)") }
        return pool
    }

    /// The subnet, if no pool overlaps it.
    private func vacant(_ subnet: Subnet, _ pools: inout [String: Pool]) throws(DriverError) -> Subnet {
        for pool in pools.values where pool.subnet.overlaps(subnet) {
            guard try isGone(pool, &pools) else {
                throw .forbidden("Pool overlaps with other one on this address space")
            }
        }
        return subnet
    }

    private func automatic(_ family: IPFamily, _ pools: inout [String: Pool]) throws(DriverError) -> Subnet {
        for pool in pools.values { _ = try isGone(pool, &pools) }
        let taken = pools.values.map(\.subnet) + (try hostRoutes(family))
        guard let subnet = defaults.firstFree(family, avoiding: taken) else {
            throw .invalid("all predefined address pools have been fully subnetted")
        }
        return subnet
    }

    /// The core removes the row of a pool together with the network it is for.
    private func isGone(_ pool: Pool, _ pools: inout [String: Pool]) throws(DriverError) -> Bool {
        guard try host.get(bucket: Self.bucket, key: pool.id) == nil else { return false }
        pools[pool.id] = nil
        return true
    }

    /// This network, loopback, multicast, reserved. RFC 6890.
    private static let unusable = ["0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4", "::/127", "ff00::/8"]
        .map { Subnet($0)! }

    private static func subnet(_ text: String, what: String) throws(DriverError) -> Subnet {
        guard let subnet = Subnet(text) else {
            throw .invalid("invalid \(what) \(text): invalid CIDR address: \(text)")
        }
        guard IPAddress(text.prefix { $0 != "/" }) == subnet.base else {
            throw .invalid("invalid \(what) \(text): it should be \(subnet)")
        }
        return subnet
    }
}
