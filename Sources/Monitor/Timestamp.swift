import Glibc

/// Appends now, in UTC, as RFC 3339 writes it, to the nanosecond.
func timestamp(into text: TextBuffer) {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    let (year, month, day) = date(daysSince1970: now.tv_sec / 86_400)
    let second = now.tv_sec % 86_400
    put(year, 4, text)
    text.append(0x2D)
    put(month, 2, text)
    text.append(0x2D)
    put(day, 2, text)
    text.append(0x54)
    put(second / 3600, 2, text)
    text.append(0x3A)
    put(second / 60 % 60, 2, text)
    text.append(0x3A)
    put(second % 60, 2, text)
    text.append(0x2E)
    put(now.tv_nsec, 9, text)
    text.append(0x5A)
}

/// The Gregorian date, counted in years that begin in March, so that a leap day is a year's last. (gmtime_r(3) would
/// read the zone files first.)
private func date(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468  // from 0000-03-01
    let era = shifted / 146_097  // 400 years each
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
}

private func put(_ value: Int, _ width: Int, _ text: TextBuffer) {
    var divisor = 1
    for _ in 1..<width { divisor *= 10 }
    while divisor > 0 {
        text.append(0x30 + UInt8(value / divisor % 10))
        divisor /= 10
    }
}
