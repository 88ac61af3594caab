import Foundation
import Glibc
import Images
import Model
import Synchronization
import Testing

/// Trees that are deeper than stack, descriptors or a path reach.
@Suite(.enabled(if: getuid() == 0, "needs root")) struct DeepTreeTests {
    /// Makes directories inside each other, each with a file of one byte beside the next.
    private func makeChain(below path: String, levels: Int, name: String = "d") throws {
        var directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        for level in 0..<levels {
            let file = openat(directory, "f", O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
            guard file >= 0, write(file, "x", 1) == 1, mkdirat(directory, name, 0o755) == 0 else {
                throw Failure("level \(level): \(String(cString: strerror(errno)))")
            }
            close(file)
            let next = openat(directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            close(directory)
            directory = next
        }
        close(directory)
    }

    @Test func trashDeletesATreeOfAnyDepth() throws {
        let scratch = try Scratch()
        try Tool.shell("mkdir -p c/upper/wide/a/b c/upper/wide/c", in: scratch.path)
        try makeChain(below: scratch("c/upper"), levels: 3000)
        try makeChain(below: scratch("c/upper/wide/c"), levels: 200)
        let failures = Failures()
        let trash = try Trash(directory: scratch("trash")) { failures.add($0) }
        try trash.discard(scratch("c"))
        trash.drain()
        #expect(scratch.listing("trash").isEmpty)
        #expect(failures.all.isEmpty, "\(failures.all)")
    }

    @Test func trashSaysWhatItCannotDelete() throws {
        let scratch = try Scratch()
        try Tool.shell("mkdir -p c/volume c/other mine && mount --bind mine c/volume", in: scratch.path)
        let failures = Failures()
        let trash = try Trash(directory: scratch("trash")) { failures.add($0) }
        try trash.discard(scratch("c"))
        trash.drain()
        #expect(failures.all.count == 1 && failures.all[0].contains("remove `volume`"), "\(failures.all)")
        let left = try #require(scratch.listing("trash").first { $0.hasSuffix("/volume") })
        #expect(!scratch.listing("trash").contains { $0.hasSuffix("/other") })
        try Tool.run("umount", [scratch("trash/") + left])
        trash.empty()
        trash.drain()
        #expect(scratch.listing("trash").isEmpty)
    }

    @Test func sizeCountsWhatAPathReaches() throws {
        let scratch = try Scratch()
        try Tool.shell(
            "mkdir -p c/upper && printf 12345 > c/upper/five && ln c/upper/five c/upper/again", in: scratch.path)
        #expect(ContainerLayer(root: scratch("c")).size() == 5)
        try makeChain(below: scratch("c/upper"), levels: 30, name: String(repeating: "n", count: 250))
        // 16 names of 250 bytes and what separates them are less than 4096 bytes.
        #expect(ContainerLayer(root: scratch("c")).size() == 5 + 17)
        #expect(ContainerLayer(root: scratch("absent")).size() == 0)
    }

    @Test func copyOfATreeThatIsTooDeepIsRefusedAndTakenBack() throws {
        let fixture = try Fixture()
        var layer = TarBuilder()
        layer.directory("data/")
        let stack = try fixture.store.layerStack(of: try fixture.load(layer: layer).images[0].id)
        let container = ContainerLayer(root: fixture.scratch("c"))
        try container.create(over: stack)
        mkdir(container.upper + "/data", 0o755)
        try makeChain(below: container.upper + "/data", levels: 30, name: String(repeating: "n", count: 250))
        let volume = fixture.scratch("v")
        mkdir(volume, 0o755)
        let error = #expect(throws: BerthError.self) {
            try fixture.store.copyUp(layers: stack, upper: container.upper, path: "/data", to: volume)
        }
        #expect(error?.message.contains("File name too long") == true, "\(String(describing: error))")
        #expect(fixture.scratch.listing("v").isEmpty)
    }

    @Test func aDeepTreeIsCopiedWithItsTimes() throws {
        let fixture = try Fixture()
        var layer = TarBuilder()
        let deep = (0..<40).map { "l\($0)" }.joined(separator: "/")
        layer.directory("data/", modified: 1111)
        layer.file("f", "deep down", pax: [("path", Array("data/\(deep)/f".utf8))])
        layer.add("d", type: "5", mode: 0o751, modified: 2222, pax: [("path", Array("data/\(deep)".utf8))])
        let stack = try fixture.store.layerStack(of: try fixture.load(layer: layer).images[0].id)
        let volume = fixture.scratch("v")
        mkdir(volume, 0o755)
        #expect(try fixture.store.copyUp(layers: stack, upper: nil, path: "/data", to: volume))
        #expect(try content("\(volume)/\(deep)/f") == "deep down")
        let directory = try status("\(volume)/\(deep)")
        #expect(directory.st_mode & 0o7777 == 0o751 && directory.st_mtim.tv_sec == 2222)
        #expect(try status(volume).st_mtim.tv_sec == 1111)
    }

    @Test func aLayerMayReplaceADeepDirectoryByAFile() throws {
        let fixture = try Fixture()
        let path = (0..<1000).map { _ in "d" }.joined(separator: "/") + "/f"
        var tar = TarBuilder()
        tar.file("long", "far below", pax: [("path", Array(path.utf8))])
        tar.file("d", "a file now")
        let image = try fixture.load(layer: tar).images[0]
        #expect(try content(fixture.store.layerStack(of: image.id).absolute[0] + "/d") == "a file now")
        let saved = fixture.scratch("saved.tar")
        try Fixture.writing(saved) {
            try fixture.store.save([ArchivedImage(id: image.id, references: image.references)], to: $0)
        }
        let other = try ImageStore(root: fixture.scratch("other"))
        #expect(try Fixture.reading(saved) { try other.load(from: $0) }.images.map(\.id) == [image.id])
    }
}

/// What a trash could not delete.
private final class Failures: Sendable {
    private let texts = Mutex<[String]>([])

    var all: [String] { texts.withLock { $0 } }

    func add(_ text: String) { texts.withLock { $0.append(text) } }
}
