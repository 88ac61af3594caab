import CLinux
import Foundation
import Glibc
import Images

/// A store in a scratch directory, and images made for it on the spot.
struct Fixture {
    let scratch: Scratch
    let store: ImageStore

    init() throws {
        scratch = try Scratch()
        store = try ImageStore(root: scratch("images"))
    }

    /// A docker-archive of one image with these uncompressed layer tars.
    static func archive(
        layers: [[UInt8]], stored: [[UInt8]]? = nil, tags: [String] = ["test:latest"], diffIDs: [String]? = nil,
        config: [String: Any] = ["Cmd": ["/bin/sh"]]
    ) throws -> [UInt8] {
        let document: [String: Any] = [
            "architecture": "amd64", "os": "linux", "created": "2024-05-06T07:08:09.123456789Z", "config": config,
            "rootfs": ["type": "layers", "diff_ids": diffIDs ?? layers.map { Digest.sha256($0) }],
            "history": layers.indices.map { ["created": "2024-05-06T07:08:09Z", "created_by": "step \($0)"] },
        ]
        let bytes = [UInt8](try JSONSerialization.data(withJSONObject: document, options: .sortedKeys))
        let names = layers.indices.map { "layer\($0)/layer.tar" }
        let manifest: [[String: Any]] = [["Config": "config.json", "RepoTags": tags, "Layers": names]]
        var tar = TarBuilder()
        for (name, layer) in zip(names, stored ?? layers) {
            tar.add(name, type: "0", mode: 0o644, content: layer)
        }
        tar.add("config.json", type: "0", mode: 0o644, content: bytes)
        let manifestBytes = [UInt8](try JSONSerialization.data(withJSONObject: manifest))
        tar.add("manifest.json", type: "0", mode: 0o644, content: manifestBytes)
        return tar.bytes
    }

    func load(_ archive: [UInt8], progress: (LayerProgress) -> Void = { _ in }) throws -> ImageLease {
        try load(path: try scratch.write("archive", archive), progress: progress)
    }

    func load(path: String, progress: (LayerProgress) -> Void = { _ in }) throws -> ImageLease {
        try Self.reading(path) { try store.load(from: $0, progress: progress) }
    }

    /// One image whose only layer is this tar.
    func load(layer: TarBuilder) throws -> ImageLease { try load(try Self.archive(layers: [layer.bytes])) }

    /// Where the layer of an image lies, counted from the top.
    func directory(_ lease: ImageLease, _ index: Int = 0) throws -> String {
        try store.layerStack(of: lease.images[0].id).absolute[index]
    }

    /// What a failed load must not leave.
    func isEmpty() -> Bool {
        scratch.listing("images").filter {
            !["blobs", "blobs/sha256", "fills", "layers", "layers/empty", "tmp"].contains($0)
        }.isEmpty
    }

    static func reading<Value>(_ path: String, _ body: (CInt) throws -> Value) throws -> Value {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure("open \(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        return try body(descriptor)
    }

    static func writing(_ path: String, _ body: (CInt) throws -> Void) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure("open \(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        try body(descriptor)
    }
}

/// lstat(2) of a path that must exist.
func status(_ path: String) throws -> stat {
    var status = stat()
    guard lstat(path, &status) == 0 else { throw Failure("lstat \(path): \(String(cString: strerror(errno)))") }
    return status
}

func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
}

func content(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

/// An extended attribute's value, nil if the file has none of the name.
func attribute(_ name: String, of path: String) -> [UInt8]? {
    var value = [UInt8](repeating: 0, count: 256)
    let size = lgetxattr(path, name, &value, value.count)
    return size < 0 ? nil : Array(value[..<size])
}
