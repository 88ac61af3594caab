import Glibc
import PluginLoader

extension SystemService {
    /// What the daemon is at, in lines for its log: containers, drivers, and its own threads, descriptors and memory.
    public func stateText() async -> [String] {
        var statuses: [String: Int] = [:]
        var attached = 0
        for entry in containers.all {
            statuses[entry.record.state.status.rawValue, default: 0] += 1
            attached += entry.body.withLock { $0.attaching.count }
        }
        let counts = statuses.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        var lines = [
            "containers: \(counts.isEmpty ? "none" : counts.joined(separator: ", ")); \(attached) wait to be attached"
        ]
        lines.append("networks: \(networks.all.count), volumes: \(volumes.all.count), images: \(images.all.count)")
        for status in drivers.statuses() {
            let condition =
                switch status.condition {
                case .opening: "is being opened"
                case .ready: "ready"
                case .refused(let reason): "refused: \(reason)"
                }
            lines.append(
                "driver \(status.name.isEmpty ? status.descriptor : status.name): \(condition), "
                    + "\(status.stuckCalls) calls have not returned")
        }
        let own = try? await blocking.runLong { Self.ownLines() }
        return lines + (own ?? [])
    }

    /// proc(5). Blocking.
    private static func ownLines() -> [String] {
        let descriptors = DirectoryListing.names("/proc/self/fd").count
        let wanted = ["VmRSS:", "VmSize:"]
        let memory = (TextFile.readIfPresent("/proc/self/status") ?? "").split(separator: "\n")
            .filter { line in wanted.contains { line.hasPrefix($0) } }
            .map { $0.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
        var lines = ["descriptors: \(descriptors); \(memory.joined(separator: ", "))"]
        for thread in DirectoryListing.names("/proc/self/task") {
            let folder = "/proc/self/task/\(thread)/"
            let name = TextFile.readIfPresent(folder + "comm")?.split(separator: "\n").first ?? ""
            // The state stands behind the name, which is in parentheses and may have any characters.
            let status = TextFile.readIfPresent(folder + "stat") ?? ""
            let state = status.lastIndex(of: ")").map { status[$0...].dropFirst(2).prefix(1) } ?? ""
            let call = TextFile.readIfPresent(folder + "wchan") ?? ""
            lines.append("thread \(thread) (\(name)): \(state) \(call == "0" ? "" : call)")
        }
        return lines
    }
}
