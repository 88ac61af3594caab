/// A set of characters (Unicode scalars), as ranges.
struct ScalarSet: Sendable, Equatable {
    static let last: UInt32 = 0x10FFFF

    private(set) var ranges: [ClosedRange<UInt32>] = []

    init(_ ranges: [ClosedRange<UInt32>] = []) { self.ranges = ranges }

    static let all = ScalarSet([0...last])
    static let allButLineFeed = ScalarSet([0...9, 11...last])
    static let digits = ScalarSet(["0"..."9"])
    static let word = ScalarSet(["0"..."9", "A"..."Z", "_"..."_", "a"..."z"])
    static let blanks = ScalarSet(["\t"..."\n", "\u{C}"..."\r", " "..." "])

    /// The classes that are named in brackets, `[[:alpha:]]`: of ASCII alone.
    static let named: [String: ScalarSet] = [
        "alnum": ScalarSet(["0"..."9", "A"..."Z", "a"..."z"]), "alpha": ScalarSet(["A"..."Z", "a"..."z"]),
        "ascii": ScalarSet([0...0x7F]), "blank": ScalarSet(["\t"..."\t", " "..." "]),
        "cntrl": ScalarSet([0...0x1F, 0x7F...0x7F]), "digit": digits, "graph": ScalarSet(["!"..."~"]),
        "lower": ScalarSet(["a"..."z"]), "print": ScalarSet([" "..."~"]),
        "punct": ScalarSet(["!"..."/", ":"..."@", "["..."`", "{"..."~"]),
        "space": ScalarSet(["\t"..."\r", " "..." "]), "upper": ScalarSet(["A"..."Z"]), "word": word,
        "xdigit": ScalarSet(["0"..."9", "A"..."F", "a"..."f"]),
    ]

    private init(_ ranges: [ClosedRange<Unicode.Scalar>]) {
        self.ranges = ranges.map { $0.lowerBound.value...$0.upperBound.value }
    }

    mutating func insert(_ range: ClosedRange<UInt32>) { ranges.append(range) }
    mutating func formUnion(_ other: ScalarSet) { ranges += other.ranges }

    /// Sorted, without overlaps.
    var normal: ScalarSet {
        var result: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = result.last, range.lowerBound <= last.upperBound + 1 {
                result[result.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                result.append(range)
            }
        }
        return ScalarSet(result)
    }

    var inverted: ScalarSet {
        var result: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in normal.ranges {
            if range.lowerBound > next { result.append(next...(range.lowerBound - 1)) }
            next = range.upperBound + 1
        }
        if next <= Self.last { result.append(next...Self.last) }
        return ScalarSet(result)
    }

    /// With the other case of each letter. Of large ranges only the letters of ASCII get theirs.
    var ignoringCase: ScalarSet {
        var result = self
        for range in ranges {
            if range.count <= 256 {
                for value in range { result.insertOtherCases(of: value) }
                continue
            }
            for value in (0x41...0x5A as ClosedRange<UInt32>)
            where range.contains(value) || range.contains(value + 32) {
                result.insert(value...value)
                result.insert((value + 32)...(value + 32))
            }
        }
        return result.normal
    }

    private mutating func insertOtherCases(of value: UInt32) {
        guard let scalar = Unicode.Scalar(value) else { return }
        for text in [scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping] {
            if let other = text.unicodeScalars.first, text.unicodeScalars.count == 1 {
                insert(other.value...other.value)
            }
        }
    }

    /// Of a normal set.
    func contains(_ value: UInt32) -> Bool {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < value { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].lowerBound <= value
    }
}
