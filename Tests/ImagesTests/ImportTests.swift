import Glibc
import Images
import Model
import Testing

@Suite(.enabled(if: getuid() == 0, "needs root")) struct ImportTests {
    @Test func aRootFileSystemBecomesAnImage() throws {
        let fixture = try Fixture()
        var tar = TarBuilder()
        tar.directory("./", mode: 0o711)
        tar.file("bin/sh", "#!")
        let path = try fixture.scratch.write("rootfs.tar", tar.bytes)
        try Tool.shell("gzip '\(path)'")
        var options = ImportOptions()
        options.reference = try ImageReference(parsing: "imported")
        options.message = "by a test"
        options.changes = [
            "CMD echo hi", #"ENTRYPOINT ["/bin/sh", "-x"]"#, #"ENV A=1 B="two words" C=x\ y"#, "ENV A 2 three",
            "EXPOSE 80 53/udp 8000-8002", #"LABEL a.b="c" 'd'=e"#, "USER nobody:nogroup", #"VOLUME ["/data"]"#,
            "VOLUME /x /y", "WORKDIR /srv", "WORKDIR sub/../dir", "STOPSIGNAL SIGQUIT", "ONBUILD RUN true",
            "HEALTHCHECK --interval=1m30s --retries=2 CMD curl localhost",
        ]
        let lease = try Fixture.reading(path + ".gz") { try fixture.store.importRootFS(from: $0, options: options) }
        let record = lease.images[0].record()
        #expect(record.tags == ["imported:latest"] && record.comment == "by a test" && record.size == 2)
        let config = record.config
        #expect(config.cmd?.words == ["/bin/sh", "-c", "echo hi"] && config.entrypoint?.words == ["/bin/sh", "-x"])
        #expect(config.env == ["B=two words", "C=x y", "A=2 three"])
        #expect(config.exposedPorts.keys.sorted() == ["53/udp", "80/tcp", "8000/tcp", "8001/tcp", "8002/tcp"])
        #expect(config.labels == ["a.b": "c", "d": "e"] && config.user == "nobody:nogroup")
        #expect(config.volumes.keys.sorted() == ["/data", "/x", "/y"] && config.workingDir == "/srv/dir")
        #expect(config.stopSignal == "SIGQUIT" && config.onBuild == ["RUN true"])
        #expect(config.healthcheck?.test == ["CMD-SHELL", "curl localhost"])
        #expect(config.healthcheck?.interval == 90_000_000_000 && config.healthcheck?.retries == 2)
        #expect(try fixture.store.config(of: record.id) == lease.images[0].config)
        #expect(try content(try fixture.directory(lease) + "/bin/sh") == "#!")

        let container = ContainerLayer(root: fixture.scratch("container"))
        try container.create(over: try fixture.store.layerStack(of: record.id))
        #expect(try status(container.upper).st_mode & 0o7777 == 0o711)
    }

    @Test(arguments: [
        ("RUN true", "RUN is not a valid change command"), ("FOO x", "unknown instruction: FOO"),
        ("EXPOSE 99999", "invalid containerPort: 99999"), ("EXPOSE 80/xyz", "invalid proto: xyz"),
        ("ENV A", "ENV must have two arguments"), ("USER", "USER requires at least one argument"),
        ("HEALTHCHECK --interval=soon CMD x", "invalid duration \"soon\" of --interval"),
    ])
    func badChangesAreRefusedBeforeAnythingIsRead(change: String, message: String) throws {
        let fixture = try Fixture()
        var options = ImportOptions()
        options.changes = [change]
        #expect(throws: BerthError.invalid(message)) { _ = try fixture.store.importRootFS(from: -1, options: options) }
        #expect(fixture.isEmpty())
    }

    @Test func anotherPlatformIsKept() throws {
        let fixture = try Fixture()
        let path = try fixture.scratch.write("rootfs.tar", TarBuilder().bytes)
        var options = ImportOptions()
        options.platform = "linux/arm64/v8"
        let image = try Fixture.reading(path) { try fixture.store.importRootFS(from: $0, options: options) }.images[0]
        #expect(image.config.architecture == "arm64" && image.config.variant == "v8" && image.references.isEmpty)
        options.platform = "windows/amd64"
        #expect(throws: BerthError.self) { _ = try fixture.store.importRootFS(from: -1, options: options) }
    }

    @Test func aDamagedArchiveLeavesNothing() throws {
        let fixture = try Fixture()
        var tar = TarBuilder()
        tar.file("a", String(repeating: "x", count: 5000))
        let path = try fixture.scratch.write("rootfs.tar", Array(tar.unfinished.dropLast(600)))
        #expect(throws: BerthError.self) {
            _ = try Fixture.reading(path) { try fixture.store.importRootFS(from: $0, options: ImportOptions()) }
        }
        #expect(fixture.isEmpty())
    }
}
