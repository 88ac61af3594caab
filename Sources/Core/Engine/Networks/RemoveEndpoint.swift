import Addresses
import Model
import PluginProtocol
import Sandbox
import State

extension EndpointService {
    /// Takes an endpoint down: traffic to it ends first, its address is given back last. Goes on after errors, which
    /// are logged: there is nobody to tell. What has to be done and could not be is owed.
    ///
    /// Host ports that the driver may still publish stay taken until it publishes them no more.
    /// - Parameters:
    ///   - sandbox: a sandbox that stays; nil when it goes with the endpoint.
    ///   - keepingPorts: leaves its host ports taken, for another endpoint.
    /// - Returns: whether its host ports are published no more, and may be by another endpoint.
    @discardableResult
    func remove(_ endpoint: EndpointRecord, sandbox: Sandbox?, keepingPorts: Bool = false) async -> Bool {
        guard let network = networks[endpoint.networkID] else {
            await forget(endpoint.id)
            return true
        }
        let record = network.record
        let logger = logger
        let name = "endpoint \(endpoint.id.prefix(12)) of network \(record.name)"
        var failed: [Step] = []
        var cause: (any Error)?
        for step in steps(of: endpoint, in: record, sandbox, keepingPorts: keepingPorts) {
            // A driver may need what it keeps of the endpoint, which goes with its row.
            if step.isLast, failed.contains(where: \.isOwed) {
                failed.append(step)
                break
            }
            do {
                try await DiskReserve.freeing(step.run)
            } catch {
                logger.warning("\(name): \(step.what): \(error)")
                failed.append(step)
                if step.isOwed { cause = error }
            }
            if step.what == Step.unpublish { CrashPoint.pass(.exitUnpublished) }
        }
        let isUnpublished = !failed.contains { $0.what == Step.unpublish }
        network.leave(endpoint: endpoint.id)
        if isUnpublished, !keepingPorts { await releasePorts(endpoint.ports) }
        if let cause {
            let owedSteps = failed.filter(\.isOwed)
            let work: @Sendable () async throws -> Void = {
                for step in owedSteps { try await step.run() }
                if !isUnpublished { await self.releasePorts(endpoint.ports) }
            }
            // A driver may take its time, or refuse for ever; the next daemon tells it what exists.
            if owedSteps.allSatisfy(\.isLast) {
                owed.owe("\(name): forget it", after: cause, work)
            } else {
                let owner = isUnpublished ? "" : OwedWork.publishedPorts
                owed.oweBehind("\(name): remove it", of: owner, tries: 20, after: cause, work)
            }
        }
        events.publish("disconnect", of: record, container: endpoint.containerID)
        return isUnpublished
    }

    /// Deletes an endpoint's row and with it its ports and what drivers keep for it, its address among that: now, or as
    /// soon as it can be.
    func forget(_ id: String) async {
        let database = database
        await owed.surely("endpoint \(id.prefix(12)): forget it") { try await database.deleteEndpoint(id: id) }
    }

    /// A part of an endpoint's removal, which may be done again.
    private struct Step: Sendable {
        static let unpublish = "unpublish"

        var what: String
        /// Whether it has to be done in the end.
        var isOwed = true
        /// Whether nothing can be done after it.
        var isLast = false
        var run: @Sendable () async throws -> Void
    }

    private func steps(
        of endpoint: EndpointRecord, in network: NetworkRecord, _ sandbox: Sandbox?, keepingPorts: Bool
    ) -> [Step] {
        let request = EndpointRequest(networkID: network.id, endpointID: endpoint.id)
        let driver = network.driver
        let unpublish = Step(what: Step.unpublish) {
            guard !endpoint.ports.isEmpty else { return }
            try await self.unprogram(endpoint, network: network, keepingPorts: keepingPorts)
        }
        // Again it would take away what has the name by then.
        let detach = Step(what: "detach", isOwed: false) {
            guard let sandbox else { return }
            try await self.blocking.run { try sandbox.detach(endpoint.interface) }
        }
        let leave = Step(what: "leave") { _ = try await self.drivers.call(.network, driver, .leave, request) }
        let delete = Step(what: "delete") {
            _ = try await self.drivers.call(.network, driver, .deleteEndpoint, request)
        }
        // Again it might take the address from whoever has it by then: not every driver asks for the owner.
        let release = Step(what: "release address", isOwed: false) {
            guard !endpoint.address.isEmpty else { return }
            _ = try await self.drivers.call(
                .ipam, DriverDefaults.ipam(network.ipamDriver), .releaseAddress,
                ReleaseAddressRequest(
                    poolID: endpoint.poolID, address: IPPrefix.withoutLength(endpoint.address),
                    options: [IpamOption.owner: endpoint.id]))
        }
        let forget = Step(what: "forget", isLast: true) { try await self.database.deleteEndpoint(id: endpoint.id) }
        return [unpublish, detach, leave, delete, release, forget]
    }
}
