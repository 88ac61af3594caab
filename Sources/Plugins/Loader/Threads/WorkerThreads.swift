import CCrash
import Glibc
import Synchronization

/// Threads for code that may block or never come back. An idle one is used again, the last one first, so that its
/// stack is still in the cache; there is no limit on how many run: whoever gives them work bounds it.
package final class WorkerThreads: Sendable {
    package static let shared = WorkerThreads()

    private static let idleNanoseconds: UInt64 = 20_000_000_000
    private static let stackBytes = 2 << 20

    private let idle = Mutex<[Worker]>([])

    /// Runs the job on a thread of its own and returns at once.
    /// - Returns: false when the system gives no more threads; the job is not run.
    package func run(_ job: @escaping @Sendable () -> Void) -> Bool {
        if let worker = idle.withLock({ $0.popLast() }) {
            worker.give(job)
            return true
        }
        let worker = Worker(job)
        let start = Unmanaged.passRetained(Start(threads: self, worker: worker))
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, Self.stackBytes)
        pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
        var thread = pthread_t()
        let result = pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument else { return nil }
                let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                start.threads.loop(start.worker)
                return nil
            }, start.toOpaque())
        if result != 0 { start.release() }
        return result == 0
    }

    private func loop(_ worker: Worker) {
        berth_crash_stack()
        while worker.runNext() {
            idle.withLock { $0.append(worker) }
            while !worker.signal.wait(until: Monotonic.now + Self.idleNanoseconds) {
                let retired = idle.withLock { idle in
                    guard let index = idle.firstIndex(where: { $0 === worker }) else { return false }
                    idle.remove(at: index)
                    return true
                }
                if retired { return }
            }
        }
    }

    private final class Worker: Sendable {
        let signal = Signal()
        private let job: Mutex<(@Sendable () -> Void)?>

        init(_ job: @escaping @Sendable () -> Void) { self.job = Mutex(job) }

        func give(_ job: @escaping @Sendable () -> Void) {
            self.job.withLock { $0 = job }
            signal.post()
        }

        /// Runs the job that was given, and lets go of what it holds: an idle thread must keep nobody's descriptors open.
        func runNext() -> Bool {
            guard let job = take() else { return false }
            job()
            return true
        }

        private func take() -> (@Sendable () -> Void)? {
            job.withLock { job in
                defer { job = nil }
                return job
            }
        }
    }

    private final class Start: Sendable {
        let threads: WorkerThreads
        let worker: Worker

        init(threads: WorkerThreads, worker: Worker) {
            self.threads = threads
            self.worker = worker
        }
    }
}
