import Images
import Testing

/// Image configurations that say less than usual.
@Suite struct SpareConfigTests {
    private func load(_ config: String, layers: String = "null") throws -> (fixture: Fixture, image: StoredImage) {
        let fixture = try Fixture()
        var tar = TarBuilder()
        tar.file("c.json", config)
        tar.file("manifest.json", #"[{"Config":"c.json","RepoTags":["spare:1"],"Layers":\#(layers)}]"#)
        let lease = try fixture.load(tar.bytes)
        return (fixture, lease.images[0])
    }

    @Test(arguments: [
        #"{"rootfs":{"type":"layers"}}"#, #"{"rootfs":{"type":"layers","diff_ids":null},"architecture":"","os":""}"#,
        #"{"rootfs":{},"architecture":null,"os":null,"history":null,"config":null,"created":null}"#,
    ]) func whatIsLeftOutIsTheHosts(config: String) throws {
        let (fixture, image) = try load(config)
        let record = image.record()
        #expect(record.architecture == HostPlatform.architecture && record.os == "linux")
        #expect(record.tags == ["spare:1"] && record.diffIDs.isEmpty && record.size == 0)
        #expect(try fixture.store.layerStack(of: image.id).lowerDirectories == ["empty"])
        #expect(try fixture.store.history(of: image.id).isEmpty)
    }

    @Test func aConfigurationWithoutRootFSIsRefused() throws {
        #expect(throws: (any Error).self) { try load(#"{"architecture":"amd64","os":"linux"}"#) }
        #expect(throws: (any Error).self) { try load(#"{"rootfs":{"type":"base"}}"#) }
    }
}
