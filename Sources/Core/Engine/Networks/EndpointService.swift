import Logging
import Model
import Runtime
import State

/// Endpoints: a container's places in networks, with their addresses and published ports.
final class EndpointService: Sendable {
    let networks: NetworkService
    let ports: PortAllocator
    let forwarder: PortForwarder
    let database: Database
    let drivers: DriverClient
    let events: EventBus
    let usage: any Usage
    let owed: OwedWork
    let blocking: Blocking
    let logger: Logger

    init(
        networks: NetworkService, ports: PortAllocator, forwarder: PortForwarder, database: Database,
        drivers: DriverClient, events: EventBus, usage: any Usage, owed: OwedWork, blocking: Blocking, logger: Logger
    ) {
        self.networks = networks
        self.ports = ports
        self.forwarder = forwarder
        self.database = database
        self.drivers = drivers
        self.events = events
        self.usage = usage
        self.owed = owed
        self.blocking = blocking
        self.logger = logger
    }

    /// Counts in an endpoint that an earlier daemon has made: its host ports are taken, and its network has it.
    func adopt(_ endpoint: EndpointRecord) {
        ports.adopt(endpoint.ports)
        try? networks[endpoint.networkID]?.join(endpoint: endpoint.id, container: endpoint.containerID)
    }
}
