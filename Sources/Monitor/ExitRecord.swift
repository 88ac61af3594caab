import Glibc
import LaunchPlan

/// Where a process's exit status is written at its end, which must not be lost to a full disk: the file is made when the process
/// runs, as long as any status can be, and changed then.
struct ExitRecord {
    private let path: String
    private var temporary: String { path + ".new" }
    private static let size = 128

    /// - Parameter path: the exit file; empty for none.
    init(_ path: String) { self.path = path }

    /// Takes the room. Without any, it is tried again at the end.
    func reserve() {
        guard !path.isEmpty else { return }
        let file = open(temporary, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        let blank = [UInt8](repeating: 0x0A, count: Self.size)
        _ = blank.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, 0) }
        close(file)
    }

    /// Writes the exit file so that it is there as a whole or not at all.
    func write(_ status: ExitStatus) {
        guard !path.isEmpty else { return }
        let file = open(temporary, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        let text = [UInt8](status.text.utf8)
        let count = text.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, 0) }
        let isWhole = count == text.count && ftruncate(file, off_t(count)) == 0
        close(file)
        if isWhole { rename(temporary, path) } else { unlink(temporary) }
    }
}

/// The number after `oom_kill` in a cgroup's file: 0 when there is none.
func outOfMemoryKills(_ path: String) -> UInt64 {
    guard !path.isEmpty else { return 0 }
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return 0 }
    defer { close(file) }
    var buffer = [UInt8](repeating: 0, count: 1024)
    let count = read(file, &buffer, buffer.count)
    for line in buffer[..<max(count, 0)].split(separator: 0x0A) {
        let words = line.split(separator: 0x20)
        guard words.count == 2, words[0].elementsEqual("oom_kill".utf8) else { continue }
        return UInt64(String(decoding: words[1], as: UTF8.self)) ?? 0
    }
    return 0
}
