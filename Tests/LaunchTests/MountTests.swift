import Foundation
import Glibc
import LaunchPlan
import Runtime
import Testing

import struct LaunchPlan.ExitStatus

@Suite(.enabled(if: getuid() == 0, "needs root")) struct MountTests {
    @Test func linksOfTheImageDoNotLeadMountsOutOfIt() throws {
        let box = try TestContainer()
        let outside = box.directory + "/outside"
        mkdir(outside, 0o755)
        let data = box.directory + "/data"
        mkdir(data, 0o755)
        try "inside".write(toFile: data + "/file", atomically: false, encoding: .utf8)
        symlink(outside, box.lower + "/absolute")
        symlink("../../../../../../../../.." + outside, box.lower + "/relative")
        let text = try box.output("cat /absolute/file /relative/below/file; readlink /absolute") {
            $0.mounts += [.bind(data, to: "/absolute"), .bind(data, to: "/relative/below")]
        }
        #expect(text == "insideinside" + outside + "\n")
        #expect(try FileManager.default.contentsOfDirectory(atPath: outside).isEmpty)
    }

    @Test func bindsOfFilesAndDirectoriesMakeTheirTargets() throws {
        let box = try TestContainer()
        let data = box.directory + "/data"
        mkdir(data, 0o755)
        try "f".write(toFile: data + "/file", atomically: false, encoding: .utf8)
        let text = try box.output("cat /a/b/file /c/d; touch /a/b/new && touch /ro/x 2>&1; echo y > /c/d; echo $?") {
            $0.mounts += [
                .bind(data, to: "/a/b"), .bind(data + "/file", to: "/c/d"), .bind(data, to: "/ro", readOnly: true),
            ]
        }
        #expect(text == "fftouch: /ro/x: Read-only file system\n0\n")
        #expect(FileManager.default.fileExists(atPath: data + "/new"))
        #expect(try String(contentsOfFile: data + "/file", encoding: .utf8) == "y\n")
    }

    @Test func directoryOntoFileIsRefusedWithItsReason() throws {
        let box = try TestContainer()
        var plan = box.plan(["true"])
        plan.mounts.append(.bind(box.directory + "/upper", to: "/etc/passwd"))
        let error = #expect(throws: LaunchError.self) { try box.run(plan) }
        #expect(error?.text.contains("not a directory") == true)
        #expect(error?.text.contains("Are you trying to mount a directory onto a file (or vice-versa)?") == true)
    }

    /// A volume in which its container has made links: to its own directory, and out of the volume.
    private func volume(_ box: TestContainer) throws -> String {
        let volume = box.directory + "/volume"
        try FileManager.default.createDirectory(atPath: volume + "/a/b", withIntermediateDirectories: true)
        try "inside".write(toFile: volume + "/a/b/file", atomically: false, encoding: .utf8)
        for (name, target) in [("in", "a"), ("out", "/"), ("up", "../../../../../../etc"), ("absolute", "/a")] {
            symlink(target, volume + "/" + name)
        }
        return volume
    }

    @Test(arguments: ["a/b", "in/b"]) func subpathIsMountedInsteadOfItsSource(_ subpath: String) throws {
        let box = try TestContainer()
        let volume = try volume(box)
        #expect(
            try box.output("cat /data/file") { $0.mounts.append(.bind(volume, subpath: subpath, to: "/data")) }
                == "inside")
    }

    @Test(arguments: ["out", "out/etc", "up", "absolute", "..", "a/../..", "/etc"])
    func subpathDoesNotLeaveItsSource(_ subpath: String) throws {
        let box = try TestContainer()
        var plan = box.plan(["true"])
        plan.mounts.append(.bind(try volume(box), subpath: subpath, to: "/data"))
        let error = #expect(throws: LaunchError.self) { try box.run(plan) }
        #expect(
            error?.text.hasSuffix("to rootfs at \"/data\": subpath \"\(subpath)\": path escapes from parent") == true)
    }

    @Test func missingSubpathIsNamed() throws {
        let box = try TestContainer()
        var plan = box.plan(["true"])
        plan.mounts.append(.bind(try volume(box), subpath: "a/nothing", to: "/data"))
        let error = #expect(throws: LaunchError.self) { try box.run(plan) }
        #expect(error?.text.hasSuffix("subpath \"a/nothing\": no such file or directory") == true)
    }

    @Test func fileSystemOfAnotherContainerCanBeShared() throws {
        let owner = try TestContainer()
        let listener = try MonitorListener(path: owner.socketPath)
        let attached = try Attachment(owner.socket, [.stdout])
        let process = try Shared.launcher.launch(
            owner.plan(["sh", "-c", "echo theirs > /dev/shm/file; echo ready; exec sleep 100"]), listener: listener)
        #expect(attached.read(until: "ready") == "ready\n")
        let box = try TestContainer()
        var bind = LaunchPlan.Mount.bind("/dev/shm", to: "/dev/shm", recursive: false)
        bind.owner = .init(pid: process.pid, startTime: process.startTime)
        let text = try box.output("cat /dev/shm/file; ls -d /tmp; pwd") {
            $0.mounts.removeAll { $0.target == "/dev/shm" }
            $0.mounts.append(bind)
        }
        #expect(text == "theirs\n/tmp\n/\n")
        bind.owner?.startTime += 1
        var plan = box.plan(["true"])
        plan.mounts.append(bind)
        let error = #expect(throws: LaunchError.self) { try box.run(plan) }
        #expect(error?.text.contains("has ended") == true)
        try owner.socket.signal(SIGKILL)
        #expect(owner.ended(process)?.code == 137)
    }

    @Test(arguments: [LaunchPlan.Propagation.shared, .slave, .private])
    func mountsTravelAsThePropagationSays(_ propagation: LaunchPlan.Propagation) throws {
        let box = try TestContainer()
        let volume = box.directory + "/volume"
        for name in ["", "/inner", "/outer"] { mkdir(volume + name, 0o755) }
        try #require(mount(volume, volume, "", 4096, nil) == 0 && mount("", volume, "", 1 << 20, nil) == 0)
        defer { umount2(volume, Int32(MNT_DETACH)) }
        var plan = box.plan([
            "sh", "-c",
            "mount -t tmpfs x /volume/inner && echo ready && read x && grep -c /volume/outer /proc/self/mountinfo",
        ])
        plan.process.capabilities = .init(bounding: 1 << 21, permitted: 1 << 21, effective: 1 << 21)
        plan.stdio.openStdin = true
        plan.rootPropagation = propagation
        plan.mounts.append(.bind(volume, to: "/volume", propagation: propagation))
        let listener = try MonitorListener(path: box.socketPath)
        let attached = try Attachment(box.socket, [.stdin, .stdout])
        let process = try Shared.launcher.launch(plan, listener: listener)
        #expect(attached.read(until: "ready") == "ready\n")
        let seen = try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8).contains(volume + "/inner")
        #expect(seen == (propagation == .shared))
        #expect(
            try !String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8).contains(box.directory + "/merged"))
        try #require(mount("y", volume + "/outer", "tmpfs", 0, nil) == 0)
        attached.type("\n")
        _ = box.ended(process)
        #expect(try box.logged("stdout") == (propagation == .private ? "ready\n0\n" : "ready\n1\n"))
        umount2(volume + "/outer", Int32(MNT_DETACH))
        umount2(volume + "/inner", Int32(MNT_DETACH))
    }

    @Test func plainDirectoryCanBeTheRoot() throws {
        let box = try TestContainer()
        let text = try box.output("ls /etc; touch /made") { $0.root = .directory(box.lower) }
        #expect(text == "group\npasswd\n")
        #expect(FileManager.default.fileExists(atPath: box.lower + "/made"))
    }

    @Test func manyLayersFitByTheirShortNames() throws {
        let box = try TestContainer()
        for number in 0..<120 {
            mkdir("\(box.directory)/l\(number)", 0o755)
            try "\(number)".write(toFile: "\(box.directory)/l\(number)/f\(number)", atomically: false, encoding: .utf8)
        }
        let text = try box.output("cat /f0 /f119") {
            $0.root = .overlay(
                base: box.directory, lower: (0..<120).map { "l\($0)" } + ["lower"], upper: "upper", work: "work",
                mountpoint: box.directory + "/merged", options: "")
        }
        #expect(text == "0119")
    }
}
