import Addresses
import Model

extension NetworkService {
    /// Makes the networks that every engine has: `bridge`, `host` and `none`.
    /// A bridge that cannot be made is logged: the daemon goes on without a default network.
    func makePredefined() async {
        for (name, driver) in [("host", "host"), ("none", "null")] where (try? table.find(name)) == nil {
            var record = NetworkRecord(id: Identifier.random(), name: name, created: Clock.now(), driver: driver)
            record.isPredefined = true
            record.isReady = true
            do {
                let entry = NetworkEntry(record: record)
                try table.add(entry)
                try await database.insert(record)
            } catch {
                logger.error("make network \(name): \(error)")
            }
        }
        await makeDefaultBridge()
    }

    private func makeDefaultBridge() async {
        guard bridge.name != "none" else { return }
        if let entry = try? table.find("bridge") {
            guard !matchesConfiguration(entry.record) else { return }
            guard entry.containerIDs.isEmpty else {
                logger.warning("the default bridge's settings have changed, but containers use it: kept as it is")
                return
            }
            logger.notice("the default bridge's settings have changed: making it anew")
            await unmake(entry)
        }
        var spec = NetworkSpec(name: "bridge")
        spec.options = [
            "com.docker.network.bridge.default_bridge": "true",
            "com.docker.network.bridge.enable_icc": "true",
            "com.docker.network.bridge.enable_ip_masquerade": "true",
            "com.docker.network.bridge.host_binding_ipv4": "0.0.0.0",
            "com.docker.network.bridge.name": bridge.name,
        ]
        if !bridge.address.isEmpty {
            guard let subnet = Subnet(bridge.address), subnet.family == .v4 else {
                logger.error("make network bridge: invalid --bip \(bridge.address)")
                return
            }
            spec.ipam = [
                NetworkSpecPool(subnet: "\(subnet)", gateway: IPPrefix.withoutLength(bridge.address))
            ]
        }
        do {
            _ = try await make(spec, isPredefined: true)
        } catch {
            logger.error("make network bridge: \(error)")
        }
    }

    private func matchesConfiguration(_ record: NetworkRecord) -> Bool {
        guard record.options["com.docker.network.bridge.name"] == bridge.name else { return false }
        guard !bridge.address.isEmpty else { return true }
        guard let subnet = Subnet(bridge.address), let pool = record.pools.first else { return false }
        return pool.subnet == "\(subnet)" && pool.gateway == IPPrefix.withoutLength(bridge.address)
    }
}
