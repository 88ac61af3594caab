import Glibc

/// A counting semaphore, whose timed wait goes by the monotonic clock.
final class Signal: Sendable {
    // Only touched with the mutex held.
    private struct State {
        var mutex = pthread_mutex_t()
        var condition = pthread_cond_t()
        var count = 0
    }

    // A mutex and a condition are made for being used from several threads.
    nonisolated(unsafe) private let state: UnsafeMutablePointer<State>

    init() {
        state = .allocate(capacity: 1)
        state.initialize(to: State())
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_mutex_init(&state.pointee.mutex, nil)
        pthread_cond_init(&state.pointee.condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(&state.pointee.condition)
        pthread_mutex_destroy(&state.pointee.mutex)
        state.deallocate()
    }

    func post() {
        pthread_mutex_lock(&state.pointee.mutex)
        state.pointee.count += 1
        pthread_cond_signal(&state.pointee.condition)
        pthread_mutex_unlock(&state.pointee.mutex)
    }

    func wait() {
        pthread_mutex_lock(&state.pointee.mutex)
        while state.pointee.count == 0 { pthread_cond_wait(&state.pointee.condition, &state.pointee.mutex) }
        state.pointee.count -= 1
        pthread_mutex_unlock(&state.pointee.mutex)
    }

    /// False: the deadline, in nanoseconds of the monotonic clock, has passed.
    func wait(until deadline: UInt64) -> Bool {
        var time = timespec(tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
        pthread_mutex_lock(&state.pointee.mutex)
        defer { pthread_mutex_unlock(&state.pointee.mutex) }
        while state.pointee.count == 0 {
            let result = pthread_cond_timedwait(&state.pointee.condition, &state.pointee.mutex, &time)
            if result == ETIMEDOUT, state.pointee.count == 0 { return false }
        }
        state.pointee.count -= 1
        return true
    }
}

/// The monotonic clock.
enum Monotonic {
    /// Nanoseconds since some point before the start of the process.
    static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
