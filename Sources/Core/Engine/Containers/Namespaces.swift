import LaunchPlan
import Model

/// Which namespaces of others a container joins.
struct ResolvedNamespaces: Sendable {
    /// It gets a network namespace of its own.
    var needsSandbox = true
    /// Another container's network namespace.
    var network: LaunchPlan.Namespace?
    var joined: [LaunchPlan.Namespace] = []
    /// The init of the container whose IPC namespace it joins: its /dev/shm is shared too.
    var shmOwner: LaunchPlan.ExecTarget?
    /// Whose network identity it has; nil for its own.
    var identity: NetworkIdentity?
}

/// What containers that share a network share beside it.
struct NetworkIdentity: Sendable {
    /// Where hosts, hostname and resolv.conf are.
    var files: ContainerPaths
    var hostname: String
    var domainname: String
}

extension Engine {
    /// Puts IDs for the containers that the modes name: a name may be another container's by the time of a start. One
    /// that is not there is an error at start, as with Docker: it may come later.
    func pinContainerModes(_ host: inout HostConfig) {
        for mode in [\HostConfig.networkMode, \.pidMode, \.ipcMode] {
            guard let name = Self.containerName(host[keyPath: mode]), let other = try? containers.find(name) else {
                continue
            }
            host[keyPath: mode] = "container:" + other.id
        }
    }

    /// - Throws: `BerthError.notFound` or `.conflict` when a container it refers to is absent or not running.
    func resolveNamespaces(_ record: ContainerRecord) async throws -> ResolvedNamespaces {
        var result = ResolvedNamespaces()
        let host = record.hostConfig
        if host.networkMode == "host" {
            result.needsSandbox = false
        } else if let name = Self.containerName(host.networkMode) {
            let (other, process) = try running(name, "join network of")
            let owner = networkOwner(of: other)
            result.needsSandbox = false
            if let sandbox = process.sandbox {
                try await blocking.run { try process.requireSandbox(of: other.id, self.logger) }
                result.network = .join(.network, sandbox.path)
            } else if owner.record.hostConfig.networkMode != "host" {
                // It shares a third one's, which may be that one's former: it lives on with those that share it.
                result.network = .join(.network, of: process.target)
            }
            let config = other.record.config
            result.identity = NetworkIdentity(
                files: paths.container(owner.id), hostname: config.hostname, domainname: config.domainname)
        }
        if let name = Self.containerName(host.pidMode) {
            result.joined.append(.join(.pid, of: try running(name, "join PID namespace of").1.target))
        }
        if let name = Self.containerName(host.ipcMode) {
            let (other, process) = try running(name, "join IPC namespace of")
            guard Self.sharesIPC(other.record.hostConfig) else {
                throw BerthError.invalid(
                    "can't join IPC of container \(other.id): non-shareable IPC "
                        + "(hint: use IpcMode:shareable for the donor container)")
            }
            result.joined.append(.join(.ipc, of: process.target))
            result.shmOwner = process.target
        }
        return result
    }

    private static func sharesIPC(_ host: HostConfig) -> Bool {
        ["shareable", "host"].contains(host.ipcMode) || containerName(host.ipcMode) != nil
    }

    /// The container at the end of a chain of network modes `container:…`. A mode names an older container, so that
    /// the chain ends.
    private func networkOwner(of entry: ContainerEntry) -> ContainerEntry {
        let record = entry.record
        guard let name = Self.containerName(record.hostConfig.networkMode),
            let other = try? containers.find(name), other.record.created < record.created
        else { return entry }
        return networkOwner(of: other)
    }

    private static func containerName(_ mode: String) -> String? {
        mode.hasPrefix("container:") ? String(mode.dropFirst("container:".count)) : nil
    }

    private func running(_ name: String, _ what: String) throws -> (ContainerEntry, RunningContainer) {
        let entry = try containers.find(name)
        guard let process = entry.process else {
            throw BerthError.conflict("cannot \(what) a non running container: \(entry.id)")
        }
        return (entry, process)
    }
}
