import Glibc

/// One process as proc(5) shows it.
struct ProcessFacts: Sendable {
    let pid: Int32
    /// The file's name, as the kernel keeps it.
    let name: String
    /// The words of the command line; empty for a process that has none.
    let arguments: String
    let realUser: UInt32
    let effectiveUser: UInt32
    let realGroup: UInt32
    let effectiveGroup: UInt32
    private let fields: [Substring]
    private let status: String

    /// Blocking. Nil when the process has gone.
    init?(pid: Int32) {
        guard let stat = TextFile.readIfPresent("/proc/\(pid)/stat"),
            let status = TextFile.readIfPresent("/proc/\(pid)/status"),
            let open = stat.firstIndex(of: "("), let close = stat.lastIndex(of: ")"), open < close
        else { return nil }
        let fields = stat[stat.index(after: close)...].split(separator: " ")
        let users = Self.numbers("Uid:", in: status)
        let groups = Self.numbers("Gid:", in: status)
        guard fields.count > 36, users.count > 1, groups.count > 1 else { return nil }
        self.pid = pid
        self.fields = fields
        self.status = status
        name = String(stat[stat.index(after: open)..<close])
        arguments = (TextFile.readIfPresent("/proc/\(pid)/cmdline") ?? "").split(separator: "\0").joined(separator: " ")
        (realUser, effectiveUser) = (users[0], users[1])
        (realGroup, effectiveGroup) = (groups[0], groups[1])
    }

    var state: String { String(fields[0]) }
    var parent: Int { field(4) }
    var group: Int { field(5) }
    /// Of the kernel's PF_*.
    var flags: Int { field(9) }
    var minorFaults: Int { field(10) }
    var majorFaults: Int { field(12) }
    var realtimePriority: Int { field(40) }
    var policy: Int { field(41) }
    /// Bytes of code: between its first address and its last.
    var codeSize: Int { max(0, field(27) - field(26)) }
    var session: Int { field(6) }
    /// The controlling terminal's device number; 0 for none.
    var terminal: Int { field(7) }
    /// The process group in the terminal's foreground.
    var foregroundGroup: Int { field(8) }
    /// In clock ticks.
    var processorTime: Int { field(14) + field(15) }
    var priority: Int { field(18) }
    var nice: Int { field(19) }
    var threads: Int { field(20) }
    /// In clock ticks since boot.
    var started: Int { field(22) }
    /// Bytes.
    var virtualSize: Int { field(23) }
    /// In pages.
    var residentSize: Int { field(24) }
    var processor: Int { field(39) }

    /// The text of a line of /proc/PID/status; "" for one that there is not.
    func statusLine(_ name: String) -> String {
        let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") }
        return line.map { $0.dropFirst(name.count + 1).withoutMargins } ?? ""
    }

    /// A small file of the process's directory, without the line feeds; nil when it has gone. Blocking.
    func file(_ name: String) -> String? {
        TextFile.readIfPresent("/proc/\(pid)/\(name)").map { $0.withoutMargins }
    }

    /// Where a link of the process's directory points; nil when it has gone. Blocking.
    func link(_ name: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = buffer.withUnsafeMutableBytes { bytes in
            bytes.baseAddress.map { readlink("/proc/\(pid)/\(name)", $0, bytes.count) } ?? -1
        }
        return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
    }

    /// A field of /proc/PID/stat, by its number in the manual.
    private func field(_ number: Int) -> Int { Int(fields[number - 3]) ?? 0 }

    /// The numbers of a line of /proc/PID/status.
    private static func numbers(_ name: String, in status: String) -> [UInt32] {
        let line = status.split(separator: "\n").first { $0.hasPrefix(name) }
        return line?.dropFirst(name.count).split(whereSeparator: \.isWhitespace).compactMap { UInt32($0) } ?? []
    }
}

/// What turns the facts about processes into times and shares: clocks and sizes of the host at one moment.
struct ProcessMoment: Sendable {
    /// Seconds since 1970.
    let now: Int
    /// Seconds since boot.
    let uptime: Int
    /// Clock ticks in a second.
    let ticks: Int
    /// Bytes.
    let pageSize: Int
    /// In pages.
    let memory: Int

    init() {
        var boot = timespec()
        clock_gettime(CLOCK_BOOTTIME, &boot)
        now = time(nil)
        uptime = boot.tv_sec
        ticks = max(1, Int(sysconf(Int32(_SC_CLK_TCK))))
        pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))
        memory = max(1, Int(sysconf(Int32(_SC_PHYS_PAGES))))
    }

    /// Seconds since 1970.
    func start(of process: ProcessFacts) -> Int { now - uptime + process.started / ticks }

    /// Seconds since it was started.
    func age(of process: ProcessFacts) -> Int { max(0, uptime - process.started / ticks) }

    /// Seconds on a processor.
    func processorSeconds(of process: ProcessFacts) -> Int { process.processorTime / ticks }

    /// Thousandths of one processor's time since the process was started.
    func processorShare(of process: ProcessFacts) -> Int {
        process.processorTime * 1000 / ticks / max(1, age(of: process))
    }

    /// Thousandths of the host's memory.
    func memoryShare(of process: ProcessFacts) -> Int { process.residentSize * 1000 / memory }
}

extension StringProtocol {
    /// Without white space at either end.
    fileprivate var withoutMargins: String {
        var rest = self[...]
        while let first = rest.first, first.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return String(rest)
    }
}
