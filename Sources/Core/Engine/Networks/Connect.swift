import Addresses
import Model
import Sandbox
import Spec
import State

extension ConnectionService {
    /// Puts a container on a further network, at once when it runs.
    /// - Throws: `BerthError`: `.invalidParameter` for networks that do not go together or a bad address, `.forbidden`
    ///   when it is on the network already, `.notFound`.
    public func connect(network ref: String, container: String, settings: EndpointSettings?) async throws {
        let network = try networks.find(ref)
        let entry = try containers.find(container)
        let settings = try EndpointRequests.requested(settings ?? EndpointSettings())
        try await entry.lock.withLock {
            try entry.checkPresent(as: container, toBe: "connected or disconnected to the network")
            var record = entry.record
            let name = network.name
            let spec = try entry.spec
            try Self.checkConnection(of: record, spec, to: network.record)
            guard record.networks[name] == nil else {
                throw BerthError.forbidden("endpoint with name \(record.name) already exists in network \(name)")
            }
            _ = try EndpointService.checkAddress(settings, network: network.record)
            guard let process = entry.process else {
                record.networks[name] = settings
                record.networks[name]?.networkID = network.id
                try await self.database.update(record, phase: .settled)
                entry.update { $0.networks[name] = record.networks[name] }
                return
            }
            guard let sandbox = process.sandbox else {
                throw BerthError.conflict(
                    "container \(record.name) runs without a network namespace of its own: it cannot be connected to network \(name)"
                )
            }
            try await self.blocking.run { try process.requireSandbox(of: entry.id, self.logger) }
            defer { sandbox.idle() }
            let plan = try Self.endpointPlan(
                of: record, spec, on: network, settings, beside: entry.body.withLock { $0.endpoints })
            let endpoint = try await self.endpoints.make(plan, container: record, sandbox: sandbox)
            CrashPoint.pass(.connectMade)
            record.networks[name] = settings.shown(with: endpoint)
            record.ports = (entry.body.withLock { $0.endpoints } + [endpoint]).shownPorts
            do {
                try await self.addToHosts(endpoint, of: record)
                try await self.database.update(record, phase: .settled)
            } catch {
                await self.removeFromHosts(endpoint, of: record)
                await self.endpoints.remove(endpoint, sandbox: sandbox)
                throw error
            }
            entry.body.withLock { body in
                body.record.networks[name] = record.networks[name]
                body.record.ports = record.ports
                body.endpoints.append(endpoint)
            }
            await self.takeWayOut(entry, endpoint, process)
        }
    }

    private static func hostNetwork(_ text: String) -> BerthError {
        .invalid(text).formerly(
            "container cannot be disconnected from host network or connected to host network", below: 44)
    }

    /// Which networks go together, with Docker's texts.
    private static func checkConnection(
        of record: ContainerRecord, _ spec: ContainerSpec, to network: NetworkRecord
    ) throws {
        if spec.network.isContainer || (spec.network == .host && network.driver != "host") {
            throw BerthError.invalid(
                "container sharing network namespace with another container or host cannot be connected to any other network"
            )
        }
        if network.driver == "host" {
            throw Self.hostNetwork(
                "cannot connect container to host network - container must be created in host network mode")
        }
        if network.driver == "null" || record.networks["none"] != nil {
            throw BerthError.invalid(
                "container cannot be connected to multiple networks with one of the networks in private (none) mode")
        }
    }

    /// The endpoint of a running container on a further network: the first with a way out has the published ports too.
    /// One that has a higher priority than the container's present way out takes its place afterwards.
    private static func endpointPlan(
        of record: ContainerRecord, _ spec: ContainerSpec, on network: NetworkEntry, _ settings: EndpointSettings,
        beside endpoints: [EndpointRecord]
    ) throws -> EndpointPlan {
        let used = Set(endpoints.map(\.interface))
        let chosen = try EndpointOptions(settings.driverOpts ?? [:]).interface
        if let chosen, used.contains(chosen) {
            throw BerthError.conflict(
                "\(EndpointOptions.interfaceName): container \(record.name) has an interface \(chosen) already")
        }
        let interface = chosen ?? InterfaceNames.choose(on: network.record, beside: used)
        let isGateway = !network.record.isInternal && endpoints.allSatisfy(\.gateway.isEmpty)
        let publishes = isGateway && endpoints.allSatisfy(\.ports.isEmpty)
        return EndpointPlan(
            network: network, settings: settings, interface: interface, isGateway: isGateway,
            ports: publishes ? spec.published : [],
            macAddress: settings.macAddress)
    }

    /// Takes a container off a network, at once when it runs.
    /// - Parameter force: also when the network is gone: what the container's record has of it goes then.
    public func disconnect(network ref: String, container: String, force: Bool) async throws {
        let network: NetworkEntry
        do {
            network = try networks.find(ref)
        } catch let error as BerthError where force && error.code == .notFound {
            return try await forget(network: ref, of: try containers.find(container))
        }
        let entry: ContainerEntry
        do {
            entry = try containers.find(container)
        } catch let error as BerthError where force && error.code == .notFound {
            // Docker looks for an endpoint of that name then; none outlives its container here.
            throw BerthError.notFound("endpoint \(container) not found")
        }
        try await entry.lock.withLock {
            try entry.checkPresent(as: container, toBe: "connected or disconnected to the network")
            let record = entry.record
            let name = network.name
            if network.record.driver == "host", case .success(let spec) = entry.readSpec, spec.network == .host {
                throw Self.hostNetwork(
                    "cannot disconnect container from host network - container was created in host network mode")
            }
            guard record.networks[name] != nil else {
                throw BerthError.forbidden("container \(record.id) is not connected to network \(name)")
            }
            let endpoint = entry.body.withLock { body in body.endpoints.first { $0.networkID == network.id } }
            if let endpoint, let process = entry.process {
                // Not ready from here on: a restart of the daemon finishes what is not finished now.
                try await DiskReserve.freeing { try await self.database.update(endpoint, ready: false) }
                await self.detach(endpoint, from: entry, process)
                CrashPoint.pass(.disconnectMade)
            }
            entry.update { $0.networks[name] = nil }
            await self.owed.writeDown(entry, in: self.database)
        }
    }

    /// Takes a network that is gone out of a container's record. What still has an endpoint keeps its network.
    private func forget(network ref: String, of entry: ContainerEntry) async throws {
        try await entry.lock.withLock {
            try entry.checkPresent(as: entry.id, toBe: "connected or disconnected to the network")
            var record = entry.record
            guard let name = record.networks.first(where: { $0.key == ref || $0.value.networkID == ref })?.key else {
                throw BerthError.notFound("network \(ref) not found")
            }
            record.networks[name] = nil
            try await self.database.update(record, phase: .settled)
            entry.update { $0.networks[name] = nil }
        }
    }

    /// Takes an endpoint from a running container. The default route and the published ports, if they were there, go to
    /// the next endpoint that has a gateway. With the container's lock held.
    func detach(_ endpoint: EndpointRecord, from entry: ContainerEntry, _ process: RunningContainer) async {
        if process.sandbox != nil { try? await blocking.run { process.pinSandbox(of: entry.id, self.logger) } }
        let successor = entry.body.withLock { body in
            body.endpoints.removeAll { $0.id == endpoint.id }
            return body.wayOut
        }
        let passesPorts = !endpoint.ports.isEmpty && successor?.ports.isEmpty == true
        await removeFromHosts(endpoint, of: entry.record)
        let isUnpublished = await endpoints.remove(endpoint, sandbox: process.sandbox, keepingPorts: passesPorts)
        if let successor, let sandbox = process.sandbox, !endpoint.gateway.isEmpty,
            let gateway = IPAddress(successor.gateway)
        {
            do {
                try await blocking.run { try sandbox.setDefaultGateway(gateway, over: successor.interface) }
            } catch {
                logger.warning("container \(entry.id.prefix(12)): default route by way of \(gateway): \(error)")
            }
        }
        if let successor, passesPorts, isUnpublished {
            let changed = await endpoints.takeOver(endpoint.ports, by: successor)
            entry.body.withLock { body in
                body.endpoints = body.endpoints.map { $0.id == changed.id ? changed : $0 }
            }
        }
        process.sandbox?.idle()
        entry.body.withLock { $0.record.ports = $0.endpoints.shownPorts }
    }
}
