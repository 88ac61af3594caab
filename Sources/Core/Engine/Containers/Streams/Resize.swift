import Model
import Runtime

extension Blocking {
    /// Sets the size of a process's terminal.
    /// - Throws: `BerthError`: `.invalidParameter` for a size that cannot be, `.conflict` when the process has ended.
    func resize(
        rows: Int, columns: Int, _ set: @escaping @Sendable (UInt16, UInt16) throws -> Void
    ) async throws {
        guard let rows = UInt16(exactly: rows), let columns = UInt16(exactly: columns) else {
            throw BerthError.invalid("invalid terminal size \(columns)x\(rows)")
        }
        try await LaunchError.translating(\.ofResize) { try await run { try set(rows, columns) } }
    }
}
