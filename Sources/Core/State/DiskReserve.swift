import Glibc
import Model
import Synchronization

/// Space in the data root that is held back, so that on a full disk things can still be removed: files that are given up
/// when a removal finds no room, and made again when there is. They are several, for each is an inode too.
///
/// All functions may be called from any thread; those without `async` make short system calls.
public final class DiskReserve: Sendable {
    /// Whether what this task does takes things away, and so may have the reserve. `freeing` sets it.
    @TaskLocal private static var isGranted = false

    private static let fileCount = 16
    /// Bytes.
    private static let fileSize = 256 * 1024

    private let directory: String
    private let lock = Mutex(())
    private let given = Mutex<(@Sendable () -> Void)?>(nil)

    /// Makes nothing yet.
    public init(dataRoot: String) {
        directory = dataRoot + "/reserve"
    }

    /// Has `then` called each time that the reserve has been given up: it is to be made again some time.
    public func onUse(_ then: @escaping @Sendable () -> Void) {
        given.withLock { $0 = then }
    }

    // MARK: Using it

    /// Runs what takes things away. Where that finds the disk full, it may have the reserve.
    public static func freeing<T>(_ body: () async throws -> T) async rethrows -> T {
        try await $isGranted.withValue(true) { try await body() }
    }

    /// The same without suspending.
    public static func freeing<T>(_ body: () throws -> T) rethrows -> T {
        try $isGranted.withValue(true) { try body() }
    }

    /// Runs `body`, and once more with the reserve given up if the disk is full and this task is one of `freeing`'s.
    /// - Parameter mayBeFull: whether an error comes of that.
    public func used<T>(
        when mayBeFull: (any Error) -> Bool = { $0.meansDiskFull }, _ body: () async throws -> T
    ) async throws -> T {
        do {
            return try await body()
        } catch  where Self.isGranted && mayBeFull(error) && giveUp() {
            return try await body()
        }
    }

    /// The same without suspending.
    public func used<T>(
        when mayBeFull: (any Error) -> Bool = { $0.meansDiskFull }, _ body: () throws -> T
    ) throws -> T {
        do {
            return try body()
        } catch  where Self.isGranted && mayBeFull(error) && giveUp() {
            return try body()
        }
    }

    /// Runs what opens the data root, once more with the reserve given up if the disk is full: there are errors of many
    /// kinds then.
    public func opening<T>(_ body: () throws -> T) throws -> T {
        do {
            return try Self.freeing(body)
        } catch  where !hasRoom(bytes: 256 * 1024, files: 8) && giveUp() {
            return try Self.freeing(body)
        }
    }

    /// - Returns: whether there was anything to give up.
    private func giveUp() -> Bool {
        let hadAny = lock.withLock { _ in (0..<Self.fileCount).filter { unlink(path($0)) == 0 }.count > 0 }
        if hadAny { given.withLock { $0 }?() }
        return hadAny
    }

    // MARK: Making it

    private func path(_ number: Int) -> String { "\(directory)/\(number)" }

    /// Makes what of it is missing, where that leaves as much room again.
    /// - Throws: `BerthError.system` when the disk is too full for it.
    public func make() throws {
        try lock.withLock { _ in
            let missing = (0..<Self.fileCount).filter { !isWhole($0) }
            guard !missing.isEmpty else { return }
            guard mkdir(directory, 0o700) == 0 || errno == EEXIST else { throw failure(directory) }
            guard hasRoom(bytes: 2 * missing.count * Self.fileSize, files: 2 * missing.count) else {
                throw failure(directory, ENOSPC)
            }
            for number in missing { try makeFile(path(number)) }
        }
    }

    private func isWhole(_ number: Int) -> Bool {
        var status = stat()
        return stat(path(number), &status) == 0 && status.st_size == Self.fileSize
            && Int(status.st_blocks) * 512 >= Self.fileSize
    }

    private func hasRoom(bytes wanted: Int, files: Int) -> Bool {
        var system = statvfs()
        guard statvfs(directory, &system) == 0 else { return false }
        let bytes = UInt64(system.f_bavail).multipliedReportingOverflow(by: UInt64(system.f_frsize))
        // Some file systems count no inodes.
        let hasInodes = system.f_files == 0 || system.f_favail >= files
        return hasInodes && (bytes.overflow || bytes.partialValue >= UInt64(wanted))
    }

    private func makeFile(_ path: String) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw failure(path) }
        defer { close(file) }
        let cause = posix_fallocate(file, 0, off_t(Self.fileSize))
        guard cause == 0 else {
            unlink(path)
            throw failure(path, cause)
        }
    }

    private func failure(_ path: String, _ cause: CInt = errno) -> BerthError {
        .system("hold space back in `\(path)`: \(String(cString: strerror(cause)))")
    }
}

extension Error {
    /// Whether it says that a disk has no room, or no inode, left. By its words: those of a driver are all there is.
    public var meansDiskFull: Bool {
        let text = "\(self)".lowercased()
        return ["no space left on device", "disk is full", "disk quota exceeded"].contains { text.contains($0) }
    }
}
