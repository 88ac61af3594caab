import Model
import PluginProtocol
import State

extension Engine {
    /// - Throws: `BerthError.forbidden` for a predefined network or one with endpoints.
    public func removeNetwork(_ ref: String) async throws {
        let entry = try networks.find(ref)
        if entry.record.isPredefined {
            throw BerthError.forbidden("\(entry.name) is a pre-defined network and cannot be removed")
        }
        try entry.beginRemoval()
        let record = entry.record
        do {
            try await DiskReserve.freeing { try await self.remove(record) }
        } catch {
            entry.cancelRemoval()
            throw error
        }
        networks.remove(entry)
        bus.publish(.network, "destroy", record.id, ["name": record.name, "type": record.driver])
    }

    /// Not ready from the first step to the last: a restart of the daemon finishes what was interrupted.
    private func remove(_ record: NetworkRecord) async throws {
        var going = record
        going.isReady = false
        try await database.update(going)
        CrashPoint.pass(.networkRemoveWritten)
        do {
            _ = try await call(.network, record.driver, .deleteNetwork, DeleteNetworkRequest(networkID: record.id))
        } catch {
            await surely("network \(record.name): write down that it stays") {
                guard self.networks[record.id] != nil else { return }
                try await self.database.update(record)
            }
            throw error
        }
        CrashPoint.pass(.networkRemoveMade)
        await releasePools(of: record)
        CrashPoint.pass(.networkRemovePools)
        await forgetNetwork(record)
    }

    /// Deletes the row of a network that is gone, with those that are its own.
    func forgetNetwork(_ record: NetworkRecord) async {
        let database = database
        await surely("network \(record.name): forget it") { try await database.deleteNetwork(id: record.id) }
    }

    /// Gives back all that the ipam driver gave a network. What it refuses is logged, never an error.
    func releasePools(of record: NetworkRecord) async {
        let ipam = Self.ipamDriverName(record.ipamDriver)
        for pool in record.pools where !pool.poolID.isEmpty {
            for address in [pool.gateway] + pool.auxAddresses.values where !address.isEmpty {
                _ = try? await call(
                    .ipam, ipam, .releaseAddress,
                    ReleaseAddressRequest(
                        poolID: pool.poolID, address: address, options: [IpamOption.owner: record.id]))
            }
            do {
                _ = try await call(.ipam, ipam, .releasePool, ReleasePoolRequest(poolID: pool.poolID))
            } catch {
                logger.warning("release pool \(pool.subnet) of network \(record.name): \(error)")
            }
        }
    }

    /// Removes the networks that no container, running or not, is on.
    public func pruneNetworks(filters: Filters) async throws -> PruneResult {
        try filters.validate(accepted: ["until", "label", "label!"])
        let until = try filters["until"].last.map { try PruneTime.parse($0) }
        let inUse = Set(containers.all.flatMap { Array($0.record.networks.keys) })
        var result = PruneResult(removed: [])
        for entry in networks.all {
            let record = entry.record
            guard !record.isPredefined, record.isReady, !inUse.contains(record.name), !inUse.contains(record.id) else {
                continue
            }
            if let until, record.created >= until { continue }
            guard filters.matchesLabels(record.labels) else { continue }
            if !filters["label!"].isEmpty, filters.matchesLabels(record.labels, filter: "label!") { continue }
            if (try? await removeNetwork(record.id)) != nil { result.removed.append(record.name) }
        }
        publishPrune(.network, reclaimed: result.spaceReclaimed)
        return result
    }
}
