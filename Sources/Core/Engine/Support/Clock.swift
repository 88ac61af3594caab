import Glibc

enum Clock {
    /// Nanoseconds since 1970.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Seconds: ten years. Longer sleeps would be more than the kernel's clocks take in nanoseconds.
    private static let longestSleep = 10.0 * 365 * 24 * 3600

    /// Suspends for `seconds`, ten years at most; not at all when that is negative. Returns early when the task is
    /// cancelled.
    static func sleep(seconds: Double) async {
        guard seconds > 0 else { return }
        try? await Task.sleep(nanoseconds: UInt64(min(seconds, longestSleep) * 1e9))
    }
}
