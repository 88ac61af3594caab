import Model
import PluginProtocol
import State

extension NetworkService {
    /// - Throws: `BerthError.forbidden` for a predefined network or one with endpoints.
    public func remove(_ ref: String) async throws {
        let entry = try table.find(ref)
        if entry.record.isPredefined {
            throw BerthError.forbidden("\(entry.name) is a pre-defined network and cannot be removed")
        }
        try entry.beginRemoval()
        let record = entry.record
        do {
            try await DiskReserve.freeing { try await self.takeDown(record) }
        } catch {
            entry.cancelRemoval()
            throw error
        }
        table.remove(entry)
        events.publish("destroy", of: record)
    }

    /// Not ready from the first step to the last: a restart of the daemon finishes what was interrupted.
    private func takeDown(_ record: NetworkRecord) async throws {
        var going = record
        going.isReady = false
        try await database.update(going)
        CrashPoint.pass(.networkRemoveWritten)
        do {
            _ = try await drivers.call(
                .network, record.driver, .deleteNetwork, DeleteNetworkRequest(networkID: record.id))
        } catch {
            await owed.surely("network \(record.name): write down that it stays") {
                guard self.table[record.id] != nil else { return }
                try await self.database.update(record)
            }
            throw error
        }
        CrashPoint.pass(.networkRemoveMade)
        await releasePools(of: record)
        CrashPoint.pass(.networkRemovePools)
        await forget(record)
    }

    /// Deletes the row of a network that is gone, with those that are its own.
    func forget(_ record: NetworkRecord) async {
        let database = database
        await owed.surely("network \(record.name): forget it") { try await database.deleteNetwork(id: record.id) }
    }

    /// Gives back all that the ipam driver gave a network. What it refuses is logged, never an error.
    func releasePools(of record: NetworkRecord) async {
        let ipam = DriverDefaults.ipam(record.ipamDriver)
        for pool in record.pools where !pool.poolID.isEmpty {
            for address in [pool.gateway] + pool.auxAddresses.values where !address.isEmpty {
                _ = try? await drivers.call(
                    .ipam, ipam, .releaseAddress,
                    ReleaseAddressRequest(
                        poolID: pool.poolID, address: address, options: [IpamOption.owner: record.id]))
            }
            do {
                _ = try await drivers.call(.ipam, ipam, .releasePool, ReleasePoolRequest(poolID: pool.poolID))
            } catch {
                logger.warning("release pool \(pool.subnet) of network \(record.name): \(error)")
            }
        }
    }

    /// Removes the networks that no container, running or not, is on.
    public func prune(filters: Filters) async throws -> PruneResult {
        let filter = try PruneFilter(filters)
        let inUse = usage.networks
        var result = PruneResult(removed: [])
        for entry in table.all {
            let record = entry.record
            guard !record.isPredefined, record.isReady, !inUse.contains(record.name), !inUse.contains(record.id) else {
                continue
            }
            guard filter.takes(created: record.created, labels: record.labels) else { continue }
            if (try? await remove(record.id)) != nil { result.removed.append(record.name) }
        }
        events.publishPrune(of: .network, reclaimed: result.spaceReclaimed)
        return result
    }
}
