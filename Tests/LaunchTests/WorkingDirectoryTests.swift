import Foundation
import Glibc
import LaunchPlan
import Runtime
import Testing

import struct LaunchPlan.ExitStatus

@Suite(.enabled(if: getuid() == 0, "needs root")) struct WorkingDirectoryTests {
    @Test func isMadeWhenItIsMissing() throws {
        let box = try TestContainer()
        let text = try box.output("pwd; stat -c '%a %u' .") {
            $0.process.workingDirectory = "/srv/new/dir"
            $0.process.user = "bob"
        }
        #expect(text == "/srv/new/dir\n755 0\n")
    }

    @Test func isMadeBeforeTheRootBecomesReadOnly() throws {
        let box = try TestContainer()
        let text = try box.output("pwd; touch x 2>&1") {
            $0.process.workingDirectory = "/srv/new"
            $0.readOnlyRoot = true
        }
        #expect(text == "/srv/new\ntouch: x: Read-only file system\n")
    }

    @Test func isMadeInAMountOfTheContainers() throws {
        let box = try TestContainer()
        let text = try box.output("pwd") { $0.process.workingDirectory = "/dev/shm/new" }
        #expect(text == "/dev/shm/new\n")
        #expect(!FileManager.default.fileExists(atPath: box.upper + "/dev/shm"))
    }

    @Test func ofAnExecIsNotMade() throws {
        let box = try TestContainer()
        let process = try Shared.launcher.launch(box.plan(["sleep", "100"]), socketPath: box.socketPath)
        let exec = try TestContainer()
        var plan = LaunchPlan(
            containerID: "test",
            process: .init(arguments: ["true"], environment: ["PATH=/bin"], workingDirectory: "/nowhere"))
        plan.execTarget = .init(pid: process.pid, startTime: process.startTime)
        let error = #expect(throws: LaunchError.self) { try exec.run(plan) }
        #expect(error?.kind == .process(exitCode: 126))
        #expect(error?.text == "chdir to cwd (\"/nowhere\") set in config.json failed: no such file or directory")
        #expect(!FileManager.default.fileExists(atPath: box.upper + "/nowhere"))
        try box.socket.signal(SIGKILL)
        #expect(box.ended(process)?.code == 137)
    }
}
