import Glibc
import LaunchPlan

/// Writes the exit file so that it is there as a whole or not at all.
func record(_ status: ExitStatus, at path: String) {
    guard !path.isEmpty else { return }
    let temporary = path + ".new"
    let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { return }
    let text = [UInt8](status.text.utf8)
    let count = text.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
    close(file)
    if count == text.count { rename(temporary, path) } else { unlink(temporary) }
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
