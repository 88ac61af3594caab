import Glibc
import Images
import Model
import Testing

/// A new volume's content from the image, when something comes between.
@Suite struct VolumeFillTests {
    private func image(_ fixture: Fixture) throws -> LayerStack {
        var layer = TarBuilder()
        layer.directory("data/", mode: 0o751)
        layer.file("data/a", "from the image")
        layer.file("data/b", String(repeating: "x", count: 200_000))
        let lease = try fixture.load(try Fixture.archive(layers: [layer.bytes]))
        return try fixture.store.layerStack(of: lease.images[0].id)
    }

    @Test func copyThatWasInterruptedIsMadeAnew() throws {
        let fixture = try Fixture()
        let stack = try image(fixture)
        try Tool.shell("mkdir -p v/.berth-filling && echo half > v/.berth-filling/a", in: fixture.scratch.path)
        let volume = fixture.scratch("v")
        #expect(try fixture.store.mayCopyUp(layers: stack, upper: nil, path: "/data", to: volume))
        #expect(try fixture.store.copyUp(layers: stack, upper: nil, path: "/data", to: volume))
        #expect(fixture.scratch.listing("v") == ["a", "b"])
        #expect(try content(volume + "/a") == "from the image")
        #expect(try status(volume).st_mode & 0o7777 == 0o751)
        #expect(try !fixture.store.mayCopyUp(layers: stack, upper: nil, path: "/data", to: volume))
    }

    @Test func completeCopyIsMovedIntoPlaceAfterAnInterruption() throws {
        let fixture = try Fixture()
        let stack = try image(fixture)
        try Tool.shell(
            """
            mkdir -m 711 -p v/.berth-filled/deep && echo moved > v/.berth-filled/deep/x
            chmod 711 v/.berth-filled && echo copied > v/.berth-filled/mine && echo own > v/mine
            """, in: fixture.scratch.path)
        let volume = fixture.scratch("v")
        #expect(try fixture.store.mayCopyUp(layers: stack, upper: nil, path: "/no/such", to: volume))
        #expect(try !fixture.store.copyUp(layers: stack, upper: nil, path: "/no/such", to: volume))
        #expect(Set(["deep", "mine"]).isSubset(of: Set(fixture.scratch.listing("v"))))
        #expect(try content(volume + "/deep/x") == "moved\n")
        #expect(try status(volume).st_mode & 0o7777 == 0o711)
        // What a container has written itself is not replaced.
        #expect(try content(volume + "/mine") == "own\n")
        #expect(!exists(volume + "/.berth-filled"))
    }

    @Test func copyThatFailsTakesOnlyItselfAway() throws {
        let fixture = try Fixture()
        let stack = try image(fixture)
        let volume = fixture.scratch("v")
        mkdir(volume, 0o755)
        try Tool.run("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", volume])
        defer { umount2(fixture.scratch("v"), CInt(MNT_DETACH)) }
        let error = #expect(throws: BerthError.self) {
            try fixture.store.copyUp(layers: stack, upper: nil, path: "/data", to: volume)
        }
        #expect(error?.message.contains("No space left on device") == true)
        #expect(fixture.scratch.listing("v").isEmpty)
    }

    @Test func volumeWithContentIsLeftAlone() throws {
        let fixture = try Fixture()
        let stack = try image(fixture)
        try Tool.shell("mkdir v && echo own > v/own", in: fixture.scratch.path)
        let volume = fixture.scratch("v")
        #expect(try !fixture.store.mayCopyUp(layers: stack, upper: nil, path: "/data", to: volume))
        #expect(try !fixture.store.copyUp(layers: stack, upper: nil, path: "/data", to: volume))
        #expect(fixture.scratch.listing("v") == ["own"])
    }
}
