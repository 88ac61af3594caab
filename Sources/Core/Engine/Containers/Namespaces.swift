import LaunchPlan
import Model

/// Which namespaces of others a container joins.
struct ResolvedNamespaces: Sendable {
    /// It gets a network namespace of its own.
    var needsSandbox = true
    /// Another container's network namespace.
    var networkPath: String?
    var joined: [LaunchPlan.Namespace] = []
    /// The container whose hosts, hostname and resolv.conf it shares.
    var identity: ContainerPaths?
}

extension Engine {
    /// - Throws: `BerthError.notFound` or `.conflict` when a container it refers to is absent or not running.
    func resolveNamespaces(_ record: ContainerRecord) async throws -> ResolvedNamespaces {
        var result = ResolvedNamespaces()
        let host = record.hostConfig
        if host.networkMode == "host" {
            result.needsSandbox = false
        } else if let name = Self.containerName(host.networkMode) {
            let (other, process) = try running(name, "join network of")
            result.needsSandbox = false
            result.networkPath = "/proc/\(process.pid)/ns/net"
            result.identity = paths.container(other.id)
        }
        if let name = Self.containerName(host.pidMode) {
            result.joined.append(.join(.pid, "/proc/\(try running(name, "join PID namespace of").1.pid)/ns/pid"))
        }
        if let name = Self.containerName(host.ipcMode) {
            result.joined.append(.join(.ipc, "/proc/\(try running(name, "join IPC namespace of").1.pid)/ns/ipc"))
        }
        return result
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
