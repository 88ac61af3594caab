/// Paths as Docker's router has them: `//v1.41/./info` is answered with a redirection to `/v1.41/info`.
enum CleanPath {
    /// - Parameter path: without the query.
    /// - Returns: the path without empty, `.` and `..` segments; nil when it is that already.
    static func redirection(of path: Substring) -> String? {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        // The last one is empty when the path ends with a slash.
        guard segments.dropLast().contains(where: \.isEmpty) || segments.contains(where: { $0 == "." || $0 == ".." })
        else { return nil }
        var clean: [Substring] = []
        for segment in segments {
            switch segment {
            case "", ".": break
            case "..": _ = clean.popLast()
            default: clean.append(segment)
            }
        }
        let hasSlash = segments.last.map { $0.isEmpty } ?? false
        return "/" + clean.joined(separator: "/") + (hasSlash && !clean.isEmpty ? "/" : "")
    }
}
