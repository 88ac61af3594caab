import Engine
import Glibc
import Logging
import ServiceLifecycle
import UnixSignals

/// On SIGUSR1 the daemon tells in its log what it is at, and goes on.
struct StateReport: Service {
    let engine: Engine
    let logger: Logger

    /// Waits for signals until shutdown.
    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sigusr1).cancelOnGracefulShutdown() {
            for line in await engine.system.stateText() { logger.notice("SIGUSR1: \(line)") }
        }
    }
}

/// Signals that do nothing to the daemon: those that somebody sends by mistake, and those that come before it can act on
/// them. Programs that it runs have them as usual.
enum HarmlessSignals {
    static func ignore() {
        // Sockets whose peers went away answer with EPIPE instead of SIGPIPE.
        for number in [SIGPIPE, SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGHUP] { signal(number, SIG_IGN) }
    }
}
