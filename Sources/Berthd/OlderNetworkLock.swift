import Foundation
import Glibc

/// The lock of builds that had a name in the network namespace: whether a daemon of that kind runs here.
///
/// Anybody can take such a name, so it counts only when a process of root's that is called `berthd` has it, in the mount
/// namespace that this one is in: root in a container can call a program so, and is never in there.
enum OlderNetworkLock {
    private static let name = "@berthd.network"

    static func isHeld() -> Bool {
        guard let text = try? String(contentsOfFile: "/proc/net/unix", encoding: .utf8) else { return false }
        // Num RefCount Protocol Flags Type St Inode Path
        let inodes = text.split(separator: "\n").compactMap { line -> String? in
            let fields = line.split(separator: " ")
            return fields.count == 8 && fields[7] == name ? String(fields[6]) : nil
        }
        guard let inode = inodes.first else { return false }
        return daemons().contains { holds(socket: inode, $0) }
    }

    private static func daemons() -> [String] {
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return processes.map { "/proc/" + $0 }.filter { process in
            var status = stat()
            guard stat(process, &status) == 0, status.st_uid == 0, hasMounts(of: "/proc/self", process),
                let program = try? FileManager.default.destinationOfSymbolicLink(atPath: process + "/exe")
            else { return false }
            return program.replacing(" (deleted)", with: "").hasSuffix("/berthd")
        }
    }

    /// Whether two processes are in one mount namespace: namespaces(7).
    private static func hasMounts(of one: String, _ other: String) -> Bool {
        var (first, second) = (stat(), stat())
        return stat(one + "/ns/mnt", &first) == 0 && stat(other + "/ns/mnt", &second) == 0
            && first.st_dev == second.st_dev && first.st_ino == second.st_ino
    }

    private static func holds(socket inode: String, _ process: String) -> Bool {
        let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: process + "/fd")) ?? []
        return descriptors.contains {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(process)/fd/\($0)")) == "socket:[\(inode)]"
        }
    }
}
