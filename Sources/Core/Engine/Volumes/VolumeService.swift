import Images
import Logging
import Model
import State

/// Volumes: made, filled, mounted and removed by their drivers.
///
/// Methods may be called from any task, at once. What is done to one volume is done in turn.
public final class VolumeService: Sendable {
    let table: VolumeTable
    let database: Database
    let drivers: DriverClient
    let events: EventBus
    let usage: any Usage
    let owed: OwedWork
    let blocking: Blocking
    /// What volumes are filled from, and how far that has come.
    let store: ImageStore
    let logger: Logger

    package init(
        database: Database, drivers: DriverClient, events: EventBus, usage: any Usage, owed: OwedWork,
        blocking: Blocking, store: ImageStore, logger: Logger
    ) {
        table = VolumeTable()
        self.database = database
        self.drivers = drivers
        self.events = events
        self.usage = usage
        self.owed = owed
        self.blocking = blocking
        self.store = store
        self.logger = logger
    }

    package var all: [VolumeRecord] { table.all }

    /// Takes what the database knows into memory, before anything else is done.
    func load(_ record: VolumeRecord) { table[record.name] = record }

    /// All volumes, with their sizes and the numbers of their users.
    func measured() async throws -> [VolumeRecord] {
        let used = usage.volumes
        var sized: [VolumeRecord] = []
        for var volume in table.all {
            volume.size = try await size(of: volume)
            volume.referenceCount = used[volume.name] ?? 0
            sized.append(volume)
        }
        return sized
    }

    /// Takes in what drivers have and the database does not know, after it was made anew.
    func takeInFromDrivers() async {
        for driver in drivers.names(of: .volume) {
            do {
                let reply = try await drivers.call(.volume, driver, .listVolumes, .init())
                for volume in reply.volumes where table[volume.name] == nil {
                    var record = VolumeRecord(name: volume.name, driver: driver, created: Clock.now())
                    record.mountpoint = volume.mountpoint
                    try await database.insert(record, ready: true)
                    table[record.name] = record
                    logger.warning(
                        "volume \(record.name) was not in the database, but driver \(driver) has it: taken in")
                }
            } catch {
                logger.warning("volume driver \(driver): list its volumes: \(error)")
            }
        }
    }
}
