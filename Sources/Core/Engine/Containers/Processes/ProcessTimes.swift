import Glibc

/// Times as ps(1) writes them.
enum ProcessTimes {
    /// "01:02:03", with days in front where there are any: "4-01:02:03".
    static func processorTime(_ seconds: Int) -> String {
        let clock = "\(two(seconds / 3600 % 24)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
        return seconds < 86400 ? clock : "\(seconds / 86400)-\(clock)"
    }

    /// "62:03", minutes and seconds.
    static func minutes(_ seconds: Int) -> String { "\(seconds / 60):\(two(seconds % 60))" }

    /// "02:03", with hours and days in front where there are any.
    static func elapsed(_ seconds: Int) -> String {
        if seconds >= 3600 { return processorTime(seconds) }
        return "\(two(seconds / 60)):\(two(seconds % 60))"
    }

    /// The time of day when it is less than a day ago, else the day: "10:30", "Jan05".
    static func start(_ at: Int, age: Int, seconds: Bool = false) -> String {
        guard age < 86400 else { return text(at, "%b%d") }
        return text(at, seconds ? "%H:%M:%S" : "%H:%M")
    }

    /// The time of day for today, else the day of this year, else the year: "10:30", "Jan05", "2024".
    static func startOfDay(_ at: Int, now: Int) -> String {
        if text(at, "%Y%j") == text(now, "%Y%j") { return text(at, "%H:%M") }
        return text(at, text(at, "%Y") == text(now, "%Y") ? "%b%d" : "%Y")
    }

    /// strftime(3) in local time.
    static func text(_ at: Int, _ format: String) -> String {
        var moment = time_t(at)
        var parts = tm()
        localtime_r(&moment, &parts)
        var buffer = [CChar](repeating: 0, count: 64)
        let length = strftime(&buffer, buffer.count, format, &parts)
        return String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
}
