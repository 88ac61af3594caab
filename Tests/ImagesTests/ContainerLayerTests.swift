import Foundation
import Glibc
import Images
import Model
import Testing

@Suite(.enabled(if: getuid() == 0, "needs root")) struct ContainerLayerTests {
    private func image(_ fixture: Fixture) throws -> LayerStack {
        var bottom = TarBuilder()
        bottom.directory("data/", mode: 0o750, uid: 5, gid: 6, modified: 4242)
        bottom.file(
            "data/f", "from below", mode: 0o4711, uid: 7, gid: 8, pax: [("SCHILY.xattr.user.k", Array("v".utf8))])
        bottom.hardLink("data/g", to: "data/f")
        bottom.file("data/gone", "x")
        bottom.symbolicLink("link", to: "/data")
        bottom.symbolicLink("data/abs", to: "/etc/passwd")
        var top = TarBuilder()
        top.directory("data/", mode: 0o750, uid: 5, gid: 6, modified: 4242)
        top.file("data/.wh.gone")
        top.file("data/sub/new", "from above")
        top.fifo("data/p")
        let lease = try fixture.load(try Fixture.archive(layers: [bottom.bytes, top.bytes]))
        return try fixture.store.layerStack(of: lease.images[0].id)
    }

    @Test func copyUpFillsANewVolume() throws {
        let fixture = try Fixture()
        let stack = try image(fixture)
        let container = ContainerLayer(root: fixture.scratch("c"))
        try container.create(over: stack)
        for (path, name) in [("/data", "v1"), ("link", "v2")] {
            let volume = fixture.scratch(name)
            mkdir(volume, 0o777)
            #expect(try fixture.store.copyUp(layers: stack, upper: container.upper, path: path, to: volume))
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: volume).sorted() == ["abs", "f", "g", "p", "sub"])
            let root = try status(volume)
            #expect(
                root.st_mode & 0o7777 == 0o750 && root.st_uid == 5 && root.st_gid == 6 && root.st_mtim.tv_sec == 4242)
            let file = try status(volume + "/f")
            #expect(file.st_mode & 0o7777 == 0o4711 && file.st_uid == 7 && file.st_nlink == 2)
            #expect(try status(volume + "/g").st_ino == file.st_ino)
            #expect(try status(volume + "/p").st_mode & S_IFMT == S_IFIFO)
            #expect(try content(volume + "/sub/new") == "from above")
            #expect(attribute("user.k", of: volume + "/f") == Array("v".utf8))
            // A second time the volume has content.
            #expect(try !fixture.store.copyUp(layers: stack, upper: container.upper, path: path, to: volume))
        }
        #expect(try !Tool.run("cat", ["/proc/self/mountinfo"]).contains(fixture.scratch.path))
        #expect(fixture.scratch.listing("images/tmp").isEmpty)
    }

    @Test func copyUpOfWhatIsNoDirectoryDoesNothing() throws {
        let fixture = try Fixture()
        let stack = try image(fixture)
        let volume = fixture.scratch("v")
        mkdir(volume, 0o777)
        for path in ["/nowhere", "/data/f", "/data/gone", "/data/abs"] {
            #expect(try !fixture.store.copyUp(layers: stack, upper: nil, path: path, to: volume))
        }
        #expect(fixture.scratch.listing("v").isEmpty)
        #expect(try fixture.store.copyUp(layers: stack, upper: nil, path: "/../../data/./sub", to: volume))
        #expect(fixture.scratch.listing("v") == ["new"])
    }

    @Test func aContainerWritesIntoItsOwnLayer() throws {
        let fixture = try Fixture()
        let stack = try image(fixture)
        let container = ContainerLayer(root: fixture.scratch("c"))
        try container.create(over: stack)
        do {
            let mount = try OverlayMount(stack, container: container, at: fixture.scratch("merged"))
            try Tool.shell("printf 12345 > new; ln new again; rm data/f", in: mount.path)
        }
        #expect(container.size() == 5)
        #expect(try content(stack.absolute[1] + "/data/f") == "from below")
        #expect(throws: BerthError.self) { try container.create(over: stack) }
        #expect(exists(container.upper + "/new"))
        let absent = ContainerLayer(root: fixture.scratch("no/such"))
        let error = #expect(throws: BerthError.self) { try absent.create(over: stack) }
        #expect(error?.message.contains("No such file or directory") == true)
    }

    @Test func trashDeletesWhatItGets() throws {
        let scratch = try Scratch()
        let trash = try Trash(directory: scratch("trash"))
        try Tool.shell(
            "mkdir -p c/upper/deep/er c/work && touch c/upper/deep/er/f && chattr +i c/upper/deep/er/f || :",
            in: scratch.path)
        try trash.discard(scratch("c"))
        #expect(!exists(scratch("c")))
        try trash.discard(scratch("c"))
        trash.drain()
        #expect(scratch.listing("trash").isEmpty)
        try Tool.shell("mkdir -p trash/left/over", in: scratch.path)
        trash.empty()
        trash.drain()
        #expect(scratch.listing("trash").isEmpty)
    }

    @Test func trashNeverEntersAMount() throws {
        let scratch = try Scratch()
        try Tool.shell(
            "mkdir -p c/merged/volume mine && echo precious > mine/f && mount --bind mine c/merged/volume",
            in: scratch.path)
        let trash = try Trash(directory: scratch("trash"))
        try trash.discard(scratch("c"))
        trash.drain()
        #expect(try content(scratch("mine/f")) == "precious\n")
        let mounted = scratch.listing("trash").first { $0.hasSuffix("/volume") }
        try Tool.run("umount", [scratch("trash/") + (try #require(mounted))])
        trash.empty()
        trash.drain()
        #expect(scratch.listing("trash").isEmpty)
        #expect(try content(scratch("mine/f")) == "precious\n")
    }
}
