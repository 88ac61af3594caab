import Addresses
import Glibc
import Model
import PluginProtocol
import Sandbox
import Spec
import State

/// One endpoint that is to be made.
struct EndpointPlan: Sendable {
    var network: NetworkEntry
    /// What the client asked for.
    var settings: EndpointSettings
    /// The interface's name in the sandbox: "eth0".
    var interface: String
    /// The default route goes out here, if the driver gives it a gateway.
    var isGateway: Bool
    var ports: [PublishRequest]
    var macAddress: String
}

extension EndpointService {
    /// Makes an endpoint and puts its interface into the sandbox: written down, made, confirmed; undone when a step
    /// fails.
    func make(_ plan: EndpointPlan, container record: ContainerRecord, sandbox: Sandbox) async throws
        -> EndpointRecord
    {
        let network = plan.network.record
        let wanted = try Self.checkAddress(plan.settings, network: network)
        var endpoint = EndpointRecord(id: Identifier.random(), networkID: network.id, containerID: record.id)
        endpoint.interface = plan.interface
        var undo = Undo()
        // What has ended may still hold the port or address that is asked for.
        await owed.settle()
        do {
            try plan.network.join(endpoint: endpoint.id, container: record.id)
            undo.push { [id = endpoint.id] in plan.network.leave(endpoint: id) }
            endpoint.ports = try await allocatePorts(
                plan.ports, for: endpoint, network: network, container: record.name)
            undo.push { [ports = endpoint.ports] in await self.releasePorts(ports) }
            try await database.insert(endpoint)
            undo.push { [id = endpoint.id] in await self.forget(id) }
            CrashPoint.pass(.startEndpointWritten)
            try await lease(&endpoint, wanted: wanted, network: network, &undo)
            CrashPoint.pass(.startAddress)
            try await build(&endpoint, plan, network, sandbox, &undo)
            try await database.update(endpoint, ready: true)
        } catch {
            await undo.run()
            throw error
        }
        CrashPoint.pass(.startEndpointReady)
        events.publish("connect", of: network, container: record.id)
        return endpoint
    }

    /// Docker's rule: a static address needs a subnet that the user chose.
    static func checkAddress(_ settings: EndpointSettings, network: NetworkRecord) throws -> String {
        let wanted = settings.ipamConfig?.ipv4Address ?? ""
        if let v6 = settings.ipamConfig?.ipv6Address, !v6.isEmpty {
            throw BerthError.invalid("IPv6 address \(v6): network \(network.name) has no IPv6 subnet")
        }
        guard !wanted.isEmpty else { return "" }
        guard let address = IPAddress(v4: wanted) else { throw BerthError.invalid("invalid IPv4 address: \(wanted)") }
        if network.isPredefined {
            throw BerthError.invalid("user specified IP address is supported on user defined networks only")
        }
        let pools = network.pools.filter(\.isUserConfigured)
        guard !pools.isEmpty else {
            throw BerthError.invalid(
                "User specified IP address is supported only when connecting to networks with user configured subnets")
        }
        guard pools.contains(where: { Subnet($0.subnet)?.contains(address) == true }) else {
            throw BerthError.invalid(
                "Invalid address \(wanted): It does not belong to any of this network's subnets")
        }
        return wanted
    }

    /// Leases an address: the one that is wanted, or any one of the first pool that has one left.
    private func lease(
        _ endpoint: inout EndpointRecord, wanted: String, network: NetworkRecord, _ undo: inout Undo
    ) async throws {
        var options = [IpamOption.owner: endpoint.id]
        var pools = network.pools.filter { !$0.poolID.isEmpty }
        if let address = IPAddress(v4: wanted), pools.count > 1 {
            pools = pools.filter { Subnet($0.subnet)?.contains(address) == true }
        } else if wanted.isEmpty {
            let held = pools.contains(where: \.isUserConfigured) ? usage.addresses(on: network.name) : []
            if !held.isEmpty { options[IpamOption.held] = held.joined(separator: " ") }
        }
        for (index, pool) in pools.enumerated() {
            do {
                let address = try await drivers.lease(
                    RequestAddressRequest(poolID: pool.poolID, address: wanted, options: options),
                    ipam: DriverDefaults.ipam(network.ipamDriver), &undo)
                endpoint.poolID = pool.poolID
                endpoint.address = IPPrefix.text(address, in: pool.subnet)
                return
            } catch let error as BerthError where error.message.hasPrefix(IpamOption.exhausted) {
                guard index == pools.count - 1 else { continue }
                throw BerthError(.unavailable, "\(IpamOption.exhausted): \(network.name) (\(network.id))")
            }
        }
    }

    private func build(
        _ endpoint: inout EndpointRecord, _ plan: EndpointPlan, _ network: NetworkRecord, _ sandbox: Sandbox,
        _ undo: inout Undo
    ) async throws {
        let id = endpoint.id
        let driver = network.driver
        let request = EndpointRequest(networkID: network.id, endpointID: id)
        let options = (plan.settings.driverOpts ?? [:]).mapValues { JSONValue.string($0) }
        let created = try await drivers.make(
            .network, driver, .createEndpoint,
            CreateEndpointRequest(
                networkID: network.id, endpointID: id,
                interface: EndpointInterface(address: endpoint.address, macAddress: plan.macAddress), options: options),
            &undo
        ) { _ in
            _ = try? await self.drivers.call(.network, driver, .deleteEndpoint, request)
        }
        endpoint.macAddress = created.interface?.macAddress ?? ""
        if endpoint.macAddress.isEmpty { endpoint.macAddress = plan.macAddress }
        CrashPoint.pass(.startEndpointMade)

        let joined = try await join(endpoint, plan, network, sandbox, &undo)
        endpoint.gateway = joined.disableGatewayService ? "" : IPPrefix.withoutLength(joined.gateway)
        CrashPoint.pass(.startJoined)

        guard !endpoint.ports.isEmpty else { return }
        try await program(endpoint, network: network, &undo)
        CrashPoint.pass(.startPublished)
    }

    /// Has the driver make an endpoint's interface, and sets it up in the sandbox.
    func join(
        _ endpoint: EndpointRecord, _ plan: EndpointPlan, _ network: NetworkRecord, _ sandbox: Sandbox,
        _ undo: inout Undo
    ) async throws -> JoinReply {
        let driver = network.driver
        let request = EndpointRequest(networkID: network.id, endpointID: endpoint.id)
        let joined = try await drivers.make(
            .network, driver, .join,
            JoinRequest(
                networkID: network.id, endpointID: endpoint.id, sandboxKey: sandbox.path,
                options: ["berth.interface": .string(plan.interface)]), &undo
        ) { _ in
            _ = try? await self.drivers.call(.network, driver, .leave, request)
        }
        var joining = endpoint
        joining.gateway = joined.disableGatewayService ? "" : IPPrefix.withoutLength(joined.gateway)
        if let interface = joined.interfaceName, !interface.srcName.isEmpty {
            let attach = try Self.interfacePlan(interface, joined, joining, plan)
            let settings = try EndpointOptions(plan.settings.driverOpts ?? [:]).settings
            try await blocking.run {
                try sandbox.attach(attach)
                try Self.write(settings, of: attach.name, in: sandbox)
            }
        }
        return joined
    }

    /// A parameter that the kernel does not have, or a value that it does not take, is the client's mistake.
    private static func write(_ settings: [InterfaceSetting], of interface: String, in sandbox: Sandbox) throws {
        for setting in settings {
            do {
                try sandbox.write([setting], of: interface)
            } catch let error as NetlinkError where [ENOENT, EINVAL, ERANGE, EACCES].contains(error.code) {
                throw BerthError.invalid(
                    "\(EndpointOptions.sysctls): \(setting.description(on: interface)) = \(setting.value): \(error)")
            }
        }
    }

    private static func interfacePlan(
        _ interface: InterfaceName, _ joined: JoinReply, _ endpoint: EndpointRecord, _ plan: EndpointPlan
    ) throws -> InterfacePlan {
        var attach = InterfacePlan(
            source: interface.srcName, name: plan.interface, mac: MACAddress(endpoint.macAddress),
            addresses: IPPrefix(endpoint.address).map { [$0] } ?? [])
        attach.addresses += try (plan.settings.ipamConfig?.linkLocalIPs ?? []).map(EndpointRequests.linkLocal)
        if plan.isGateway { attach.gateway = IPAddress(endpoint.gateway) }
        attach.routes = try joined.staticRoutes.map { route in
            guard let destination = IPPrefix(route.destination) else {
                throw BerthError.system("network driver: Join: invalid static route destination `\(route.destination)`")
            }
            return Route(destination: destination, gateway: IPAddress(route.nextHop))
        }
        return attach
    }
}
