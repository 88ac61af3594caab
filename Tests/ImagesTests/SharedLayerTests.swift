import Glibc
import Images
import Testing

/// What images have in common.
@Suite(.enabled(if: getuid() == 0, "needs root")) struct SharedLayerTests {
    private func layer(_ name: String) -> [UInt8] {
        var tar = TarBuilder()
        tar.file(name, name)
        return tar.bytes
    }

    @Test func sharedSizeIsThatOfLayersWhichOthersHaveToo() throws {
        let fixture = try Fixture()
        var ids: [String: String] = [:]
        for (name, layers) in [
            ("one", ["common", "a"]), ("two", ["common", "bcd"]), ("alone", ["single"]),
            // A layer is another one when it stands on another.
            ("reversed", ["a", "common"]),
        ] {
            let lease = try fixture.load(try Fixture.archive(layers: layers.map(layer), tags: ["\(name):1"]))
            ids[name] = lease.images[0].id
            lease.keepAlive()
        }
        let all = fixture.store.sharedSizes(of: Array(ids.values))
        #expect(ids.mapValues { all[$0] } == ["one": 6, "two": 6, "alone": 0, "reversed": 0])
        let one = try #require(ids["one"])
        #expect(fixture.store.sharedSizes(of: [one, "sha256:absent"]) == [one: 0])
    }
}
