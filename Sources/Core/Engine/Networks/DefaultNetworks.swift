import Model

extension Engine {
    /// Makes the networks that every engine has: `bridge`, `host` and `none`.
    /// A bridge that cannot be made is logged: the daemon goes on without a default network.
    func makePredefinedNetworks() async {
        for (name, driver) in [("host", "host"), ("none", "null")] where (try? networks.find(name)) == nil {
            var record = NetworkRecord(id: Identifier.random(), name: name, created: Clock.now(), driver: driver)
            record.isPredefined = true
            record.isReady = true
            do {
                let entry = NetworkEntry(record: record)
                try networks.add(entry)
                try await database.insert(record)
            } catch {
                logger.error("make network \(name): \(error)")
            }
        }
        await makeDefaultBridge()
    }

    private func makeDefaultBridge() async {
        guard configuration.bridge != "none" else { return }
        if let entry = try? networks.find("bridge") {
            guard !matchesConfiguration(entry.record) else { return }
            guard entry.containerIDs.isEmpty else {
                logger.warning("the default bridge's settings have changed, but containers use it: kept as it is")
                return
            }
            logger.notice("the default bridge's settings have changed: making it anew")
            await unmakeNetwork(entry)
        }
        var spec = NetworkSpec(name: "bridge")
        spec.options = [
            "com.docker.network.bridge.default_bridge": "true",
            "com.docker.network.bridge.enable_icc": "true",
            "com.docker.network.bridge.enable_ip_masquerade": "true",
            "com.docker.network.bridge.host_binding_ipv4": "0.0.0.0",
            "com.docker.network.bridge.name": configuration.bridge,
        ]
        if !configuration.bip.isEmpty {
            guard let subnet = Subnet.parse(configuration.bip) else {
                logger.error("make network bridge: invalid --bip \(configuration.bip)")
                return
            }
            spec.ipam = [
                NetworkSpecPool(
                    subnet: "\(subnet.base)/\(subnet.prefix)", gateway: IPv4.withoutPrefix(configuration.bip))
            ]
        }
        do {
            _ = try await makeNetwork(spec, isPredefined: true)
        } catch {
            logger.error("make network bridge: \(error)")
        }
    }

    private func matchesConfiguration(_ record: NetworkRecord) -> Bool {
        guard record.options["com.docker.network.bridge.name"] == configuration.bridge else { return false }
        guard !configuration.bip.isEmpty else { return true }
        guard let subnet = Subnet.parse(configuration.bip), let pool = record.pools.first else { return false }
        return pool.subnet == "\(subnet.base)/\(subnet.prefix)" && pool.gateway == IPv4.withoutPrefix(configuration.bip)
    }
}
