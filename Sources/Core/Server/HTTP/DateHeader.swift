import API
import Synchronization

/// The text of the `Date` header, made once a second.
final class DateHeader: Sendable {
    private let cached = Mutex<(second: Int64, text: String)>((-1, ""))

    func text() -> String {
        let now = Timestamp.seconds(WallClock.now())
        return cached.withLock { cached in
            if cached.second != now { cached = (now, Timestamp.httpDate(seconds: now)) }
            return cached.text
        }
    }
}
