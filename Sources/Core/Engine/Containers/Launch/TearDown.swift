import Glibc
import Model
import Runtime
import State

extension ContainerLauncher {
    /// Takes away what a running container has in the kernel. Goes on after errors, which are logged.
    func tearDown(_ record: ContainerRecord, endpoints: [EndpointRecord], running: RunningContainer) async {
        let files = paths.container(record.id)
        let name = record.id.prefix(12)
        let cgroup = running.cgroup
        let logger = logger
        async let group: Void? = try? blocking.run {
            do {
                try cgroup.kill()
                try cgroup.remove()
            } catch {
                logger.warning("container \(name): remove its cgroup: \(error)")
            }
            _ = unlink(files.socket)
            _ = rmdir(files.running)
        }
        for endpoint in endpoints { await self.endpoints.remove(endpoint, sandbox: nil) }
        CrashPoint.pass(.exitEndpointsGone)
        if let sandbox = running.sandbox { sandboxes.retire(sandbox) }
        CrashPoint.pass(.exitSandboxGone)
        await volumes.unmount(record)
        _ = await group
    }
}
