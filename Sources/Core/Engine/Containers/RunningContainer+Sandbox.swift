import Logging
import Sandbox

extension RunningContainer {
    /// Makes sure that the network namespace of the container is pinned. What is wrong is logged. Blocking.
    func pinSandbox(of id: String, _ logger: Logger) {
        do {
            try requireSandbox(of: id, logger)
        } catch {
            logger.error("container \(id.prefix(12)): \(error)")
        }
    }

    /// The same, with what is wrong as an error. Does nothing for one without a namespace of its own. Blocking.
    func requireSandbox(of id: String, _ logger: Logger) throws {
        guard let sandbox else { return }
        let isNew = try sandbox.pin(from: pid) { process.isAlive }
        if isNew {
            logger.warning(
                "container \(id.prefix(12)): its network namespace was not pinned any more: pinned again at \(sandbox.path)"
            )
        }
    }
}
