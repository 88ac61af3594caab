import Model

/// How a container's health is to be found out (`HEALTHCHECK`, `--health-cmd`), with Docker's defaults filled in.
package struct HealthProbe: Sendable, Hashable {
    package enum Command: Sendable, Hashable {
        /// A program and its arguments.
        case words([String])
        /// A line for the container's shell, and what that gets as arguments.
        case shell([String])
    }

    package static let second: Int64 = 1_000_000_000

    package var command: Command
    /// Nanoseconds from the end of one probe to the next.
    package var interval: Int64
    /// Nanoseconds that a probe may take.
    package var timeout: Int64
    /// Nanoseconds after the start in which a failure does not count.
    package var startPeriod: Int64
    /// Nanoseconds from one probe to the next in the start period.
    package var startInterval: Int64
    /// Failures one after the other that make it unhealthy.
    package var retries: Int

    /// Nil where there is nothing to run: no test, `NONE`, or a kind of test that there is not, which Docker takes and
    /// passes over.
    package init?(_ check: HealthCheck?) {
        guard let check, let kind = check.test?.first else { return nil }
        let words = check.test.map { Array($0.dropFirst()) } ?? []
        switch kind {
        case "CMD" where !words.isEmpty: command = .words(words)
        case "CMD-SHELL" where !words.isEmpty: command = .shell(words)
        default: return nil
        }
        func given(_ value: Int64?, or standard: Int64) -> Int64 { value.flatMap { $0 > 0 ? $0 : nil } ?? standard }
        interval = given(check.interval, or: 30 * Self.second)
        timeout = given(check.timeout, or: 30 * Self.second)
        startPeriod = given(check.startPeriod, or: 0)
        startInterval = given(check.startInterval, or: 5 * Self.second)
        retries = check.retries.flatMap { $0 > 0 ? $0 : nil } ?? 3
    }

    /// What a new container may ask for.
    /// - Throws: `BerthError.invalid` with Docker's texts.
    static func check(_ health: HealthCheck?) throws {
        guard let health else { return }
        let times = [
            ("Interval", health.interval), ("Timeout", health.timeout), ("StartPeriod", health.startPeriod),
            ("StartInterval", health.startInterval),
        ]
        for (name, time) in times {
            if let time, time != 0, time < 1_000_000 {
                throw BerthError.invalid("\(name) in Healthcheck cannot be less than 1ms")
            }
        }
        if let retries = health.retries, retries < 0 {
            throw BerthError.invalid("Retries in Healthcheck cannot be negative")
        }
    }
}
