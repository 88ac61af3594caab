import CLinux
import Glibc
import Model

/// Reading and deleting directories by descriptor, without following symbolic links.
enum Directory {
    /// The names in the directory open as `descriptor`, without "." and "..".
    static func names(in descriptor: CInt, path: @autoclosure () -> String) throws -> [FileName] {
        var names: [FileName] = []
        try visit(descriptor, path: path()) {
            names.append($0)
            return true
        }
        return names
    }

    /// Whether nothing is in the directory open as `descriptor`. Reads no more of a large one than it needs.
    static func isEmpty(_ descriptor: CInt, path: @autoclosure () -> String) throws -> Bool {
        var isEmpty = true
        try visit(descriptor, path: path()) { _ in
            isEmpty = false
            return false
        }
        return isEmpty
    }

    /// Calls `body` with each name until it returns false.
    private static func visit(
        _ descriptor: CInt, path: @autoclosure () -> String, _ body: (FileName) -> Bool
    ) throws {
        // A descriptor of its own: readdir moves the file position, which dup would share.
        let own = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard own >= 0, let stream = fdopendir(own) else {
            let code = errno
            if own >= 0 { close(own) }
            throw SystemCall.failure("read directory", path(), code)
        }
        defer { closedir(stream) }
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                guard errno == 0 else { throw SystemCall.failure("read directory", path()) }
                return
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { start in
                    FileName(UnsafeBufferPointer(start: start, count: strlen(start) + 1))
                }
            }
            if name != [46, 0], name != [46, 46, 0], !body(name) { return }
        }
    }

    /// The names in the directory at `path`, as text; none if it is missing.
    static func names(at path: String) throws -> [String] {
        guard access(path, F_OK) == 0 else { return [] }
        let directory = try Descriptor.open(path, O_RDONLY | O_DIRECTORY)
        return try names(in: directory.raw, path: path).map(\.text)
    }

    /// Makes the directory if it is missing.
    static func make(_ path: String, mode: mode_t) throws {
        if mkdir(path, mode) < 0, errno != EEXIST { throw SystemCall.failure("make directory", path) }
    }

    /// Gives the directory its mode, whatever the umask was when it was made.
    static func setMode(_ path: String, _ mode: mode_t) throws {
        let directory = try Descriptor.open(path, BERTH_OPEN_PATH | O_DIRECTORY | O_NOFOLLOW)
        if try directory.status(path).st_mode & 0o7777 == mode { return }
        try directory.changeMode(mode, path)
    }

    /// Makes the directory and what is missing above it.
    static func makeAll(_ path: String, mode: mode_t) throws {
        if mkdir(path, mode) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw SystemCall.failure("make directory", path)
        }
        try makeAll(String(path[..<slash]), mode: mode)
        try make(path, mode: mode)
    }

    /// Deletes `name` in the directory `parent`, with everything below it. An absent name is no error.
    ///
    /// Mount points are never entered: one below makes this fail with "Device or resource busy" or "Invalid
    /// cross-device link", after the rest is gone. Immutable and append-only marks are taken off.
    static func remove(_ name: FileName, in parent: CInt) throws {
        if try TreeRemoval.removeSingle(name, in: parent) { return }
        let directory = berth_open_same_mount(parent, name, O_RDONLY | O_DIRECTORY, 0)
        guard directory >= 0 else { throw SystemCall.failure("remove", name.text) }
        try TreeRemoval.empty(Descriptor(directory), name: name.text)
        if unlinkat(parent, name, AT_REMOVEDIR) < 0, errno != ENOENT {
            throw SystemCall.failure("remove directory", name.text)
        }
    }

    /// Deletes all that is in the directory at `path`; an absent one is no error.
    static func empty(at path: String) throws {
        let directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        if directory < 0, errno == ENOENT { return }
        guard directory >= 0 else { throw SystemCall.failure("empty", path) }
        try TreeRemoval.empty(Descriptor(directory), name: path)
    }

    /// Deletes the tree at `path`; an absent one is no error.
    static func remove(at path: String) throws {
        guard let slash = path.lastIndex(of: "/") else { return }
        let parent = try Descriptor.open(String(path[..<slash]) + "/", BERTH_OPEN_PATH | O_DIRECTORY)
        do {
            try remove(FileName(bytes: path[path.index(after: slash)...].utf8), in: parent.raw)
        } catch let error as BerthError {
            throw BerthError(error.code, "remove `\(path)`: \(error.message)")
        }
    }
}
