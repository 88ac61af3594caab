import Logging
import Model
import PluginProtocol
import State

/// Networks: made, listed and removed, with the pools of addresses that are theirs.
///
/// Methods may be called from any task, at once.
public final class NetworkService: Sendable {
    /// The network that containers are on when nobody says otherwise.
    package struct DefaultBridge: Sendable {
        /// The bridge's name; "none" for no default network.
        var name: String
        /// Its address and subnet, "172.17.0.1/16"; "" lets the ipam driver choose.
        var address: String

        package init(name: String, address: String) {
            self.name = name
            self.address = address
        }
    }

    let table: NetworkTable
    let database: Database
    let drivers: DriverClient
    let events: EventBus
    let usage: any Usage
    let owed: OwedWork
    let bridge: DefaultBridge
    let logger: Logger

    package init(
        database: Database, drivers: DriverClient, events: EventBus, usage: any Usage, owed: OwedWork,
        bridge: DefaultBridge, logger: Logger
    ) {
        table = NetworkTable()
        self.database = database
        self.drivers = drivers
        self.events = events
        self.usage = usage
        self.owed = owed
        self.bridge = bridge
        self.logger = logger
    }

    var all: [NetworkEntry] { table.all }

    subscript(id: String) -> NetworkEntry? { table[id] }

    /// Finds by full ID, name, or a prefix of the ID that only one has.
    /// - Throws: `BerthError.notFound`, or `.invalidParameter` for a prefix that several have.
    func find(_ reference: String) throws -> NetworkEntry { try table.find(reference) }

    /// The name of the network that a client calls by its name or ID; what it was called when there is none.
    func name(of reference: String) -> String { (try? table.find(reference))?.name ?? reference }

    /// Takes what the database knows into memory, before anything else is done.
    func load(_ record: NetworkRecord) throws { try table.add(NetworkEntry(record: record)) }

    /// The default bridge's gateway; nil without a default bridge.
    var defaultGateway: String? { (try? table.find("bridge"))?.record.pools.first?.gateway }

    /// Undoes the networks whose creation or removal an earlier daemon has not finished.
    func finishInterrupted(_ steps: RecoverySteps) {
        for entry in table.all where !entry.record.isReady {
            logger.notice("network \(entry.name): its creation or removal was interrupted: removed")
            steps.add { await self.unmake(entry) }
        }
    }

    /// Undoes a network, whatever of it there is.
    func unmake(_ entry: NetworkEntry) async {
        let record = entry.record
        _ = try? await drivers.call(
            .network, record.driver, .deleteNetwork, DeleteNetworkRequest(networkID: record.id))
        await releasePools(of: record)
        await forget(record)
        table.remove(entry)
    }
}
