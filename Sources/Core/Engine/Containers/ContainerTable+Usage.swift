import Model

extension ContainerTable: Usage {
    package var users: [ContainerRecord] { usingRecords }

    package func member(_ container: String, of network: String) -> NetworkSnapshot.Member? {
        self[container]?.body.withLock { body in
            guard let endpoint = body.endpoints.first(where: { $0.networkID == network }) else { return nil }
            return NetworkSnapshot.Member(
                containerID: container, name: body.record.name, endpointID: endpoint.id,
                macAddress: endpoint.macAddress, ipv4Address: endpoint.address)
        }
    }

    package func addresses(on network: String) -> [String] {
        all.compactMap { entry in
            entry.body.withLock { $0.record.networks[network]?.ipamConfig?.ipv4Address }
        }.filter { !$0.isEmpty }
    }

    package func unlessRunning(_ container: String, _ body: @escaping @Sendable () async throws -> Void) async throws {
        guard let entry = self[container] else { return try await body() }
        try await entry.lock.withLock {
            if entry.process == nil { try await body() }
        }
    }
}
