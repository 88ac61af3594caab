import Foundation
import Images
import Model
import Testing

@Suite(.enabled(if: getuid() == 0, "needs root")) struct SaveTests {
    /// Layers that are hard to give back: replaced files, hard links, sparse files, odd padding, random content.
    private func difficult(in scratch: Scratch) throws -> [[UInt8]] {
        var tar = TarBuilder()
        tar.directory("d/")
        tar.file("d/a", "first")
        tar.hardLink("d/link", to: "d/a")
        tar.file("d/a", "second")
        tar.file("d/b", "b of a directory that goes")
        tar.file("d", "a file")
        tar.file("x", "one")
        tar.file("./x", "two")
        tar.file("long", "y", pax: [("path", Array("Ünï/cödé".utf8))])
        tar.file(".wh.gone", "content in a whiteout")
        try Tool.shell(
            """
            mkdir -p tree/sub && cd tree && dd if=/dev/urandom of=sub/random bs=1000 count=333 2>/dev/null
            truncate -s 2M sparse && printf end >> sparse && ln sub/random again
            tar --sparse --format=pax -cf ../real.tar . && head -c 7777 /dev/zero >> ../real.tar
            """, in: scratch.path)
        return [tar.bytes, [UInt8](try Data(contentsOf: URL(fileURLWithPath: scratch("real.tar"))))]
    }

    private func saved(_ fixture: Fixture) throws -> (path: String, id: String) {
        let lease = try fixture.load(try Fixture.archive(layers: try difficult(in: fixture.scratch), tags: ["hard:1"]))
        let id = lease.images[0].id
        let path = fixture.scratch("saved.tar")
        try Fixture.writing(path) {
            try fixture.store.save([ArchivedImage(id: id, references: lease.images[0].references)], to: $0)
        }
        return (path, id)
    }

    @Test func aSavedImageLoadsWithTheSameID() throws {
        let fixture = try Fixture()
        let (path, id) = try saved(fixture)
        let other = try ImageStore(root: fixture.scratch("other"))
        let images = try Fixture.reading(path) { try other.load(from: $0) }.images
        #expect(images.map(\.id) == [id] && images[0].references.map(\.familiar) == ["hard:1"])
        #expect(try other.size(of: id) == fixture.store.size(of: id))

        // The same archive as an OCI layout alone.
        try Tool.shell(
            """
            mkdir unpacked && tar -xf '\(path)' -C unpacked && rm unpacked/manifest.json
            tar -cf oci.tar -C unpacked .
            """,
            in: fixture.scratch.path)
        let layout = try ImageStore(root: fixture.scratch("layout"))
        let again = try Fixture.reading(fixture.scratch("oci.tar")) { try layout.load(from: $0) }.images
        #expect(again.map(\.id) == [id] && again[0].references.map(\.familiar) == ["hard:1"])
    }

    @Test func changedFilesAreNoticed() throws {
        let fixture = try Fixture()
        var tar = TarBuilder()
        tar.file("f", "content")
        let lease = try fixture.load(layer: tar)
        try Tool.shell("printf CONTENT > '\(try fixture.directory(lease))/f'")
        let error = #expect(throws: BerthError.self) {
            try Fixture.writing(fixture.scratch("saved.tar")) {
                try fixture.store.save([ArchivedImage(id: lease.images[0].id, references: [])], to: $0)
            }
        }
        #expect(error?.message.contains("the unpacked files were changed") == true)
    }

    @Test(.enabled(if: Tool.exists("skopeo"), "skopeo is not installed"))
    func skopeoReadsWhatWasSaved() throws {
        let fixture = try Fixture()
        let (path, id) = try saved(fixture)
        try Tool.run(
            "skopeo", ["--insecure-policy", "copy", "docker-archive:\(path):hard:1", "dir:\(fixture.scratch("dir"))"])
        let manifest = try content(fixture.scratch("dir/manifest.json"))
        #expect(manifest.contains(id))
        try Tool.run(
            "skopeo", ["--insecure-policy", "copy", "oci-archive:\(path)", "dir:\(fixture.scratch("dir2"))"])
        #expect(try content(fixture.scratch("dir2/manifest.json")).contains(id))
    }

    @Test(.enabled(if: Tool.exists("skopeo"), "skopeo is not installed"), arguments: ["docker-archive", "oci-archive"])
    func whatSkopeoWritesLoads(format: String) throws {
        let fixture = try Fixture()
        let (path, id) = try saved(fixture)
        let converted = fixture.scratch("converted.tar")
        try Tool.run(
            "skopeo",
            ["--insecure-policy", "copy", "docker-archive:\(path):hard:1", "\(format):\(converted):example.com/hard:2"])
        let other = try ImageStore(root: fixture.scratch("other"))
        let image = try #require(try Fixture.reading(converted) { try other.load(from: $0) }.images.first)
        #expect(image.references.map(\.familiar) == ["example.com/hard:2"])
        #expect(image.config.rootfs.diffIDs == (try fixture.store.config(of: id)).rootfs.diffIDs)
        #expect(try content(try other.layerStack(of: image.id).absolute[1] + "/x") == "two")
    }
}
