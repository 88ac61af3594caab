import Foundation
import Images
import Model
import Testing

/// What an archive can make the reader hold in memory.
@Suite(.enabled(if: getuid() == 0, "needs root")) struct ArchiveLimitTests {
    private func bytes(_ count: Int) -> [UInt8] { [UInt8](repeating: UInt8(ascii: "x"), count: count) }

    private func refused(_ tar: TarBuilder, _ part: String, _ at: SourceLocation = #_sourceLocation) throws {
        let fixture = try Fixture()
        let error = #expect(throws: BerthError.self, sourceLocation: at) { _ = try fixture.load(layer: tar) }
        #expect(error?.code == .invalidParameter, sourceLocation: at)
        #expect(error?.message.contains(part) == true, "\(String(describing: error))", sourceLocation: at)
        #expect(fixture.isEmpty(), sourceLocation: at)
    }

    @Test func globalRecordsHoldUntilTheyAreReplacedOrTakenBack() throws {
        let fixture = try Fixture()
        var tar = TarBuilder()
        tar.records([("uid", Array("5".utf8)), ("gid", Array("6".utf8))], type: "g")
        tar.file("both")
        tar.file("own", pax: [("uid", Array("9".utf8))])
        tar.records([("uid", Array("7".utf8)), ("gid", [])], type: "g")
        tar.file("changed")
        let root = try fixture.directory(try fixture.load(layer: tar))
        for (name, uid, gid) in [("both", 5, 6), ("own", 9, 6), ("changed", 7, 0)] {
            let status = try status(root + "/" + name)
            #expect(status.st_uid == uid_t(uid) && status.st_gid == gid_t(gid), "\(name)")
        }
    }

    @Test func whatGlobalRecordsRepeatIsNotKept() throws {
        let fixture = try Fixture()
        var tar = TarBuilder()
        for index in 0..<20 {
            tar.records([("comment", bytes(700_000))], type: "g")
            tar.records([("SCHILY.xattr.user.note", bytes(40_000))], type: "g")
            tar.symbolicLink("link\(index)", to: "nowhere")
        }
        // More than the limits in sum, never at once; a link has no user attributes.
        let root = try fixture.directory(try fixture.load(layer: tar))
        #expect(exists(root + "/link0") && exists(root + "/link19"))
    }

    @Test func tooManyGlobalRecordsAreRefused() throws {
        var tar = TarBuilder()
        for index in 0..<3 { tar.records([("SCHILY.xattr.user.\(index)", bytes(30_000))], type: "g") }
        try refused(tar, "too many global records")
    }

    @Test func tooManyExtendedHeadersOfOneEntryAreRefused() throws {
        var large = TarBuilder()
        large.records([("comment", bytes(1_100_000))], type: "x")
        try refused(large, "extended header of 11")
        var several = TarBuilder()
        for _ in 0..<2 { several.records([("comment", bytes(600_000))], type: "x") }
        try refused(several, "too many extended headers")
    }

    @Test func tooManySparseRegionsAreRefused() throws {
        var blocks = TarBuilder()
        blocks.sparse("s", continuations: 3000)
        try refused(blocks, "too many extended headers")
        for map in [String(repeating: "1", count: 600), "100000\n"] {
            var payload = TarBuilder()
            payload.add(
                "s", type: "0", mode: 0o644, content: Array(map.utf8) + [UInt8](repeating: 48, count: 2048),
                pax: [("GNU.sparse.major", Array("1".utf8)), ("GNU.sparse.minor", Array("0".utf8))])
            try refused(payload, "sparse")
        }
    }

    @Test func namesLongerThanAPathAreRefused() throws {
        for key in ["path", "linkpath"] {
            var tar = TarBuilder()
            tar.add("l", type: "2", mode: 0o777, target: "t", pax: [(key, bytes(5000))])
            try refused(tar, "name of more than 4096 bytes")
        }
    }

    @Test func largeDescriptionsOfAnImageAreRefused() throws {
        let fixture = try Fixture()
        var tar = TarBuilder()
        tar.add("manifest.json", type: "0", mode: 0o644, content: bytes(9 << 20))
        let error = #expect(throws: BerthError.self) { _ = try fixture.load(tar.bytes) }
        #expect(error?.message == "read `manifest.json` in the image archive: \(9 << 20) bytes are too many")
        #expect(fixture.isEmpty())
    }

    @Test func aLayerWithAsManyHeadersAsAllowedIsGivenBackWhole() throws {
        let fixture = try Fixture()
        var tar = TarBuilder()
        for index in 0..<120 { tar.directory("d\(index)/") }
        tar.file("f", "content", pax: [("comment", bytes(1_040_000))])
        let image = try fixture.load(layer: tar).images[0]
        let path = fixture.scratch("saved.tar")
        try Fixture.writing(path) {
            try fixture.store.save([ArchivedImage(id: image.id, references: image.references)], to: $0)
        }
        let other = try ImageStore(root: fixture.scratch("other"))
        #expect(try Fixture.reading(path) { try other.load(from: $0) }.images.map(\.id) == [image.id])
    }

    @Test func aMemberThatIsThereTwiceDoesNotTakeAnothersPlace() throws {
        let fixture = try Fixture()
        var layer = TarBuilder()
        layer.file("hello", "world")
        let config = """
            {"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["\(Digest.sha256(layer.bytes))"]}}
            """
        var tar = TarBuilder()
        tar.file("c.json", "not this one")
        tar.file("c.json", config)
        tar.add("layer.tar", type: "0", mode: 0o644, content: layer.bytes)
        tar.file("manifest.json", #"[{"Config":"c.json","RepoTags":null,"Layers":["layer.tar"]}]"#)
        #expect(try content(fixture.directory(try fixture.load(tar.bytes)) + "/hello") == "world")
    }
}
