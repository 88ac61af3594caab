import Glibc
import Images
import Testing

/// Deletions in layers, seen through a real overlay mount.
@Suite(.enabled(if: getuid() == 0, "needs root")) struct WhiteoutTests {
    private func view(_ layers: [TarBuilder]) throws -> [String] {
        let fixture = try Fixture()
        let lease = try fixture.load(try Fixture.archive(layers: layers.map(\.bytes)))
        let stack = try fixture.store.layerStack(of: lease.images[0].id)
        return try OverlayMount(stack, at: fixture.scratch("merged")).listing()
    }

    private var bottom: TarBuilder {
        var tar = TarBuilder()
        tar.directory("d/")
        for name in ["d/one", "d/two", "top", "other"] { tar.file(name, name) }
        return tar
    }

    @Test func whiteoutsHideFilesAndDirectories() throws {
        var top = TarBuilder()
        top.file("d/.wh.one")
        top.file(".wh.top")
        #expect(try view([bottom, top]) == ["d", "d/two", "other"])
        var all = TarBuilder()
        all.file(".wh.d")
        #expect(try view([bottom, all]) == ["other", "top"])
    }

    /// As images have them that were made of another engine's own folders.
    @Test func overlaysOwnWhiteoutInAnArchiveHidesTheOneName() throws {
        var top = TarBuilder()
        top.device("d/one", major: 0, minor: 0)
        top.device("nothing", major: 0, minor: 0)
        top.file("new", "x")
        #expect(try view([bottom, top]) == ["d", "d/two", "new", "other", "top"])
    }

    @Test func opaqueDirectoriesShowOnlyTheirOwn() throws {
        for marksFirst in [true, false] {
            var top = TarBuilder()
            top.directory("d/")
            if marksFirst { top.file("d/.wh..wh..opq") }
            top.file("d/new", "x")
            if !marksFirst { top.file("d/.wh..wh..opq") }
            #expect(try view([bottom, top]) == ["d", "d/new", "other", "top"])
        }
    }

    @Test func aWhiteoutAndItsReplacementInOneLayerAgree() throws {
        for whiteoutFirst in [true, false] {
            var top = TarBuilder()
            if whiteoutFirst { top.file(".wh.d") }
            top.directory("d/")
            top.file("d/new", "x")
            if !whiteoutFirst { top.file(".wh.d") }
            #expect(try view([bottom, top]) == ["d", "d/new", "other", "top"])
        }
        var file = TarBuilder()
        file.file("d", "a file now")
        file.file(".wh.d")
        #expect(try view([bottom, file]) == ["d", "other", "top"])
    }

    @Test func aWhiteoutBeforeAnImpliedDirectoryMakesItOpaque() throws {
        var top = TarBuilder()
        top.file(".wh.d")
        top.file("d/new", "x")
        #expect(try view([bottom, top]) == ["d", "d/new", "other", "top"])
    }

    @Test func aufsMetadataIsLeftOut() throws {
        var top = TarBuilder()
        top.directory(".wh..wh.plnk/")
        top.file(".wh..wh.plnk/1.2", "x")
        top.file(".wh..wh.aufs", "x")
        #expect(try view([bottom, top]) == ["d", "d/one", "d/two", "other", "top"])
    }

    @Test func aHundredAndTwentyFiveLayersMount() throws {
        let layers = (0..<125).map { index in
            var tar = TarBuilder()
            tar.file("f\(index)", "\(index)")
            return tar
        }
        #expect(try view(layers).count == 125)
        let more = layers + Array(repeating: bottom, count: ImageStore.maxLayers - 124)
        #expect(throws: (any Error).self) { try view(more) }
    }
}
