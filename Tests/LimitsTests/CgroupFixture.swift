import Glibc
import Runtime
import Testing

/// A parent cgroup of the test's own, with what was made in it to be taken away by `clean`.
struct CgroupFixture {
    let layout: CgroupLayout
    let parent: String

    init(_ layout: CgroupLayout? = nil) throws {
        self.layout = try layout ?? Cgroups.detect()
        parent = "/berth-limits-test-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    }

    func clean() {
        for name in layout.list(parent: parent) {
            let cgroup = layout.cgroup(parent: parent, name: name)
            try? cgroup.kill()
            try? cgroup.remove()
        }
        try? layout.removeParent(parent)
    }

    func make(
        _ name: String = "c", _ limits: CgroupLimits = CgroupLimits(), devices: DevicePolicy = .unrestricted
    ) throws -> Cgroup {
        try layout.create(parent: parent, name: name, limits: limits, devices: devices)
    }

    /// The empty v2 tree that a host with v1 may have beside; nil where there is none.
    static var v2: CgroupLayout? {
        let path = "/sys/fs/cgroup/unified"
        guard access(path + "/cgroup.procs", F_OK) == 0 else { return nil }
        let line = "41 31 0:38 / \(path) rw,relatime - cgroup2 cgroup2 rw\n"
        return try? Cgroups.layout(mountinfo: line, systemd: false)
    }
}

/// Starts a shell that enters the cgroup by itself and then runs `script`. Returns its process id.
func start(_ script: String, in cgroup: Cgroup) throws -> pid_t {
    let entry = cgroup.entry
    let files = entry.selfJoinFiles + (entry.cloneDirectory.map { [$0 + "/cgroup.procs"] } ?? [])
    let joining = files.map { "echo 0 > \($0) || exit 99; " }.joined()
    let words = ["/bin/sh", "-c", joining + script]
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
    arguments.append(nil)
    defer { arguments.forEach { free($0) } }
    var process: pid_t = 0
    let result = posix_spawn(&process, "/bin/sh", nil, nil, &arguments, environ)
    try #require(result == 0)
    return process
}

/// Waits for the end. The exit status, or minus the signal.
func end(of process: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    return status & 0x7f == 0 ? (status >> 8) & 0xff : -(status & 0x7f)
}

/// Waits up to five seconds until the condition holds.
func eventually(_ condition: () -> Bool) -> Bool {
    for _ in 0..<2500 {
        if condition() { return true }
        usleep(2000)
    }
    return false
}

func content(_ cgroup: Cgroup, _ controller: String, _ file: String) throws -> String {
    let directory = try #require(cgroup.directory(of: controller))
    return try ControlFile.read(directory + "/" + file).split(whereSeparator: \.isWhitespace).joined(separator: " ")
}

/// Whether this host is driven through v1, with the controllers that tests set.
let hasV1: Bool = {
    guard let layout = try? Cgroups.detect() else { return false }
    return layout.version == .v1 && layout.features.memoryLimit && layout.features.pids && layout.features.freezer
        && getuid() == 0
}()
