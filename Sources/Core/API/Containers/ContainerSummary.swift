import Model

/// One element of the answer to `GET /containers/json`.
package struct ContainerSummary: JSONWritable {
    package var snapshot: ContainerSnapshot
    package var version: APIVersion
    /// Nanoseconds since 1970.
    package var now: Int64

    package init(_ snapshot: ContainerSnapshot, version: APIVersion, now: Int64) {
        self.snapshot = snapshot
        self.version = version
        self.now = now
    }

    package func write(to json: inout JSONWriter) {
        let record = snapshot.record
        json.object { json in
            json.field("Id", record.id)
            json.field("Names", ["/" + record.name])
            json.field("Image", snapshot.imageName)
            json.field("ImageID", record.imageID)
            json.field("Command", Self.command(record))
            json.field("Created", Timestamp.seconds(record.created))
            json.array("Ports", Self.ports(record)) { $1.write(to: &$0) }
            json.optional("SizeRw", snapshot.sizeRw)
            json.optional("SizeRootFs", snapshot.sizeRootFs)
            json.field("Labels", record.config.labels)
            json.field("State", StatusText.name(record.state.status))
            json.field("Status", StatusText.describe(record.state, now: now))
            json.object("HostConfig") { json in
                json.field("NetworkMode", record.hostConfig.networkMode)
                if version >= APIVersion(1, 46), !record.hostConfig.annotations.isEmpty {
                    json.field("Annotations", record.hostConfig.annotations)
                }
            }
            json.object("NetworkSettings") { $0.field("Networks", record.networks) }
            json.array("Mounts", record.mounts) { MountView($1).write(to: &$0) }
        }
    }

    /// The command in one line, each argument quoted when it has to be.
    static func command(_ record: ContainerRecord) -> String {
        guard !record.args.isEmpty else { return record.path }
        return record.path + " "
            + record.args.map { $0.contains(" ") ? "'" + $0.replacing("'", with: "'\\''") + "'" : $0 }
            .joined(separator: " ")
    }

    /// While it runs: one element for each published address, one for each port that is only exposed.
    static func ports(_ record: ContainerRecord) -> [PortSummary] {
        guard record.state.isRunning else { return [] }
        var ports: [PortSummary] = []
        for (text, bindings) in record.ports {
            let port = ContainerPort(text)
            for binding in bindings {
                ports.append(PortSummary(port: port, address: binding.hostIP, publicPort: Int(binding.hostPort)))
            }
            if bindings.isEmpty { ports.append(PortSummary(port: port, address: "", publicPort: nil)) }
        }
        if !record.hostConfig.hasHostsNetwork {
            for text in record.config.exposedPorts.keys {
                for port in ContainerPort.all(text) where record.ports[port.text] == nil {
                    ports.append(PortSummary(port: port, address: "", publicPort: nil))
                }
            }
        }
        return ports.sorted { ($0.port, $0.address, $0.publicPort ?? 0) < ($1.port, $1.address, $1.publicPort ?? 0) }
    }
}

/// A port in a list of containers.
struct PortSummary: JSONWritable {
    var port: ContainerPort
    var address: String
    var publicPort: Int?

    func write(to json: inout JSONWriter) {
        json.object { json in
            if !address.isEmpty { json.field("IP", address) }
            json.field("PrivatePort", port.number)
            json.optional("PublicPort", publicPort)
            json.field("Type", port.transport)
        }
    }
}
