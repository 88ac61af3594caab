import Foundation
import Glibc
import Images
import Model
import Testing

/// Archives that try to reach outside, or to make the kernel do so.
@Suite(.enabled(if: getuid() == 0, "needs root")) struct HostileArchiveTests {
    private func refused(_ tar: TarBuilder, _ part: String, _ at: SourceLocation = #_sourceLocation) throws {
        let fixture = try Fixture()
        let error = #expect(throws: BerthError.self, sourceLocation: at) { _ = try fixture.load(layer: tar) }
        #expect(error?.message.contains(part) == true, "\(String(describing: error))", sourceLocation: at)
        #expect(fixture.isEmpty(), "\(fixture.scratch.listing("images"))", sourceLocation: at)
    }

    @Test func parentPathsAreRefused() throws {
        var tar = TarBuilder()
        tar.file("../escaped", "x")
        try refused(tar, "archive entry `../escaped` leaves the root directory")
        var inner = TarBuilder()
        inner.file("a/../../escaped", "x")
        try refused(inner, "leaves the root directory")
    }

    @Test func hardLinksToTheOutsideAreRefused() throws {
        var parent = TarBuilder()
        parent.hardLink("l", to: "../../../../../../etc/passwd")
        try refused(parent, "archive link target `../../../../../../etc/passwd` leaves the root directory")
        var absolute = TarBuilder()
        absolute.hardLink("l", to: "/etc/passwd")
        try refused(absolute, "No such file or directory")
        var through = TarBuilder()
        through.symbolicLink("out", to: "/etc")
        through.hardLink("l", to: "out/passwd")
        try refused(through, "No such file or directory")
    }

    @Test func writesThroughSymbolicLinksStayInside() throws {
        let fixture = try Fixture()
        let outside = fixture.scratch("outside")
        try FileManager.default.createDirectory(atPath: outside, withIntermediateDirectories: false)
        var tar = TarBuilder()
        tar.directory("etc/")
        tar.symbolicLink("absolute", to: "/etc")
        tar.symbolicLink("up", to: "../../../../../../../../etc")
        tar.file("absolute/one", "1")
        tar.file("up/two", "2")
        let root = try fixture.directory(try fixture.load(layer: tar))
        #expect(try content(root + "/etc/one") == "1" && content(root + "/etc/two") == "2")
        #expect(!exists("/etc/one") && !exists("/etc/two"))

        var dangling = TarBuilder()
        dangling.symbolicLink("out", to: outside)
        dangling.file("out/three", "3")
        try refused(dangling, "make directory `out`: File exists")
        #expect(fixture.scratch.listing("outside").isEmpty)
    }

    @Test func aFileDoesNotWriteThroughALinkOfItsName() throws {
        let fixture = try Fixture()
        let victim = try fixture.scratch.write("victim", Array("untouched".utf8))
        var tar = TarBuilder()
        tar.symbolicLink("f", to: victim)
        tar.file("f", "overwritten", mode: 0o777, uid: 5)
        let root = try fixture.directory(try fixture.load(layer: tar))
        #expect(try content(victim) == "untouched")
        #expect(try status(victim).st_uid == 0)
        #expect(try content(root + "/f") == "overwritten")
    }

    @Test func whiteoutsOfNoFileAreRefused() throws {
        for name in [".wh.", ".wh...", "d/.wh.."] {
            var tar = TarBuilder()
            tar.file(name)
            try refused(tar, "whiteout of no file")
        }
    }

    @Test func damagedArchivesAreRefused() throws {
        var checksum = TarBuilder()
        checksum.file("a", "x")
        checksum.file("b", "y")
        checksum.corrupt(at: 1024 + 3)
        try refused(checksum, "bad header checksum after entry `a`")
        let fixture = try Fixture()
        var cut = TarBuilder()
        cut.file("a", String(repeating: "x", count: 4096))
        let bytes = Array(cut.unfinished.dropLast(1000))
        let error = #expect(throws: BerthError.self) { _ = try fixture.load(try Fixture.archive(layers: [bytes])) }
        #expect(
            error?.message.contains("layer0/layer.tar") == true && error?.message.contains("unexpected end") == true)
        #expect(fixture.isEmpty())
        var unknown = TarBuilder()
        unknown.add("q", type: "Q", mode: 0o644)
        try refused(unknown, "unsupported type \"Q\"")
    }

    @Test func extendedHeadersMayNotLie() throws {
        for (key, value) in [("mtime", "soon"), ("uid", "-1"), ("size", "99999999999999999999"), ("path", "a\u{0}b")] {
            var tar = TarBuilder()
            tar.file("a", "x", pax: [(key, Array(value.utf8))])
            try refused(tar, "read archive")
        }
    }
}
