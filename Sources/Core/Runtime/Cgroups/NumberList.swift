/// The kernel's notation of a set of CPUs or memory nodes, e.g. `0-3,5`.
package struct NumberList: Sendable, Hashable {
    package var numbers: Set<Int>

    /// nil where the text is no such list. An empty text is an empty set.
    package init?(_ text: String) {
        numbers = []
        guard !text.isEmpty else { return }
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0.trimmed) }
            guard ends.count <= 2, let first = ends[0], let last = ends[ends.count - 1],
                first >= 0, first <= last, last < 8192
            else { return nil }
            numbers.formUnion(first...last)
        }
    }
}
