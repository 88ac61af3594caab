import CLinux
import Foundation
import LaunchPlan
import Runtime
import Testing

import struct LaunchPlan.ExitStatus

@Suite(.enabled(if: getuid() == 0, "needs root")) struct UserTests {
    @Test(arguments: [
        ("", [], "0:0:0 10:/root"),
        ("bob", [], "1000:1001:1001 10 50:/home/bob"),
        ("1000", [], "1000:1001:1001 10 50:/home/bob"),
        ("bob:staff", [], "1000:50:50:/home/bob"),
        ("4321", [], "4321:0:0:/"),
        ("4321:77", ["staff", "99"], "4321:77:77 50 99:/"),
    ])
    func userIsLookedUpInTheContainer(user: String, groups: [String], expected: String) throws {
        let box = try TestContainer()
        let text = try box.output(#"echo "$(id -u):$(id -g):$(id -G):$HOME""#) {
            $0.process.user = user
            $0.process.additionalGroups = groups
        }
        #expect(text == expected + "\n")
    }

    @Test(arguments: [
        ("foo", [], "unable to find user foo: no matching entries in passwd file"),
        ("bob:nogroup", [], "unable to find group nogroup: no matching entries in group file"),
        ("", ["nogroup"], "Unable to find group nogroup: no matching entries in group file"),
        ("4294967296", [], "uids and gids must be in range 0-2147483647"),
    ])
    func unknownNamesAreRefusedInDockersWords(user: String, groups: [String], text: String) throws {
        let box = try TestContainer()
        var plan = box.plan(["true"])
        plan.process.user = user
        plan.process.additionalGroups = groups
        let error = #expect(throws: LaunchError.self) { try box.run(plan) }
        #expect(error?.text == text)
    }

    @Test func linkedPasswdFileStaysInTheContainer() throws {
        let box = try TestContainer()
        try FileManager.default.removeItem(atPath: box.lower + "/etc/passwd")
        try "bob:x:7:7::/:/bin/sh\n".write(toFile: box.directory + "/passwd", atomically: false, encoding: .utf8)
        try FileManager.default.createSymbolicLink(
            atPath: box.lower + "/etc/passwd", withDestinationPath: box.directory + "/passwd")
        var plan = box.plan(["true"])
        plan.process.user = "bob"
        let error = #expect(throws: LaunchError.self) { try box.run(plan) }
        #expect(error?.text == "unable to find user bob: no matching entries in passwd file")
    }

    /// Opening the device would fail: there is none of that number.
    @Test func accountFileThatIsADeviceIsNotOpened() throws {
        let box = try TestContainer()
        unlink(box.lower + "/etc/passwd")
        try #require(berth_mknodat(-1, box.lower + "/etc/passwd", S_IFBLK | 0o644, 0, 1) == 0)
        #expect(try box.output("id -u") == "0\n")
    }

    /// All 4 MiB of it name the user, each line another group; or other users.
    @Test func hugeGroupFileIsReadInOnePass() throws {
        let box = try TestContainer()
        var lines = ""
        var number = 100_000
        while lines.utf8.count < 4 << 20 - 32 {
            lines += "g:x:\(number):root\n"
            number += 1
        }
        try lines.write(toFile: box.lower + "/etc/group", atomically: false, encoding: .utf8)
        let start = ContinuousClock.now
        let error = #expect(throws: LaunchError.self) { try box.run(box.plan(["true"])) }
        #expect(error?.text == "too many groups")
        try lines.replacingOccurrences(of: ":root", with: ":toor").write(
            toFile: box.lower + "/etc/group", atomically: false, encoding: .utf8)
        #expect(try box.run(box.plan(["true"])).code == 0)
        #expect(ContinuousClock.now - start < .seconds(30))
    }
}
