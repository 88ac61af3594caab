extension Int64 {
    /// The sum of two numbers of bytes, or the greatest number there is: sparse files can have any size.
    public func addingSaturated(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
