import Addresses
import Model
import PluginProtocol

extension NetworkService {
    /// Makes a network: pool and gateway from its ipam driver, the rest by its network driver; undone when one fails.
    /// - Throws: `BerthError`: `.invalidParameter`, `.conflict` for a name that is taken, `.forbidden` for a subnet
    ///   that overlaps another, `.notFound` for an unknown driver.
    public func create(_ spec: NetworkSpec) async throws -> (id: String, warning: String) {
        try NetworkCheck.check(spec)
        try requireDriver(.network, spec.driver)
        if spec.ipamDriver != DriverDefaults.noIpam { try requireDriver(.ipam, DriverDefaults.ipam(spec.ipamDriver)) }
        let entry = try await make(spec, isPredefined: false)
        return (entry.id, "")
    }

    private func requireDriver(_ kind: DriverKind, _ name: String) throws {
        try drivers.require(kind, name) { "could not resolve driver \(name) in registry: \($0)" }
    }

    func make(_ spec: NetworkSpec, isPredefined: Bool) async throws -> NetworkEntry {
        let id = Identifier.random()
        var record = NetworkRecord(id: id, name: spec.name, created: Clock.now(), driver: spec.driver)
        record.ipamDriver = spec.ipamDriver
        record.ipamOptions = spec.ipamOptions
        record.isInternal = spec.isInternal
        record.isAttachable = spec.isAttachable
        record.options = spec.options
        record.labels = spec.labels
        record.isPredefined = isPredefined
        let entry = NetworkEntry(record: record)
        try table.add(entry)
        var undo = Undo()
        // One that is gone may still have its name or subnet.
        await owed.settle()
        do {
            try await database.insert(record)
            undo.push {
                await self.owed.surely("network \(spec.name): forget it") {
                    try await self.database.deleteNetwork(id: id)
                }
            }
            CrashPoint.pass(.networkWritten)

            for wanted in spec.ipam.isEmpty ? [NetworkSpecPool()] : spec.ipam {
                record.pools.append(try await requestPool(wanted, network: record, &undo))
            }
            CrashPoint.pass(.networkPool)

            let options: [String: JSONValue] = [
                NetworkOption.generic: .object(record.options.mapValues { .string($0) }),
                NetworkOption.isInternal: .bool(record.isInternal),
                NetworkOption.enableIPv6: .bool(false),
            ]
            let driver = record.driver
            _ = try await drivers.make(
                .network, driver, .createNetwork,
                CreateNetworkRequest(
                    networkID: id, options: options,
                    ipv4Data: record.pools.map { pool in
                        PluginProtocol.NetworkPool(
                            pool: pool.subnet, gateway: IPPrefix.text(pool.gateway, in: pool.subnet),
                            auxAddresses: pool.auxAddresses)
                    }), &undo
            ) { _ in
                _ = try? await self.drivers.call(.network, driver, .deleteNetwork, DeleteNetworkRequest(networkID: id))
            }
            CrashPoint.pass(.networkMade)

            record.isReady = true
            try await database.update(record)
        } catch {
            await undo.run()
            table.remove(entry)
            throw error
        }
        let ready = record
        entry.update { $0 = ready }
        CrashPoint.pass(.networkReady)
        events.publish("create", of: record)
        return entry
    }

    private func requestPool(
        _ wanted: NetworkSpecPool, network: NetworkRecord, _ undo: inout Undo
    ) async throws -> Model.NetworkPool {
        if network.ipamDriver == DriverDefaults.noIpam {
            guard wanted.subnet.isEmpty else {
                throw BerthError.invalid("null ipam driver does not handle specific address pool requests")
            }
            return Model.NetworkPool(subnet: "0.0.0.0/0")
        }
        let ipam = DriverDefaults.ipam(network.ipamDriver)
        let reply = try await drivers.make(
            .ipam, ipam, .requestPool,
            RequestPoolRequest(
                addressSpace: "LocalDefault", pool: wanted.subnet, subPool: wanted.ipRange,
                options: network.ipamOptions.merging([IpamOption.owner: network.id]) { _, own in own }), &undo
        ) { reply in
            guard let reply else { return }
            _ = try? await self.drivers.call(.ipam, ipam, .releasePool, ReleasePoolRequest(poolID: reply.poolID))
        }
        var pool = Model.NetworkPool(subnet: reply.pool)
        pool.poolID = reply.poolID
        pool.ipRange = wanted.ipRange
        pool.auxAddresses = wanted.auxAddresses
        pool.isUserConfigured = !wanted.subnet.isEmpty
        for (_, address) in wanted.auxAddresses {
            _ = try await drivers.lease(
                RequestAddressRequest(poolID: reply.poolID, address: address, options: [IpamOption.owner: network.id]),
                ipam: ipam, &undo)
        }
        pool.gateway = try await drivers.lease(
            RequestAddressRequest(
                poolID: reply.poolID, address: IPPrefix.withoutLength(wanted.gateway),
                options: [IpamOption.owner: network.id, IpamOption.requestType: IpamOption.gateway]),
            ipam: ipam, &undo)
        return pool
    }
}
