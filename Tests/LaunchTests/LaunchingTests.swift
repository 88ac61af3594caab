import Foundation
import Glibc
import LaunchPlan
import Runtime
import Testing

import struct LaunchPlan.ExitStatus

@Suite(.enabled(if: getuid() == 0, "needs root")) struct LaunchingTests {
    @Test func exitCodesAndSignalsAreReported() throws {
        let box = try TestContainer()
        #expect(try box.run(box.plan(["true"])).code == 0)
        #expect(try box.run(box.plan(["sh", "-c", "exit 42"])).code == 42)
        #expect(ExitStatus.read(at: box.exitPath)?.code == 42)
        let process = try Shared.launcher.launch(box.plan(["sleep", "100"]), socketPath: box.socketPath)
        try box.socket.signal(SIGKILL)
        #expect(box.ended(process)?.code == 137)
    }

    @Test(arguments: [
        ("nosuch", 127, #"exec: "nosuch": executable file not found in $PATH"#),
        ("/nosuch", 127, #"exec: "/nosuch": stat /nosuch: no such file or directory"#),
        ("/etc/passwd", 126, #"exec: "/etc/passwd": permission denied"#),
        ("/etc", 126, #"exec: "/etc": is a directory"#),
    ])
    func failedCommandsReadAsDockers(command: String, code: Int32, text: String) throws {
        let box = try TestContainer()
        let error = #expect(throws: LaunchError.self) { try box.run(box.plan([command])) }
        #expect(error?.kind == .process(exitCode: code))
        #expect(error?.text == text)
    }

    @Test func missingInterpreterIsNamedAsTheScript() throws {
        let box = try TestContainer()
        try "#!/no/such\n".write(toFile: box.lower + "/bin/script", atomically: false, encoding: .utf8)
        chmod(box.lower + "/bin/script", 0o755)
        let error = #expect(throws: LaunchError.self) { try box.run(box.plan(["script"])) }
        #expect(error?.kind == .process(exitCode: 127))
        #expect(error?.text == "exec /bin/script: no such file or directory")
    }

    @Test func failedMountNamesItsSourceAndTarget() throws {
        let box = try TestContainer()
        var plan = box.plan(["true"])
        plan.mounts.append(.bind("/no/such/source", to: "/data"))
        let error = #expect(throws: LaunchError.self) { try box.run(plan) }
        #expect(error?.kind == .process(exitCode: 128))
        #expect(error?.text.contains("/no/such/source") == true)
        #expect(error?.text.contains("/data") == true)
        #expect(error?.text.contains("no such file or directory") == true)
    }

    @Test func standsAloneInItsNamespaces() throws {
        let box = try TestContainer()
        let text = try box.output("echo $$; hostname; ls -a /; ls /proc/self/fd; ls /sys/class/net; pwd; umask")
        #expect(text.hasPrefix("1\nbox\n"))
        #expect(text.contains("merged") == false)
        #expect(text.contains("\n0\n1\n2\n3\n") == true)
        #expect(text.contains("\nlo\n/\n0022\n"))
        #expect(FileManager.default.fileExists(atPath: box.upper + "/dev"))
        #expect(try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8).contains(box.directory) == false)
    }

    @Test func reaperIsProcessOneAndPassesStatusAndSignalsOn() throws {
        let box = try TestContainer()
        var plan = box.plan([
            "sh", "-c", "echo $$; (sleep 0.05 & ) ; sleep 0.2; cat /proc/[0-9]*/stat | grep -c ') Z '; exit 7",
        ])
        plan.reaper = true
        #expect(try box.run(plan).code == 7)
        let text = try box.logged("stdout")
        #expect(text == "2\n0\n")
        var waiting = box.plan(["sh", "-c", "trap 'exit 9' TERM; echo ready; while :; do sleep 0.05; done"])
        waiting.reaper = true
        let process = try Shared.launcher.launch(waiting, socketPath: box.socketPath)
        usleep(200_000)
        try box.socket.signal(SIGTERM)
        #expect(box.ended(process)?.code == 9)
    }

    @Test func joinsNamespacesByPath() throws {
        let box = try TestContainer()
        var plan = box.plan(["sh", "-c", "readlink /proc/self/ns/net; readlink /proc/self/ns/uts"])
        plan.hostname = ""
        plan.namespaces = [.new(.mount), .new(.pid), .new(.ipc), .join(.network, "/proc/self/ns/net")]
        // The monitor's own are this process's: the host's.
        try box.run(plan)
        let mine = try ["net", "uts"].map {
            try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/\($0)")
        }
        let text = try box.logged("stdout")
        #expect(text == mine.joined(separator: "\n") + "\n")
    }
}
