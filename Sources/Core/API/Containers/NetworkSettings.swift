import Model

/// `NetworkSettings` of a container's inspect answer: per network, and once more flat for the default bridge, as
/// clients from before networks had names read it.
struct NetworkSettingsView: JSONWritable {
    private var record: ContainerRecord
    private var version: APIVersion

    init(_ record: ContainerRecord, version: APIVersion) {
        self.record = record
        self.version = version
    }

    func write(to json: inout JSONWriter) {
        let bridge = record.networks["bridge"] ?? EndpointSettings()
        json.object { json in
            json.field("Bridge", "")
            json.field("SandboxID", record.sandboxID)
            json.field("SandboxKey", record.sandboxKey)
            json.field("Ports", ports)
            json.field("HairpinMode", false)
            json.field("LinkLocalIPv6Address", "")
            json.field("LinkLocalIPv6PrefixLen", 0)
            json.null("SecondaryIPAddresses")
            json.null("SecondaryIPv6Addresses")
            json.field("EndpointID", bridge.endpointID)
            json.field("Gateway", bridge.gateway)
            json.field("GlobalIPv6Address", bridge.globalIPv6Address)
            json.field("GlobalIPv6PrefixLen", bridge.globalIPv6PrefixLen)
            json.field("IPAddress", bridge.ipAddress)
            json.field("IPPrefixLen", bridge.ipPrefixLen)
            json.field("IPv6Gateway", bridge.ipv6Gateway)
            json.field("MacAddress", bridge.macAddress)
            json.field("Networks", record.networks)
        }
    }

    /// While it runs: each port that is published with its bindings, each that is only exposed with null.
    private var ports: [String: [PortBinding]?] {
        guard record.state.isRunning else { return [:] }
        var ports: [String: [PortBinding]?] = [:]
        if !record.sandboxKey.isEmpty || !record.ports.isEmpty {
            for port in record.config.exposedPorts.keys {
                for port in ContainerPort.all(port) { ports.updateValue(nil, forKey: port.text) }
            }
        }
        for (port, bindings) in record.ports {
            ports[port] = bindings.isEmpty ? .some(nil) : .some(bindings)
        }
        return ports
    }
}

/// A port of a container, "80/tcp".
struct ContainerPort: Hashable, Comparable {
    var number: Int
    var transport: String

    init(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1)
        number = parts.first.flatMap { Int($0) } ?? 0
        transport = parts.count > 1 ? String(parts[1]) : "tcp"
    }

    private init(number: Int, transport: String) {
        self.number = number
        self.transport = transport
    }

    /// The ports that "8000-8010/tcp" stands for; the one that "80/tcp" is.
    static func all(_ text: String) -> [ContainerPort] {
        let one = ContainerPort(text)
        let ends = text.prefix { $0 != "/" }.split(separator: "-").compactMap { UInt16($0) }
        guard ends.count == 2, ends[0] <= ends[1] else { return [one] }
        return (ends[0]...ends[1]).map { ContainerPort(number: Int($0), transport: one.transport) }
    }

    var text: String { "\(number)/\(transport)" }

    static func < (left: ContainerPort, right: ContainerPort) -> Bool {
        (left.number, left.transport) < (right.number, right.transport)
    }
}
