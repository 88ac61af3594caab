import Foundation
import Glibc
import LaunchPlan
import Runtime
import Testing

/// Where monitors run from: what a process could do to it that has come by the file.
@Suite(.enabled(if: getuid() == 0, "needs root")) struct MonitorProgramTests {
    private var monitorPath: String {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path
            + "/berth-monitor"
    }

    private func with(_ launcher: MonitorLauncher, _ body: (String) throws -> Void) throws {
        let box = try TestContainer()
        let process = try launcher.launch(box.plan(["sleep", "100"]), socketPath: box.socketPath)
        defer {
            try? box.socket.signal(SIGKILL)
            _ = box.ended(process)
        }
        try body("/proc/\(try #require(process.channel.monitorPID))/exe")
    }

    private func cause(_ result: Int32) -> Int32 { result < 0 ? errno : 0 }

    @Test func nothingOfItCanBeChangedEvenByTheHostsRoot() throws {
        try with(Shared.launcher) { program in
            #expect(cause(chmod(program, 0)) == EROFS)
            #expect(cause(chown(program, 1, 1)) == EROFS)
            #expect([EROFS, ETXTBSY].contains(cause(open(program, O_WRONLY))))
            #expect(cause(truncate(program, 0)) == EROFS)
            #expect(cause(link(program, "/tmp/berth-monitor-linked")) != 0)
        }
    }

    @Test func nothingElseIsExecutedFromAMonitorsMount() throws {
        try with(Shared.launcher) { program in
            var name = utsname()
            uname(&name)
            let release = withUnsafeBytes(of: &name.release) {
                String(cString: $0.bindMemory(to: CChar.self).baseAddress!)
            }
            let version = release.split(separator: ".").prefix(2).compactMap { Int($0) }
            guard version.count == 2, (version[0], version[1]) >= (6, 15) else { return }
            var child: pid_t = 0
            var arguments: [UnsafeMutablePointer<CChar>?] = [nil]
            #expect(posix_spawn(&child, program, nil, nil, &arguments, nil) == EACCES)
        }
    }

    @Test func withoutSuchMountsEachMonitorHasACopyOfItsOwn() throws {
        let launcher = try MonitorLauncher(monitorPath: monitorPath, warm: 1, mounts: false)
        launcher.refill()
        try with(launcher) { program in
            #expect(
                try FileManager.default.destinationOfSymbolicLink(atPath: program).hasPrefix("/memfd:berth-monitor"))
            #expect([EPERM, ETXTBSY].contains(cause(open(program, O_WRONLY))))
            #expect(chmod(program, 0) == 0)
            try with(launcher) { other in
                var status = stat()
                #expect(stat(other, &status) == 0 && status.st_mode & 0o777 == 0o555)
            }
        }
    }
}
