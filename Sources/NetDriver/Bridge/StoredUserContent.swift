import DriverKit
import Glibc
import NetDriverKernel

/// What users have in the table, in the host's store: it comes back with the table also when that was flushed while no
/// daemon ran.
enum StoredUserContent {
    private static let bucket = "user-rules"
    /// Bytes. More is kept in memory alone.
    private static let most = 8 << 20

    /// Which table it was. With the machine's start or in another network namespace the kernel has none of it, and whoever
    /// made it makes it again.
    private static var key: String? {
        var status = stat()
        let descriptor = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var text = [UInt8](repeating: 0, count: 36)
        guard Glibc.read(descriptor, &text, text.count) == text.count, stat("/proc/thread-self/ns/net", &status) == 0
        else {
            return nil
        }
        return "\(String(decoding: text, as: UTF8.self)) \(status.st_ino)"
    }

    static func read(from host: Host) -> UserContent? {
        do {
            guard let key, let stored = try host.get(bucket: bucket, key: key) else { return nil }
            if let content = UserContent(stored) { return content }
            host.log(.error, "the rules of the chain `user` in the store are malformed")
        } catch {
            host.log(.error, "read the rules of the chain `user`: \(error)")
        }
        return nil
    }

    /// Also when the rules cannot be written down, all else goes on.
    static func write(_ content: UserContent, to host: Host) {
        do {
            guard let key else { return }
            for row in try host.list(bucket: bucket) where row.key != key {
                try host.remove(bucket: bucket, key: row.key)
            }
            let bytes = content.bytes
            if bytes.count > most {
                host.log(
                    .warning, "the user's part of the table `inet berth` is too large to be kept: \(bytes.count) bytes")
            }
            if bytes.isEmpty || bytes.count > most {
                try host.remove(bucket: bucket, key: key)
            } else {
                try host.put(bucket: bucket, key: key, value: bytes)
            }
        } catch {
            host.log(.error, "write down the rules of the chain `user`: \(error)")
        }
    }
}
