import Model
import PluginLoader
import PluginProtocol

/// Volumes that a driver beside the daemon has, whether or not they were made here. Only drivers are asked that have
/// answered before: one that is not there would make everybody wait.
extension VolumeService {
    /// The volume as a driver has it; nil when it has none of that name, or cannot be asked for one.
    /// - Throws: `BerthError.unavailable` for a driver that does not answer.
    func remoteVolume(_ name: String, driver: String) async throws -> VolumeRecord? {
        do {
            let found = try await drivers.call(.volume, driver, .getVolume, VolumeRequest(name: name)).volume
            return found.name == name ? await record(found, driver: driver) : nil
        } catch let error as BerthError where error.code != .unavailable {
            return nil
        }
    }

    /// The volume of that name that a driver has which has answered before.
    func remoteVolume(_ name: String) async -> VolumeRecord? {
        guard !table.isAbandoned(name) else { return nil }
        for driver in drivers.reachedNames(of: .volume) {
            if let found = try? await remoteVolume(name, driver: driver) { return found }
        }
        return nil
    }

    /// All volumes of the drivers that have answered before, and what was wrong with those that do not now.
    func remoteVolumes() async -> (volumes: [VolumeRecord], warnings: [String]) {
        var volumes: [VolumeRecord] = []
        var warnings: [String] = []
        await withTaskGroup(of: Result<[VolumeRecord], BerthError>.self) { group in
            for driver in drivers.reachedNames(of: .volume) {
                group.addTask { await self.listed(driver) }
            }
            for await result in group {
                switch result {
                case .success(let records): volumes += records
                case .failure(let error): warnings.append("list volumes: \(error.message)")
                }
            }
        }
        return (volumes, warnings.sorted())
    }

    private func listed(_ driver: String) async -> Result<[VolumeRecord], BerthError> {
        do {
            var records: [VolumeRecord] = []
            for volume in try await drivers.call(.volume, driver, .listVolumes, Empty()).volumes
            where !table.isAbandoned(volume.name) {
                records.append(await record(volume, driver: driver))
            }
            return .success(records)
        } catch let error as BerthError {
            // Not every driver can tell.
            return error.code == .notImplemented ? .success([]) : .failure(error)
        } catch {
            return .failure(.system("\(error)"))
        }
    }

    private func record(_ volume: Volume, driver: String) async -> VolumeRecord {
        // When it was made is not known: the driver says so in its own words, if at all.
        var record = VolumeRecord(name: volume.name, driver: driver, created: 0)
        record.mountpoint = volume.mountpoint
        record.scope = await drivers.scope(ofVolumeDriver: driver)
        return record
    }
}
