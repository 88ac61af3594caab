import Foundation
import Glibc
import LaunchPlan
import Runtime
import Testing

import struct LaunchPlan.ExitStatus

/// Processes that enter a PID namespace in which others are already.
@Suite(.enabled(if: getuid() == 0, "needs root")) struct VisibleProcessTests {
    /// A container that sleeps, and its end.
    private func withContainer(
        _ change: (inout LaunchPlan) -> Void = { _ in }, _ body: (RunningProcess) throws -> Void
    ) throws {
        let box = try TestContainer()
        var plan = box.plan(["sleep", "100"])
        change(&plan)
        let process = try Shared.launcher.launch(plan, socketPath: box.socketPath)
        defer {
            try? box.socket.signal(SIGKILL)
            _ = box.ended(process)
        }
        try body(process)
    }

    private func execPlan(_ process: RunningProcess, _ script: String, log: TestContainer) -> LaunchPlan {
        var plan = LaunchPlan(
            containerID: "test", process: .init(arguments: ["sh", "-c", script], environment: ["PATH=/bin"]))
        plan.execTarget = .init(pid: process.pid, startTime: process.startTime)
        plan.log.path = log.logPath
        return plan
    }

    private func parent(of pid: Int32) throws -> Int32 {
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("PPid:") })
        return try #require(Int32(line.dropFirst(5).trimmingCharacters(in: .whitespaces)))
    }

    @Test func theMonitorIsTheParentAndKnowsTheNumber() throws {
        try withContainer { process in
            let exec = try TestContainer()
            let started = try Shared.launcher.launch(
                execPlan(process, "exec sleep 100", log: exec), socketPath: exec.socketPath)
            #expect(try parent(of: started.pid) == started.channel.monitorPID)
            #expect(try String(contentsOfFile: "/proc/\(started.pid)/comm", encoding: .utf8) != "berth-monitor\n")
            #expect(try exec.socket.query().pid == started.pid)
            #expect(try exec.socket.query().startTime == started.startTime)
            try exec.socket.signal(SIGKILL)
            #expect(exec.ended(started)?.code == 137)
        }
    }

    /// Answers EPERM to clone(2), clone3(2), fork(2) and vfork(2); allows the rest.
    private var withoutClone: [UInt8] {
        func instruction(_ code: UInt16, _ yes: UInt8, _ no: UInt8, _ value: UInt32) -> [UInt8] {
            var bytes: [UInt8] = []
            withUnsafeBytes(of: code.littleEndian) { bytes += $0 }
            bytes += [yes, no]
            withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
            return bytes
        }
        #if arch(x86_64)
            let calls: [UInt32] = [56, 57, 58, 435]
        #else
            let calls: [UInt32] = [220, 435]
        #endif
        var program = instruction(0x20, 0, 0, 0)
        for (index, call) in calls.enumerated() {
            program += instruction(0x15, UInt8(calls.count - index), 0, call)
        }
        return program + instruction(0x06, 0, 0, 0x7FFF_0000) + instruction(0x06, 0, 0, 0x0005_0001)
    }

    @Test(arguments: [true, false]) func aFilterThatForbidsCloneForbidsItToTheProcessAlone(
        _ noNewPrivileges: Bool
    ) throws {
        try withContainer { process in
            let exec = try TestContainer()
            var plan = execPlan(process, "echo runs; /bin/busybox true; echo not reached", log: exec)
            plan.process.seccomp = withoutClone
            plan.process.noNewPrivileges = noNewPrivileges
            #expect(try exec.run(plan).code != 0)
            #expect(try exec.logged("stdout") == "runs\n")
            #expect(try exec.logged("stderr").contains("fork"))
        }
    }

    @Test(arguments: [LaunchPlan.Namespace.Kind.pid, .ipc, .network])
    func aNamespaceOfAnotherProcessOfThatNumberIsNotJoined(_ kind: LaunchPlan.Namespace.Kind) throws {
        try withContainer { process in
            let box = try TestContainer()
            var plan = box.plan(["true"])
            plan.namespaces.removeAll { $0.kind == kind }
            plan.namespaces.append(.join(kind, of: .init(pid: process.pid, startTime: process.startTime + 1)))
            let error = #expect(throws: LaunchError.self) { try box.run(plan) }
            #expect(error?.isEndOfTarget == true)
            #expect(error?.text == "process \(process.pid) has ended: no such process")
            plan.namespaces.removeLast()
            plan.namespaces.append(.join(kind, of: .init(pid: process.pid, startTime: process.startTime)))
            #expect(try box.run(plan).code == 0)
        }
    }

    @Test func procOfAJoinedPIDNamespaceIsItsOwn() throws {
        try withContainer { process in
            let box = try TestContainer()
            var plan = box.plan(["sh", "-c", "tr '\\0' ' ' < /proc/1/cmdline; test -d /proc/$$ && echo; touch /proc/x"])
            plan.namespaces.removeAll { $0.kind == .pid }
            plan.namespaces.append(.join(.pid, of: .init(pid: process.pid, startTime: process.startTime)))
            #expect(try box.run(plan).code == 1)
            #expect(try box.logged("stdout") == "sleep 100 \n")
        }
    }

    @Test func procThatIsNotOfTheJoinedNamespaceIsRefused() throws {
        // Its /proc is the host's, where it has a PID namespace of its own.
        try withContainer {
            $0.mounts[0] = .bind("/proc", to: "/proc", recursive: false)
            ($0.maskedPaths, $0.readOnlyPaths) = ([], [])
        } _: { process in
            let box = try TestContainer()
            var plan = box.plan(["true"])
            plan.namespaces.removeAll { $0.kind == .pid }
            plan.namespaces.append(.join(.pid, of: .init(pid: process.pid, startTime: process.startTime)))
            let error = #expect(throws: LaunchError.self) { try box.run(plan) }
            #expect(error?.text.contains("has something else there") == true)
        }
    }

    @Test func execIntoAContainerThatHasEndedSaysSo() throws {
        var target: RunningProcess?
        try withContainer { target = $0 }
        let exec = try TestContainer()
        let error = #expect(throws: LaunchError.self) {
            try exec.run(execPlan(try #require(target), "true", log: exec))
        }
        #expect(error?.isEndOfTarget == true)
    }
}
