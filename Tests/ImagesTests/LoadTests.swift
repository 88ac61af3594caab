import ChildProcess
import Foundation
import Glibc
import Images
import Model
import Testing

@Suite(.enabled(if: getuid() == 0, "needs root")) struct LoadTests {
    private var simple: TarBuilder {
        var tar = TarBuilder()
        tar.file("hello", "world")
        return tar
    }

    @Test func anImageIsWhatItsConfigurationSays() throws {
        let fixture = try Fixture()
        let steps = Steps()
        let archive = try Fixture.archive(
            layers: [simple.bytes], tags: ["test:one", "localhost:5000/test:two"],
            config: [
                "Cmd": ["/bin/true"], "Env": ["A=b"], "WorkingDir": "/srv", "Labels": ["k": "v"], "User": "1:2",
                "ExposedPorts": ["80/tcp": [:] as [String: Any]], "StopSignal": "SIGINT", "Entrypoint": NSNull(),
            ])
        let lease = try fixture.load(archive) { steps.add($0.step) }
        let record = try #require(lease.images.first).record()
        #expect(record.tags == ["test:one", "localhost:5000/test:two"])
        #expect(record.config.cmd?.words == ["/bin/true"] && record.config.env == ["A=b"])
        #expect(record.config.user == "1:2" && record.config.workingDir == "/srv" && record.config.labels == ["k": "v"])
        #expect(record.config.exposedPorts.keys.first == "80/tcp" && record.config.entrypoint == nil)
        #expect(record.config.stopSignal == "SIGINT")
        #expect(record.created == 1_714_979_289_123_456_789)
        #expect(record.size == 5 && record.diffIDs == [Digest.sha256(simple.bytes)])
        #expect(record.lastTagTime > record.created)
        #expect(Digest.sha256(try fixture.store.configBytes(of: record.id)) == record.id)
        #expect(steps.all == [.complete])

        let history = try fixture.store.history(of: record.id)
        #expect(history == [HistoryLine(created: 1_714_979_289, createdBy: "step 0", comment: "", size: 5)])
        let again = try fixture.load(archive) { steps.add($0.step) }
        #expect(again.images[0].id == record.id)
        #expect(steps.all == [.complete, .exists])
    }

    @Test(arguments: ["gzip", "bzip2", "xz", "zstd"])
    func compressedLayersAndArchivesLoad(program: String) throws {
        guard Tool.exists(program) else { try Test.cancel("\(program) is not installed") }
        let fixture = try Fixture()
        let layer = try fixture.scratch.write("layer", simple.bytes)
        try Tool.shell("\(program) -c '\(layer)' > '\(layer).packed'")
        let packed = [UInt8](try Data(contentsOf: URL(fileURLWithPath: layer + ".packed")))
        let archive = try fixture.scratch.write(
            "archive", try Fixture.archive(layers: [simple.bytes], stored: [packed]))
        try Tool.shell("\(program) -c '\(archive)' > '\(archive).packed'")
        let lease = try fixture.load(path: archive + ".packed")
        #expect(try content(try fixture.directory(lease) + "/hello") == "world")
    }

    @Test func loadingReadsFromAPipe() throws {
        let fixture = try Fixture()
        let path = try fixture.scratch.write("archive", try Fixture.archive(layers: [simple.bytes]))
        let process = try ChildProcess("cat", [path], output: .piped)
        let lease = try fixture.store.load(from: process.output)
        #expect(process.wait() == 0)
        #expect(lease.images.map(\.references.first?.familiar) == ["test:latest"])
    }

    @Test func aWrongDiffIDIsRefused() throws {
        let fixture = try Fixture()
        let wrong = "sha256:" + String(repeating: "0", count: 64)
        let archive = try Fixture.archive(
            layers: [simple.bytes, simple.bytes], diffIDs: [Digest.sha256(simple.bytes), wrong])
        let error = #expect(throws: BerthError.self) { _ = try fixture.load(archive) }
        #expect(error?.message.contains("layer1/layer.tar") == true && error?.message.contains(wrong) == true)
        #expect(fixture.isEmpty(), "the layer below went too")
    }

    @Test func damagedCompressionIsRefused() throws {
        let fixture = try Fixture()
        var tar = TarBuilder()
        tar.file("random", String((0..<200_000).map { _ in "abcdefghijklmnop".randomElement() ?? "a" }))
        let layer = try fixture.scratch.write("layer", tar.bytes)
        try Tool.shell("gzip -c '\(layer)' > '\(layer).gz'")
        var packed = [UInt8](try Data(contentsOf: URL(fileURLWithPath: layer + ".gz")))
        for offset in 5000..<5100 { packed[offset] ^= 0xff }
        for stored in [packed, Array(packed.prefix(3000))] {
            let error = #expect(throws: BerthError.self) {
                _ = try fixture.load(try Fixture.archive(layers: [tar.bytes], stored: [stored]))
            }
            #expect(error?.code == .invalidParameter)
            #expect(error?.message.contains("`layer0/layer.tar`") == true, "\(String(describing: error))")
            #expect(fixture.isEmpty())
        }
    }

    @Test func whatIsNoImageArchiveIsRefused() throws {
        let fixture = try Fixture()
        for (bytes, part) in [
            (Array("this is no archive, just text that is long enough to be read as a header".utf8), "image archive"),
            ([], "open `manifest.json` in the image archive: No such file or directory"),
            (simple.bytes, "open `manifest.json` in the image archive: No such file or directory"),
        ] {
            let error = #expect(throws: BerthError.self) { _ = try fixture.load(bytes) }
            #expect(
                error?.code == .invalidParameter && error?.message.contains(part) == true,
                "\(String(describing: error))")
        }
        for (manifest, part) in [
            ("{", "read `manifest.json` in the image archive: not valid JSON"),
            (#"[{"Layers": []}]"#, "\"Index 0.Config\" is missing"),
            (#"[{"Config": "nowhere.json", "Layers": []}]"#, "open `nowhere.json`"),
            (#"[{"Config": "manifest.json", "Layers": []}]"#, "read image configuration `manifest.json`"),
        ] {
            var tar = TarBuilder()
            tar.file("manifest.json", manifest)
            let error = #expect(throws: BerthError.self) { _ = try fixture.load(tar.bytes) }
            #expect(error?.message.contains(part) == true, "\(String(describing: error))")
        }
        #expect(fixture.isEmpty())
    }

    @Test func legacyArchivesShareLayersBySymbolicLinks() throws {
        let fixture = try Fixture()
        let config = """
            {"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["\(Digest.sha256(simple.bytes))"]}}
            """
        var tar = TarBuilder()
        tar.directory("aaa/")
        tar.add("aaa/layer.tar", type: "0", mode: 0o644, content: simple.bytes)
        tar.symbolicLink("bbb/layer.tar", to: "../aaa/layer.tar")
        tar.file("c.json", config)
        tar.file("manifest.json", #"[{"Config":"c.json","RepoTags":null,"Layers":["bbb/layer.tar"]}]"#)
        let lease = try fixture.load(tar.bytes)
        #expect(lease.images[0].references.isEmpty)
        #expect(try content(try fixture.directory(lease) + "/hello") == "world")
    }

    @Test func aFullDiskLeavesNothing() throws {
        let scratch = try Scratch()
        let small = scratch("small")
        mkdir(small, 0o755)
        try Tool.run("mount", ["-t", "tmpfs", "-o", "size=3m", "tmpfs", small])
        defer { _ = try? Tool.run("umount", [small]) }
        let store = try ImageStore(root: small + "/images")
        var tar = TarBuilder()
        for index in 0..<8 {
            tar.add("f\(index)", type: "0", mode: 0o644, content: [UInt8](repeating: 7, count: 200_000))
        }
        // The archive itself fits, the files beside it do not.
        let path = try scratch.write("archive", try Fixture.archive(layers: [simple.bytes, tar.bytes]))
        let error = #expect(throws: BerthError.self) {
            _ = try Fixture.reading(path) { try store.load(from: $0) }
        }
        #expect(error?.code == .system && error?.message.contains("No space left on device") == true)
        #expect(scratch.listing("small/images") == ["blobs", "blobs/sha256", "fills", "layers", "layers/empty", "tmp"])
        try Tool.run("mount", ["-o", "remount,size=20m", small])
        let lease = try Fixture.reading(path) { try store.load(from: $0) }
        #expect(lease.images[0].size == 1_600_005)
    }

    @Test func concurrentLoadsOfOneImageAgree() async throws {
        let fixture = try Fixture()
        let path = try fixture.scratch.write("archive", try Fixture.archive(layers: [simple.bytes]))
        let store = fixture.store
        let ids = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<8 {
                group.addTask { try Fixture.reading(path) { try store.load(from: $0) }.images[0].id }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(ids.count == 1)
        #expect(fixture.scratch.listing("images/layers").count { $0.hasSuffix("layer.json") } == 1)
        #expect(fixture.scratch.listing("images/tmp").isEmpty)
    }
}

/// What a load reported, in order.
final class Steps {
    private(set) var all: [LayerProgress.Step] = []

    func add(_ step: LayerProgress.Step) { all.append(step) }
}
