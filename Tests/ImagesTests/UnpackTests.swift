import CLinux
import Foundation
import Glibc
import Images
import Model
import Testing

/// What is on disk after a layer was unpacked.
@Suite(.enabled(if: getuid() == 0, "needs root")) struct UnpackTests {
    @Test func ownersModesTimesAndAttributesAreKept() throws {
        let fixture = try Fixture()
        var tar = TarBuilder()
        tar.directory("d/", mode: 0o2750, uid: 3, gid: 4, modified: 12345)
        let capability: [UInt8] = [1, 0, 0, 2, 0, 4, 0, 0] + [UInt8](repeating: 0, count: 12)
        tar.file(
            "d/f", "hello", mode: 0o4755, uid: 1000, gid: 1001,
            pax: [
                ("mtime", Array("1600000000.123456789".utf8)), ("SCHILY.xattr.user.note", Array("x=y\n".utf8)),
                ("SCHILY.xattr.security.capability", capability),
                ("SCHILY.xattr.trusted.overlay.redirect", Array("/etc".utf8)),
            ])
        tar.hardLink("d/g", to: "d/f")
        tar.symbolicLink("d/l", to: "/etc/passwd")
        tar.device("d/null", major: 1, minor: 3)
        tar.fifo("d/p")
        let lease = try fixture.load(layer: tar)
        let root = try fixture.directory(lease)

        let file = try status(root + "/d/f")
        #expect(file.st_mode == S_IFREG | 0o4755 && file.st_uid == 1000 && file.st_gid == 1001 && file.st_nlink == 2)
        #expect(file.st_mtim.tv_sec == 1_600_000_000 && file.st_mtim.tv_nsec == 123_456_789)
        #expect(try content(root + "/d/g") == "hello")
        #expect(attribute("user.note", of: root + "/d/f") == Array("x=y\n".utf8))
        #expect(attribute("security.capability", of: root + "/d/f") == capability)
        #expect(attribute("trusted.overlay.redirect", of: root + "/d/f") == nil)
        let directory = try status(root + "/d")
        #expect(directory.st_mode == S_IFDIR | 0o2750 && directory.st_uid == 3 && directory.st_gid == 4)
        #expect(directory.st_mtim.tv_sec == 12345)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: root + "/d/l") == "/etc/passwd")
        let device = try status(root + "/d/null")
        #expect(device.st_mode == S_IFCHR | 0o620)
        #expect(berth_major(device.st_rdev) == 1 && berth_minor(device.st_rdev) == 3)
        #expect(try status(root + "/d/p").st_mode == S_IFIFO | 0o600)
        #expect(lease.images[0].size == 5)
    }

    @Test func whatGNUTarWritesComesBackTheSame() throws {
        let fixture = try Fixture()
        let long = String(repeating: "long-directory-name/", count: 9) + String(repeating: "n", count: 120)
        try Tool.run(
            "/bin/sh",
            [
                "-ec",
                """
                mkdir -p tree/'\((long as NSString).deletingLastPathComponent)' && cd tree && echo deep > '\(long)'
                ln -s '\(long)' link; printf 'caf\\303\\251' > "$(printf 'e\\314\\201')"; echo x > "$(printf 'latin\\351')"
                truncate -s 3M sparse; printf data | dd of=sparse bs=1 seek=2000000 conv=notrunc 2>/dev/null
                dd if=/dev/urandom of=random bs=64k count=5 2>/dev/null; ln random again
                chown 1:2 random; chmod 6711 random; touch -d '2001-02-03 04:05:06.789' random
                """,
            ], in: fixture.scratch.path)
        for format in ["gnu", "pax", "posix --sparse", "gnu --sparse", "pax --sparse --sparse-version=0.1"] {
            let options = format.split(separator: " ")
            let name = "layer-\(options.joined(separator: ""))"
            let arguments = ["--format=\(options[0])"] + options.dropFirst().map(String.init)
            try Tool.run("tar", arguments + ["-cf", "../\(name)", "."], in: fixture.scratch("tree"))
            let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: fixture.scratch(name))))
            let lease = try fixture.load(try Fixture.archive(layers: [bytes]))
            let difference = try Tool.shell(
                "diff -r --no-dereference tree '\(try fixture.directory(lease))' && echo same", in: fixture.scratch.path
            )
            #expect(difference == "same\n", "format \(format)")
            let file = try status(try fixture.directory(lease) + "/random")
            #expect(file.st_mode & 0o7777 == 0o6711 && file.st_uid == 1 && file.st_nlink == 2)
            if !format.hasPrefix("gnu") { #expect(file.st_mtim.tv_nsec == 789_000_000) }
        }
    }

    @Test func impliedDirectoriesTakeTheAttributesOfTheLayerBelow() throws {
        let fixture = try Fixture()
        var bottom = TarBuilder()
        bottom.directory("srv/", mode: 0o1770, uid: 7, gid: 8)
        var top = TarBuilder()
        top.file("srv/new", "x")
        top.file("opt/new", "x")
        let lease = try fixture.load(try Fixture.archive(layers: [bottom.bytes, top.bytes]))
        let root = try fixture.directory(lease)
        let below = try status(root + "/srv")
        #expect(below.st_mode & 0o7777 == 0o1770 && below.st_uid == 7 && below.st_gid == 8)
        #expect(try status(root + "/opt").st_mode & 0o7777 == 0o755)
    }

    @Test func laterEntriesReplaceEarlierOnes() throws {
        let fixture = try Fixture()
        var tar = TarBuilder()
        tar.file("a", "first")
        tar.directory("b/")
        tar.file("b/inside", "gone")
        tar.file("a", "second")
        tar.file("b", "now a file")
        tar.symbolicLink("c", to: "a")
        tar.directory("c/")
        let root = try fixture.directory(try fixture.load(layer: tar))
        #expect(try content(root + "/a") == "second")
        #expect(try content(root + "/b") == "now a file")
        #expect(try status(root + "/c").st_mode & S_IFMT == S_IFDIR)
    }
}
