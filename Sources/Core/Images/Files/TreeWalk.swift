import CLinux
import Glibc
import Model

/// The way through a directory tree, however deep it is: without recursion, and without descriptors held on the way.
///
/// Each directory is entered, and left when all of it was visited. It is opened from the root by its path, so that one
/// whose path is longer than PATH_MAX fails to open with "File name too long". Not thread-safe.
struct TreeWalk {
    enum Step {
        case enter
        case leave
    }

    private var pending: [(step: Step, aboveLength: Int, name: [UInt8])] = [(.enter, 0, [])]
    /// Of the directory that the last step is about, from the root, which has none.
    private(set) var path: [UInt8] = []

    /// For messages.
    var text: String { path.isEmpty ? "." : String(decoding: path, as: UTF8.self) }

    /// Goes to the next directory: the root first, those that were added to a directory before it is left.
    /// - Returns: nil at the end.
    mutating func next() -> Step? {
        guard let (step, aboveLength, name) = pending.popLast() else { return nil }
        path.removeLast(path.count - aboveLength)
        if !path.isEmpty { path.append(UInt8(ascii: "/")) }
        path += name
        if step == .enter { pending.append((.leave, aboveLength, name)) }
        return step
    }

    /// Adds a directory in the one that was entered last.
    mutating func add(_ name: FileName) {
        pending.append((.enter, path.count, name.dropLast().map { UInt8(bitPattern: $0) }))
    }

    /// The path of something in the directory that was entered last.
    func path(of name: FileName) -> [UInt8] {
        let bytes = name.dropLast().map { UInt8(bitPattern: $0) }
        return path.isEmpty ? bytes : path + [UInt8(ascii: "/")] + bytes
    }

    /// Opens the directory that the last step is about in the tree below `root`. Symbolic links are not followed, other
    /// mounts not entered.
    func open(below root: Descriptor) throws -> Descriptor {
        let name = FileName(bytes: path.isEmpty ? Array(".".utf8) : path)
        let raw = berth_open_same_mount(root.raw, name, O_RDONLY | O_DIRECTORY, 0)
        guard raw >= 0 else { throw SystemCall.failure("open directory", text) }
        return Descriptor(raw)
    }
}
