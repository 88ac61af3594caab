import Glibc
import Images
import Model
import Testing

/// A new volume's content from the image, when something comes between.
@Suite(.enabled(if: getuid() == 0, "needs root")) struct VolumeFillTests {
    private func image(_ fixture: Fixture) throws -> LayerStack {
        var layer = TarBuilder()
        layer.directory("data/", mode: 0o751)
        layer.file("data/a", "from the image")
        layer.file("data/b", String(repeating: "x", count: 200_000))
        let lease = try fixture.load(try Fixture.archive(layers: [layer.bytes]))
        return try fixture.store.layerStack(of: lease.images[0].id)
    }

    private let copy = ".berth-" + String(repeating: "0f", count: 16)

    /// As a crash leaves it: the journal says how far the copy in the volume, `copy`, had come.
    private func interrupted(_ fixture: Fixture, _ state: String) throws {
        let key = Digest.hex(Digest.sha256(fixture.scratch("v").utf8))
        try Tool.shell("printf %s \(copy) > images/fills/\(key).\(state)", in: fixture.scratch.path)
    }

    @Test func copyThatWasInterruptedIsMadeAnew() throws {
        let fixture = try Fixture()
        let stack = try image(fixture)
        try interrupted(fixture, "partial")
        try Tool.shell("mkdir -p v/\(copy) && echo half > v/\(copy)/a", in: fixture.scratch.path)
        let volume = fixture.scratch("v")
        #expect(try fixture.store.mayCopyUp(layers: stack, upper: nil, path: "/data", to: volume))
        #expect(try fixture.store.copyUp(layers: stack, upper: nil, path: "/data", to: volume))
        #expect(fixture.scratch.listing("v") == ["a", "b"])
        #expect(try content(volume + "/a") == "from the image")
        #expect(try status(volume).st_mode & 0o7777 == 0o751)
        #expect(try !fixture.store.mayCopyUp(layers: stack, upper: nil, path: "/data", to: volume))
        #expect(fixture.scratch.listing("images/fills").isEmpty)
    }

    @Test func completeCopyIsMovedIntoPlaceAfterAnInterruption() throws {
        let fixture = try Fixture()
        let stack = try image(fixture)
        try interrupted(fixture, "complete")
        try Tool.shell(
            """
            mkdir -m 711 -p v/\(copy)/deep && echo moved > v/\(copy)/deep/x
            chmod 711 v/\(copy) && echo copied > v/\(copy)/mine && echo own > v/mine
            """, in: fixture.scratch.path)
        let volume = fixture.scratch("v")
        #expect(try fixture.store.mayCopyUp(layers: stack, upper: nil, path: "/no/such", to: volume))
        #expect(try !fixture.store.copyUp(layers: stack, upper: nil, path: "/no/such", to: volume))
        #expect(Set(["deep", "mine"]).isSubset(of: Set(fixture.scratch.listing("v"))))
        #expect(try content(volume + "/deep/x") == "moved\n")
        #expect(try status(volume).st_mode & 0o7777 == 0o711)
        // What a container has written itself is not replaced.
        #expect(try content(volume + "/mine") == "own\n")
        #expect(!exists(volume + "/" + copy))
        #expect(fixture.scratch.listing("images/fills").isEmpty)
    }

    @Test func journalOfAVolumeThatWasMadeAgainIsNoHindrance() throws {
        for state in ["partial", "complete"] {
            let fixture = try Fixture()
            let stack = try image(fixture)
            try interrupted(fixture, state)
            mkdir(fixture.scratch("v"), 0o755)
            #expect(try fixture.store.copyUp(layers: stack, upper: nil, path: "/data", to: fixture.scratch("v")))
            #expect(fixture.scratch.listing("v") == ["a", "b"])
        }
    }

    @Test func journalThatCouldNotBeWrittenIsNoHindrance() throws {
        let fixture = try Fixture()
        let stack = try image(fixture)
        let key = Digest.hex(Digest.sha256(fixture.scratch("v").utf8))
        try Tool.shell("mkdir v && printf ../../.. > images/fills/\(key).partial", in: fixture.scratch.path)
        #expect(try fixture.store.copyUp(layers: stack, upper: nil, path: "/data", to: fixture.scratch("v")))
        #expect(fixture.scratch.listing("v") == ["a", "b"])
        #expect(fixture.scratch.listing("images/fills").isEmpty)
    }

    /// Names that a container may well give its own files mean nothing.
    @Test func whatAContainerHasMadeIsNeverTakenForACopy() throws {
        let fixture = try Fixture()
        let stack = try image(fixture)
        try Tool.shell(
            "mkdir -p v/.berth-filling v/\(copy) && touch v/.berth-filling/own v/\(copy)/own && ln -s /etc v/.berth-filled",
            in: fixture.scratch.path)
        let volume = fixture.scratch("v")
        let before = fixture.scratch.listing("v")
        #expect(try !fixture.store.mayCopyUp(layers: stack, upper: nil, path: "/data", to: volume))
        #expect(try !fixture.store.copyUp(layers: stack, upper: nil, path: "/data", to: volume))
        #expect(fixture.scratch.listing("v") == before)
    }

    @Test func modesOfSpecialFilesAndLinksWithSeveralNamesAreKept() throws {
        let fixture = try Fixture()
        var layer = TarBuilder()
        layer.directory("data/", mode: 0o755)
        layer.directory("data/d/", mode: 0o700)
        layer.fifo("data/d/p")
        let stack = try fixture.store.layerStack(of: try fixture.load(layer: layer).images[0].id)
        let container = ContainerLayer(root: fixture.scratch("c"))
        try container.create(over: stack)
        try Tool.shell(
            """
            mkdir -p c/upper/data/d && cd c/upper/data/d
            mkfifo set && chmod 4666 set && ln -s target link && ln -P link ../again && ln set ../set2 && mknod -m 604 null c 1 3
            """, in: fixture.scratch.path)
        let volume = fixture.scratch("v")
        mkdir(volume, 0o755)
        #expect(try fixture.store.copyUp(layers: stack, upper: container.upper, path: "/data", to: volume))
        #expect(try status(volume + "/d/set").st_mode == S_IFIFO | 0o4666)
        #expect(try status(volume + "/d/set").st_ino == status(volume + "/set2").st_ino)
        #expect(try status(volume + "/d/link").st_ino == status(volume + "/again").st_ino)
        #expect(try status(volume + "/d/null").st_mode == S_IFCHR | 0o604)
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
        #expect(fixture.scratch.listing("images/fills").isEmpty)
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
