import Glibc
import Model

extension Engine {
    /// A running container's processes, with the columns of `ps -ef`.
    /// - Throws: `BerthError.conflict` when it does not run; `.notImplemented` for other arguments to ps.
    public func top(_ ref: String, psArguments: String) async throws -> ProcessTable {
        let entry = try containers.find(ref)
        guard let running = entry.process else { throw BerthError.conflict("Container \(entry.id) is not running") }
        guard psArguments.isEmpty || psArguments == "-ef" else {
            throw BerthError(
                .notImplemented, "top with ps arguments \"\(psArguments)\" is not implemented yet: only -ef is")
        }
        return try await blocking.run {
            let rows = running.cgroup.processes().sorted().compactMap(ProcessRow.init(pid:)).map(\.columns)
            return ProcessTable(titles: ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"], processes: rows)
        }
    }
}

/// One process as proc(5) shows it.
private struct ProcessRow {
    let columns: [String]

    /// Nil when the process has gone.
    init?(pid: Int32) {
        guard let stat = IdentityFiles.read("/proc/\(pid)/stat"),
            let status = IdentityFiles.read("/proc/\(pid)/status"),
            let paren = stat.lastIndex(of: ")"), let open = stat.firstIndex(of: "(")
        else { return nil }
        let fields = stat[stat.index(after: paren)...].split(separator: " ").map(String.init)
        guard fields.count > 20 else { return nil }
        let uid = status.split(separator: "\n").first { $0.hasPrefix("Uid:") }?.split(whereSeparator: \.isWhitespace)
        let command = (IdentityFiles.read("/proc/\(pid)/cmdline") ?? "").split(separator: "\0").joined(separator: " ")
        let name = stat[stat.index(after: open)..<paren]
        let ticks = Int(sysconf(Int32(_SC_CLK_TCK)))
        let seconds = ((Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0)) / max(1, ticks)
        let terminal = Int(fields[4]) ?? 0
        columns = [
            uid.map { String($0[1]) } ?? "0", String(pid), fields[1], "0", Self.startTime(fields[19], ticks),
            terminal == 0 ? "?" : "pts/\(terminal & 0xff)",
            "\(Self.two(seconds / 3600)):\(Self.two(seconds / 60 % 60)):\(Self.two(seconds % 60))",
            command.isEmpty ? "[\(name)]" : command,
        ]
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }

    /// Field 22 of /proc/PID/stat, clock ticks since boot, as the time of day.
    private static func startTime(_ text: String, _ ticks: Int) -> String {
        var boot = timespec()
        clock_gettime(CLOCK_BOOTTIME, &boot)
        var at = time(nil) - boot.tv_sec + (Int(text) ?? 0) / max(1, ticks)
        var parts = tm()
        localtime_r(&at, &parts)
        return "\(two(Int(parts.tm_hour))):\(two(Int(parts.tm_min)))"
    }
}
