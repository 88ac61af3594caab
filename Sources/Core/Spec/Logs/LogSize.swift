/// A number of bytes in an option of a log.
enum LogSize {
    /// "10m" and the like: a number with an optional k, m or g (powers of 1024); nil when it is not one.
    static func bytes(_ text: String) -> UInt64? {
        var digits = text.lowercased()
        if digits.hasSuffix("b") { digits.removeLast() }
        var factor: UInt64 = 1
        if let unit = digits.last, let power = ["k": 1, "m": 2, "g": 3][String(unit)] {
            factor = (0..<power).reduce(1) { product, _ in product * 1024 }
            digits.removeLast()
        }
        guard let number = UInt64(digits) else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }
}
