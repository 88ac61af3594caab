import Engine
import Logging
import ServiceLifecycle
import UnixSignals

/// On SIGHUP the descriptors of drivers are read again, as daemons do with their configuration, and networks are checked.
struct HangUp: Service {
    let engine: Engine
    let logger: Logger

    /// Waits for signals until shutdown.
    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            logger.notice("SIGHUP: reading the descriptors of drivers again, and checking networks")
            await engine.system.reloadDrivers()
            await engine.system.checkNetworks()
        }
    }
}
