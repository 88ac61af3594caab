import LaunchPlan
import Model
import Spec

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

extension ContainerLauncher {
    /// - Throws: `BerthError.notFound` or `.conflict` when a container it refers to is absent or not running.
    func resolveNamespaces(_ spec: ContainerSpec) async throws -> ResolvedNamespaces {
        var result = ResolvedNamespaces()
        if spec.network == .host {
            result.needsSandbox = false
        } else if case .container(let name) = spec.network {
            let (other, process) = try running(name, "join network of")
            let owner = networkOwner(of: other)
            result.needsSandbox = false
            if let sandbox = process.sandbox {
                try await blocking.run { try process.requireSandbox(of: other.id, self.logger) }
                result.network = .join(.network, sandbox.path)
            } else if try owner.spec.network != .host {
                // It shares a third one's, which may be that one's former: it lives on with those that share it.
                result.network = .join(.network, of: process.target)
            }
            let config = other.record.config
            result.identity = NetworkIdentity(
                files: paths.container(owner.id), hostname: config.hostname, domainname: config.domainname)
        }
        if case .container(let name) = spec.pid {
            result.joined.append(.join(.pid, of: try running(name, "join PID namespace of").1.target))
        }
        if case .container(let name) = spec.ipc {
            let (other, process) = try running(name, "join IPC namespace of")
            guard try other.spec.ipc.isJoinable else {
                throw BerthError.invalid(
                    "can't join IPC of container \(other.id): non-shareable IPC "
                        + "(hint: use IpcMode:shareable for the donor container)")
            }
            result.joined.append(.join(.ipc, of: process.target))
            result.shmOwner = process.target
        }
        return result
    }

    /// The container at the end of a chain of network modes `container:…`. A mode names an older container, so that
    /// the chain ends.
    private func networkOwner(of entry: ContainerEntry) -> ContainerEntry {
        guard case .success(let spec) = entry.readSpec, case .container(let name) = spec.network,
            let other = try? containers.find(name), other.record.created < entry.record.created
        else { return entry }
        return networkOwner(of: other)
    }

    private func running(_ name: String, _ what: String) throws -> (ContainerEntry, RunningContainer) {
        let entry = try containers.find(name)
        guard let process = entry.process else {
            throw BerthError.conflict("cannot \(what) a non running container: \(entry.id)")
        }
        return (entry, process)
    }
}
