import ArgumentParser
import Glibc
import Logging

/// What the daemon needs of descriptors and threads to come up. Libraries that it is made of end the process where they
/// do not get theirs, so that is seen to before anything else; later a shortage is an error of what meets it.
enum StartLimits {
    /// Of RLIMIT_NOFILE, the hard limit. An idle daemon has some fifty descriptors open.
    private static let descriptors: UInt64 = 128
    /// An idle daemon has some thirty.
    private static let threads = 48

    /// - Throws: `ValidationError` when the limit of open files is too low.
    static func checkDescriptors() throws {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_max < descriptors else {
            return
        }
        throw ValidationError(
            "start: the limit of open files (RLIMIT_NOFILE) is \(limit.rlim_max), and berthd needs \(descriptors)")
    }

    /// Ends the process when there cannot be as many threads as a daemon needs. To be called on the first thread before
    /// anything is asynchronous: without a second one, that would wait for ever.
    static func checkThreads() {
        guard let failure = startThreads() else { return }
        let logger = Logger(label: "berthd") { BoundedLog(label: $0, level: .critical) }
        logger.critical(
            "start: berthd needs \(threads) threads, and only \(failure.started) could be made: \(failure.cause)")
        exit(1)
    }

    /// Starts that many threads, and lets them end.
    private static func startThreads() -> (started: Int, cause: String)? {
        let gate = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        pthread_mutex_init(gate, nil)
        pthread_mutex_lock(gate)
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, 64 * 1024)
        var started: [pthread_t] = []
        var failure: (Int, String)?
        while started.count < threads {
            var thread = pthread_t()
            let code = pthread_create(
                &thread, &attributes,
                { gate in
                    // All are there until the last one is.
                    guard let gate = gate?.assumingMemoryBound(to: pthread_mutex_t.self) else { return nil }
                    pthread_mutex_lock(gate)
                    pthread_mutex_unlock(gate)
                    return nil
                }, gate)
            guard code == 0 else {
                failure = (started.count, String(cString: strerror(code)))
                break
            }
            started.append(thread)
        }
        pthread_mutex_unlock(gate)
        for thread in started { pthread_join(thread, nil) }
        pthread_attr_destroy(&attributes)
        pthread_mutex_destroy(gate)
        gate.deallocate()
        return failure
    }
}
