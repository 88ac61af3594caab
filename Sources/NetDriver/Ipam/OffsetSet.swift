/// A set of numbers: a bitmap that has memory only where bits are set, so that a /8 or an IPv6 subnet costs nothing
/// until it is used.
struct OffsetSet: Sendable {
    private var words: [UInt128: UInt64] = [:]

    func contains(_ offset: UInt128) -> Bool {
        words[offset >> 6, default: 0] & Self.bit(offset) != 0
    }

    mutating func insert(_ offset: UInt128) {
        words[offset >> 6, default: 0] |= Self.bit(offset)
    }

    mutating func remove(_ offset: UInt128) {
        guard let word = words[offset >> 6] else { return }
        let rest = word & ~Self.bit(offset)
        words[offset >> 6] = rest == 0 ? nil : rest
    }

    /// The lowest number of the range that is not in the set.
    func firstAbsent(in range: ClosedRange<UInt128>) -> UInt128? {
        var offset = range.lowerBound
        while true {
            // The bits below `offset` count as set.
            let below = Self.bit(offset) - 1
            let free = ~(words[offset >> 6, default: 0] | below)
            if free != 0 {
                let found = ((offset >> 6) << 6) + UInt128(free.trailingZeroBitCount)
                return found <= range.upperBound ? found : nil
            }
            let (next, overflow) = ((offset >> 6) << 6).addingReportingOverflow(64)
            guard !overflow, next <= range.upperBound else { return nil }
            offset = next
        }
    }

    private static func bit(_ offset: UInt128) -> UInt64 { 1 << UInt64(truncatingIfNeeded: offset & 63) }
}
