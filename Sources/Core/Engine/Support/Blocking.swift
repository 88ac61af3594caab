import Model
import NIOPosix
import PluginLoader

/// Where blocking work runs: threads of its own, never Swift's.
package struct Blocking: Sendable {
    let pool: NIOThreadPool

    package init(threads: Int) {
        pool = NIOThreadPool(numberOfThreads: threads)
        pool.start()
    }

    /// Runs work that is soon over on the pool, whose threads are few: signals and cgroups wait for them.
    func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await pool.runIfActive(body)
    }

    /// Runs work that takes long, or that waits for a client, a disk or a mount, on a thread for it alone: however much
    /// there is of it, the pool stays free. Threads are used again, so that this costs no more than `run`.
    /// - Throws: what `body` throws; `BerthError.system` when there is no thread to be had.
    func runLong<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let started = WorkerThreads.shared.run { continuation.resume(with: Result { try body() }) }
            if !started { continuation.resume(throwing: BerthError.system("no thread: too many are running")) }
        }
    }

    func shutdown() async {
        try? await pool.shutdownGracefully()
    }
}
