import Model

/// What a client asked to publish, checked.
package struct PublishRequest: Sendable, Hashable {
    package var port: ContainerPort
    /// "" for all addresses; "0.0.0.0" and "::" for all of one family.
    package var hostAddress: String
    /// Nil for one the engine picks; else the first free one of these.
    package var hostPorts: ClosedRange<Int>?

    /// Everything that `PortBindings`, and with `PublishAllPorts` the exposed ports, ask for.
    /// - Throws: `BerthError` naming the port or address: `.invalid`, or `.notImplemented` for SCTP at an IPv6 address.
    package static func all(config: ContainerConfig, hostConfig: HostConfig) throws -> [PublishRequest] {
        var requests: [PublishRequest] = []
        var bound: Set<ContainerPort> = []
        for (key, bindings) in hostConfig.portBindings.sorted(by: { $0.key < $1.key }) {
            let port = try ContainerPort.parse(key)
            for binding in bindings ?? [] {
                let address = binding.hostIP.isEmpty ? "" : HostAddress.canonical(binding.hostIP)
                guard let address else { throw BerthError.invalid("invalid IP address: \(binding.hostIP)") }
                if HostAddress.isIPv6(address), port.transport == "sctp" {
                    throw BerthError.notImplemented("publishing the SCTP port \(port) at the IPv6 address \(address)")
                }
                var hostPorts: ClosedRange<Int>?
                if !binding.hostPort.isEmpty, binding.hostPort != "0" {
                    guard let numbers = PortNumbers.parse(binding.hostPort[...]), numbers.lowerBound > 0 else {
                        throw PortRange.invalid(binding.hostPort)
                    }
                    hostPorts = numbers
                }
                requests.append(PublishRequest(port: port, hostAddress: address, hostPorts: hostPorts))
                bound.insert(port)
            }
            if hostConfig.publishAllPorts, (bindings ?? []).isEmpty {
                requests.append(PublishRequest(port: port, hostAddress: "", hostPorts: nil))
                bound.insert(port)
            }
        }
        if hostConfig.publishAllPorts {
            for key in config.exposedPorts.keys.sorted() {
                for port in try PortRange(parsing: key).ports where !bound.contains(port) {
                    requests.append(PublishRequest(port: port, hostAddress: "", hostPorts: nil))
                    bound.insert(port)
                }
            }
        }
        return requests
    }
}
