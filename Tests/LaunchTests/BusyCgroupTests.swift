import Foundation
import Glibc
import LaunchPlan
import Runtime
import Testing

import struct LaunchPlan.ExitStatus

/// A container that manages cgroups below its own, as systemd does.
@Suite(.enabled(if: getuid() == 0, "needs root")) struct BusyCgroupTests {
    private static func words(_ path: String) -> [String] {
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.split(whereSeparator: \.isWhitespace).map(String.init)
    }

    private static let controllers = Shared.unifiedHierarchy.map { words($0 + "/cgroup.controllers") } ?? []

    private func write(_ text: String, to path: String) throws {
        try text.write(toFile: path, atomically: false, encoding: .utf8)
    }

    @Test(.enabled(if: !controllers.isEmpty, "the v2 hierarchy has no controllers"))
    func execJoinsTheCgroupThatInitHasMovedTo() throws {
        let base = try #require(Shared.unifiedHierarchy)
        let inUse = Self.words(base + "/cgroup.subtree_control")
        let controller = inUse.first ?? Self.controllers[0]
        if inUse.isEmpty { try write("+" + controller, to: base + "/cgroup.subtree_control") }
        defer { if inUse.isEmpty { try? write("-" + controller, to: base + "/cgroup.subtree_control") } }
        let cgroup = base + "/berth-busy-\(getpid())"
        for name in ["", "/init.scope"] { try #require(mkdir(cgroup + name, 0o755) == 0) }
        defer { for name in ["/init.scope", ""] { #expect(rmdir(cgroup + name) == 0) } }

        let box = try TestContainer()
        var plan = box.plan(["sleep", "100"])
        plan.cgroup.cloneDirectory = cgroup
        let process = try Shared.launcher.launch(plan, socketPath: box.socketPath)
        try write("\(process.pid)", to: cgroup + "/init.scope/cgroup.procs")
        try write("+" + controller, to: cgroup + "/cgroup.subtree_control")

        let exec = try TestContainer()
        var entering = LaunchPlan(
            containerID: "test",
            process: .init(arguments: ["grep", "^0::", "/proc/self/cgroup"], environment: ["PATH=/bin"]))
        entering.execTarget = .init(pid: process.pid, startTime: process.startTime)
        entering.cgroup.cloneDirectory = cgroup
        entering.log.path = exec.logPath
        #expect(try exec.run(entering).code == 0)
        #expect(try exec.logged("stdout").hasSuffix("/berth-busy-\(getpid())/init.scope\n"))
        try box.socket.signal(SIGKILL)
        #expect(box.ended(process)?.code == 137)
    }
}
