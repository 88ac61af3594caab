import Foundation
import Glibc
import Images

/// A real overlay mount of an image, as a container would see it; unmounted with the value.
final class OverlayMount {
    let path: String

    init(_ stack: LayerStack, container: ContainerLayer? = nil, at path: String) throws {
        self.path = path
        mkdir(path, 0o755)
        // mount(8) resolves relative lower directories from its own working directory, as berth's launch does.
        var options = "lowerdir=" + stack.lowerOption
        if let container {
            options += ",upperdir=\(container.upper),workdir=\(container.work)"
        } else if stack.lowerDirectories.count == 1 {
            options += ":empty"
        }
        try Tool.run("mount", ["-t", "overlay", "overlay", "-o", options, path], in: stack.baseDirectory)
    }

    deinit { _ = try? Tool.run("umount", [path]) }

    func listing() throws -> [String] {
        try Tool.shell("find . -mindepth 1 | sort", in: path).split(separator: "\n").map { String($0.dropFirst(2)) }
    }
}
