import Foundation
import Glibc
import LaunchPlan
import Runtime
import Testing

/// What an image, or a process in a container, might do to get at the host.
@Suite(.enabled(if: getuid() == 0, "needs root")) struct EscapeTests {
    @Test(arguments: ["proc", "sys", "dev"]) func linkInPlaceOfAKernelDirectoryIsRefused(_ name: String) throws {
        let box = try TestContainer()
        mkdir(box.lower + "/elsewhere", 0o755)
        symlink("/elsewhere", box.lower + "/" + name)
        try expectRefusal(box, of: "/" + name)
    }

    /// The tmpfs on /dev would make /proc a link to nowhere, and all that is to be hidden below it absent.
    @Test func procThatIsALinkByWayOfDevIsRefused() throws {
        let box = try TestContainer()
        for name in ["dev", "elsewhere"] { mkdir(box.lower + "/" + name, 0o755) }
        symlink("/elsewhere", box.lower + "/dev/p")
        symlink("/dev/p", box.lower + "/proc")
        try expectRefusal(box, of: "/proc")
    }

    private func expectRefusal(_ box: TestContainer, of target: String) throws {
        let error = #expect(throws: LaunchError.self) { try box.run(box.plan(["true"])) }
        #expect(error?.kind == .process(exitCode: 128))
        #expect(error?.text.contains("to rootfs at \"\(target)\": filesystem \"") == true)
        #expect(error?.text.contains("must be mounted on ordinary directory") == true)
        #expect(try !String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8).contains(box.directory))
    }

    @Test func noDescriptorCanBeTheWorkingDirectory() throws {
        let box = try TestContainer()
        let cgroup = Shared.unifiedHierarchy.map { "\($0)/berth-escape-\(getpid())" }
        if let cgroup { try #require(mkdir(cgroup, 0o755) == 0) }
        defer { if let cgroup { rmdir(cgroup) } }
        for number in 3..<20 {
            var plan = box.plan(["pwd"])
            plan.cgroup.cloneDirectory = cgroup
            plan.process.workingDirectory = "/proc/self/fd/\(number)"
            let error = #expect(throws: LaunchError.self) { try box.run(plan) }
            #expect(
                error?.text.hasPrefix("chdir to cwd (\"/proc/self/fd/\(number)\") set in config.json failed") == true)
        }
    }

    @Test func workingDirectoryOutsideOfTheContainerIsRefused() throws {
        let box = try TestContainer()
        var plan = box.plan(["pwd"])
        plan.namespaces.removeAll { $0.kind == .pid }
        plan.process.workingDirectory = "/proc/\(getpid())/root"
        let error = #expect(throws: LaunchError.self) { try box.run(plan) }
        #expect(error?.text.contains("is outside of container mount namespace root") == true)
    }

    /// A container that has run `script`, which ends in `echo ready`.
    private func running(_ box: TestContainer, _ script: String, capabilities: UInt64 = 0) throws -> RunningProcess {
        var plan = box.plan(["sh", "-c", script + "; exec sleep 100"])
        plan.process.capabilities.bounding |= capabilities
        plan.process.capabilities.permitted |= capabilities
        plan.process.capabilities.effective |= capabilities
        let listener = try MonitorListener(path: box.socketPath)
        let attached = try Attachment(box.socket, [.stdout])
        let process = try Shared.launcher.launch(plan, listener: listener)
        #expect(attached.read(until: "ready") == "ready\n")
        return process
    }

    private func execPlan(_ process: RunningProcess, _ script: String) -> LaunchPlan {
        var plan = LaunchPlan(
            containerID: "test", process: .init(arguments: ["sh", "-c", script], environment: ["PATH=/bin"]))
        plan.execTarget = .init(pid: process.pid, startTime: process.startTime)
        return plan
    }

    @Test func execDoesNotOpenWhatIsInPlaceOfTheNullDevice() throws {
        let box = try TestContainer()
        let process = try running(box, "rm /dev/null; mknod /dev/null b 7 0 && echo ready")
        let exec = try TestContainer()
        let listener = try MonitorListener(path: exec.socketPath)
        let attached = try Attachment(exec.socket, [.stdout])
        let started = try Shared.launcher.launch(
            execPlan(process, "readlink /proc/self/fd/0; read line; echo $?"), listener: listener)
        let text = attached.read(until: nil)
        #expect(text.hasPrefix("pipe:"))
        #expect(text.hasSuffix("\n1\n"))
        #expect(exec.ended(started)?.code == 0)
        try box.socket.signal(SIGKILL)
        #expect(box.ended(process)?.code == 137)
    }

    @Test func execTrustsNoProcOfTheContainers() throws {
        let box = try TestContainer()
        let process = try running(box, "mount -t tmpfs x /proc && echo ready", capabilities: 1 << 21)
        let exec = try TestContainer()
        var plan = execPlan(process, "exec sleep 100")
        plan.oomScoreAdjust = 321
        let started = try Shared.launcher.launch(plan, socketPath: exec.socketPath)
        #expect(try String(contentsOfFile: "/proc/\(started.pid)/oom_score_adj", encoding: .utf8) == "321\n")
        try exec.socket.signal(SIGKILL)
        #expect(exec.ended(started)?.code == 137)
        try box.socket.signal(SIGKILL)
        #expect(box.ended(process)?.code == 137)
    }
}
