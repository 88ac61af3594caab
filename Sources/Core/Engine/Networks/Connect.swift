import Model
import Sandbox
import State

extension Engine {
    /// Puts a container on a further network, at once when it runs.
    public func connect(network ref: String, container: String, settings: EndpointSettings?) async throws {
        let network = try networks.find(ref)
        let entry = try containers.find(container)
        let settings = settings ?? EndpointSettings()
        try await entry.lock.withLock {
            var record = entry.record
            let name = network.name
            if ["host", "null"].contains(network.record.driver) {
                throw BerthError.forbidden("container cannot be connected to \(name) network")
            }
            if record.hostConfig.networkMode == "host" {
                throw BerthError.forbidden(
                    "container cannot be disconnected from host network or connected to another network")
            }
            if record.hostConfig.networkMode.hasPrefix("container:") {
                throw BerthError.forbidden(
                    "container sharing network namespace with another container or host cannot be connected to any other network"
                )
            }
            if record.hostConfig.networkMode == "none" {
                throw BerthError.forbidden(
                    "container cannot be connected to multiple networks with one of the networks in private (none) mode"
                )
            }
            guard record.networks[name] == nil else {
                throw BerthError.forbidden("endpoint with name \(record.name) already exists in network \(name)")
            }
            _ = try Self.checkAddress(settings, network: network.record)
            guard let process = entry.process, let sandbox = process.sandbox else {
                record.networks[name] = settings
                record.networks[name]?.networkID = network.id
                try await self.database.update(record, phase: .settled)
                entry.update { $0.networks[name] = record.networks[name] }
                return
            }
            let endpoints = entry.body.withLock { $0.endpoints }
            let used = Set(endpoints.map(\.interface))
            let interface = (0...).lazy.map { "eth\($0)" }.first { !used.contains($0) } ?? "eth0"
            let endpoint = try await self.makeEndpoint(
                EndpointPlan(
                    network: network, settings: settings, interface: interface, isGateway: endpoints.isEmpty, ports: [],
                    macAddress: settings.macAddress),
                container: record, sandbox: sandbox)
            CrashPoint.pass(.connectMade)
            record.networks[name] = Self.shown(settings, endpoint)
            do {
                try await self.database.update(record, phase: .settled)
            } catch {
                await self.removeEndpoint(endpoint, sandbox: sandbox)
                throw error
            }
            entry.body.withLock { body in
                body.record.networks[name] = record.networks[name]
                body.endpoints.append(endpoint)
            }
        }
    }

    /// Takes a container off a network, at once when it runs.
    public func disconnect(network ref: String, container: String, force: Bool) async throws {
        let network = try networks.find(ref)
        let entry = try containers.find(container)
        try await entry.lock.withLock {
            var record = entry.record
            let name = network.name
            if record.hostConfig.networkMode == "host" {
                throw BerthError.forbidden(
                    "container cannot be disconnected from host network or connected to another network")
            }
            guard record.networks[name] != nil else {
                throw BerthError.forbidden("container \(record.id) is not connected to network \(name)")
            }
            record.networks[name] = nil
            record.ports = [:]
            let endpoint = entry.body.withLock { body in body.endpoints.first { $0.networkID == network.id } }
            if let endpoint, let process = entry.process {
                await self.removeEndpoint(endpoint, sandbox: process.sandbox)
                CrashPoint.pass(.disconnectMade)
            }
            let left = entry.body.withLock { body in
                body.endpoints.removeAll { $0.id == endpoint?.id }
                body.record.networks[name] = nil
                body.record.ports = Self.shownPorts(body.endpoints)
                return body
            }
            // The default route was on the network that went: another one takes it.
            if let endpoint, !endpoint.gateway.isEmpty, let sandbox = entry.process?.sandbox,
                let next = left.endpoints.first(where: { !$0.gateway.isEmpty }), let gateway = IPAddress(next.gateway)
            {
                try? await self.blocking.run { try sandbox.setDefaultGateway(gateway, over: next.interface) }
            }
            try await self.database.update(left.record, phase: .settled)
        }
    }
}
