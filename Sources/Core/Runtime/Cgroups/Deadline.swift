import Glibc

/// A moment until which something is tried again, with pauses that grow from 0.2 ms to 10 ms.
struct Deadline {
    private let end: UInt64
    private var delay: UInt32 = 200

    init(milliseconds: Int) {
        end = Self.now() + UInt64(max(0, milliseconds)) * 1_000_000
    }

    var hasPassed: Bool { Self.now() >= end }

    mutating func pause() {
        usleep(delay)
        delay = min(delay * 2, 10_000)
    }

    private static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
