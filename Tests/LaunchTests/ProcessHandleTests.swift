import Foundation
import Glibc
import LaunchPlan
import Runtime
import Testing

/// A process is named by its number and the time at which it started.
@Suite(.enabled(if: getuid() == 0, "needs root")) struct ProcessHandleTests {
    @Test func signalReachesTheProcessWhoseMonitorIsStopped() throws {
        let box = try TestContainer()
        let process = try Shared.launcher.launch(box.plan(["sleep", "100"]), socketPath: box.socketPath)
        let monitor = try #require(process.handle.monitor)
        #expect(monitor.pid == process.channel.monitorPID)
        #expect(!monitor.isStopped && process.handle.isAlive)
        kill(monitor.pid, SIGSTOP)
        var left = 500
        while !monitor.isStopped, left > 0 {
            usleep(10_000)
            left -= 1
        }
        #expect(monitor.isStopped)
        #expect(try process.handle.signal(SIGKILL))
        #expect(process.handle.wait(seconds: 10))
        #expect(!process.handle.isAlive)
        kill(monitor.pid, SIGCONT)
        #expect(box.ended(process)?.code == 137)
        #expect(try !process.handle.signal(SIGKILL))
        #expect(process.handle.wait(seconds: 0))
    }

    @Test func anotherProcessOfTheSameNumberIsLeftAlone() throws {
        let own = try #require(ProcessHandle(now: getpid()))
        #expect(own.isAlive)
        let earlier = ProcessHandle(pid: own.pid, startTime: own.startTime - 1)
        #expect(!earlier.isAlive && !earlier.isStopped)
        #expect(earlier.monitor == nil && earlier.wait(seconds: 0))
        // It would end the tests.
        #expect(try !earlier.signal(SIGKILL))
        #expect(ProcessHandle(monitor: own.pid) == nil)
    }

    @Test func lostSocketIsMadeAnewAndItsClientsStay() throws {
        let box = try TestContainer()
        var plan = box.plan(["sleep", "100"])
        plan.socket = box.socketPath
        let process = try Shared.launcher.launch(plan, socketPath: box.socketPath)
        let monitor = try #require(process.handle.monitor)
        unlink(box.socketPath)
        #expect(throws: LaunchError.self) { try box.socket.query() }
        try box.socket.renew(by: monitor)
        #expect(try box.socket.query().pid == process.pid)
        let status = try FileManager.default.attributesOfItem(atPath: box.socketPath)
        #expect((status[.posixPermissions] as? Int) == 0o600)
        // One that is there is left alone.
        try box.socket.renew(by: monitor)
        #expect(try box.socket.query().pid == process.pid)
        try box.socket.signal(SIGKILL)
        #expect(box.ended(process)?.code == 137)
    }
}
