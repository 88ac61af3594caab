import Glibc
import Images
import Model
import Testing

@Suite(.enabled(if: getuid() == 0, "needs root")) struct RemovalTests {
    private func layer(_ name: String) -> TarBuilder {
        var tar = TarBuilder()
        tar.file(name, name)
        return tar
    }

    @Test func sharedLayersStayUntilTheirLastImageGoes() throws {
        let fixture = try Fixture()
        let shared = layer("shared").bytes
        var ids: [String] = []
        for name in ["one", "two"] {
            let lease = try fixture.load(try Fixture.archive(layers: [shared, layer(name).bytes], tags: ["\(name):1"]))
            ids.append(lease.images[0].id)
            lease.keepAlive()
        }
        #expect(fixture.store.layersSize() == 12)
        let first = try fixture.store.removeUnreferenced { [ids[1]] }
        #expect(first.images == [ids[0]] && first.layers.count == 1 && first.bytes == 3)
        #expect(try content(try fixture.store.layerStack(of: ids[1]).absolute[1] + "/shared") == "shared")
        #expect(throws: BerthError.notFound("No such image: \(ids[0])")) { try fixture.store.config(of: ids[0]) }
        let second = try fixture.store.removeUnreferenced { [] }
        #expect(second.layers.count == 2 && second.layers.last == Digest.sha256(shared))
        #expect(fixture.isEmpty())
    }

    @Test func aLeaseKeepsWhatNoRecordNamesYet() throws {
        let fixture = try Fixture()
        let lease = try fixture.load(layer: layer("x"))
        #expect(try fixture.store.removeUnreferenced { [] } == RemovedContent())
        #expect(exists(try fixture.directory(lease) + "/x"))
        lease.keepAlive()
    }

    @Test func theStoreComesBackAfterARestartAndSweeps() throws {
        let fixture = try Fixture()
        let kept = try fixture.load(layer: layer("kept"))
        let id = kept.images[0].id
        let lost = try fixture.load(layer: layer("lost"))
        kept.keepAlive()
        lost.keepAlive()
        try Tool.shell(
            "mkdir -p images/tmp/half/diff/a images/layers/0123456789ab/diff && echo x > images/tmp/half/diff/a/f",
            in: fixture.scratch.path)
        let restarted = try ImageStore(root: fixture.scratch("images"))
        let removed = try restarted.sweep(keeping: [id])
        #expect(removed.images == [lost.images[0].id])
        #expect(try content(try restarted.layerStack(of: id).absolute[0] + "/kept") == "kept")
        #expect(fixture.scratch.listing("images/tmp").isEmpty)
        #expect(!exists(fixture.scratch("images/layers/0123456789ab")))
    }

    @Test func aDamagedConfigurationStopsTheRemoval() throws {
        let fixture = try Fixture()
        var id = ""
        do { id = try fixture.load(layer: layer("x")).images[0].id }
        let blob = fixture.scratch("images/blobs/sha256/\(id.dropFirst(7))")
        try Tool.shell("echo >> '\(blob)'")
        let restarted = try ImageStore(root: fixture.scratch("images"))
        let error = #expect(throws: BerthError.self) { try restarted.removeUnreferenced { [id] } }
        #expect(error?.message.contains("damaged") == true)
        #expect(fixture.scratch.listing("images/layers").contains { $0.hasSuffix("/x") })
    }
}
