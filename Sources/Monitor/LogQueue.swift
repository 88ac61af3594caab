import Glibc
import LaunchPlan

/// A log that its process never waits for: a queue of so many bytes, and a thread that writes them to the file. Lines that
/// do not fit are left out.
///
/// The thread begins with the first line: the process has been cloned by then, which needs this program to have one thread.
/// All but `file` is guarded by `lock`; `file` is the thread's while it runs.
final class LogQueue: @unchecked Sendable {
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let capacity: Int
    private var file: LogFile
    private var pending: [[UInt8]] = []
    /// Bytes that are pending or being written.
    private var size = 0
    private var isClosed = false
    private var thread: pthread_t?

    init(_ file: LogFile, capacity: Int) {
        self.file = file
        self.capacity = capacity
        pthread_mutex_init(lock, nil)
        pthread_cond_init(changed, nil)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(lock)
        changed.deallocate()
        lock.deallocate()
    }

    /// Takes whole lines, or leaves them out. A single piece is taken however large it is when nothing else is under way.
    func put(_ bytes: UnsafeRawBufferPointer) {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        guard size == 0 || size + bytes.count <= capacity, thread != nil || start() else { return }
        pending.append(Array(bytes))
        size += bytes.count
        pthread_cond_signal(changed)
    }

    /// Waits until all that was taken is written, and closes the file.
    func close() {
        pthread_mutex_lock(lock)
        isClosed = true
        pthread_cond_signal(changed)
        pthread_mutex_unlock(lock)
        if let thread { pthread_join(thread, nil) }
        file.finish()
    }

    private func start() -> Bool {
        var made = pthread_t()
        let argument = Unmanaged.passRetained(self)
        let failure = pthread_create(
            &made, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<LogQueue>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, argument.toOpaque())
        guard failure == 0 else {
            argument.release()
            return false
        }
        thread = made
        return true
    }

    private func run() {
        while let batch = next() {
            for lines in batch {
                lines.withUnsafeBytes {
                    file.rotateIfNeeded(adding: $0.count)
                    file.write($0)
                }
                pthread_mutex_lock(lock)
                size -= lines.count
                pthread_mutex_unlock(lock)
            }
            file.goOnCompressing()
        }
    }

    /// Waits for lines for a moment, then sees to rotated files.
    private func waitAndCompress() {
        var until = timespec()
        clock_gettime(CLOCK_REALTIME, &until)
        until.tv_nsec += 100_000_000
        if until.tv_nsec >= 1_000_000_000 {
            until.tv_nsec -= 1_000_000_000
            until.tv_sec += 1
        }
        pthread_cond_timedwait(changed, lock, &until)
        pthread_mutex_unlock(lock)
        file.goOnCompressing()
        pthread_mutex_lock(lock)
    }

    /// All that is pending, waiting for some; nil at the end.
    private func next() -> [[UInt8]]? {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        while pending.isEmpty {
            if isClosed { return nil }
            if file.isCompressing { waitAndCompress() } else { pthread_cond_wait(changed, lock) }
        }
        let batch = pending
        pending = []
        return batch
    }
}
