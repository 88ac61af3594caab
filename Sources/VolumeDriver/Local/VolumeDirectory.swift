import DriverKit
import FoundationEssentials
import Glibc
import Synchronization

/// The volumes on disk, laid out as Docker's: `<root>/<name>/_data`, and `opts.json` beside it where there are options.
///
/// A volume comes and goes in one step, by rename(2): a crash or a full disk leaves none that is half made.
struct VolumeDirectory: Sendable {
    let root: String

    private static let new = ".new-"
    private static let removed = ".removed-"
    private static let lastNumber = Atomic<UInt64>(0)

    init(root: String) throws(DriverError) {
        self.root = root
        var path = ""
        for part in root.split(separator: "/") {
            path += "/" + part
            if mkdir(path, 0o700) == 0 {
                try Self.setMode(path, path == root ? 0o700 : 0o755)
            } else if errno != EEXIST {
                throw Self.failure("make directory", path)
            }
        }
        try seal("")
    }

    /// Sees that nobody but root gets to a volume, "" for all of them: a program that a container has made set-uid would
    /// be root's on the host, too. Earlier builds let others pass.
    func seal(_ name: String) throws(DriverError) {
        let path = name.isEmpty ? root : "\(root)/\(name)"
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_mode & 0o077 != 0 else { return }
        try Self.setMode(path, 0o700)
    }

    func data(of name: String) -> String { "\(root)/\(name)/_data" }

    func exists(_ name: String) -> Bool {
        var status = stat()
        return lstat(data(of: name), &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// What a name in the root is that is no volume's, but of one that was being made or removed.
    static func isLeftover(_ name: String) -> Bool { name.hasPrefix(new) || name.hasPrefix(removed) }

    /// All names in the root.
    func names() throws(DriverError) -> [String] {
        guard let stream = opendir(root) else { throw Self.failure("list", root) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Makes a volume.
    /// - Throws: `DriverError`; then nothing is left of it.
    func make(_ name: String, _ options: VolumeOptions) throws(DriverError) {
        let new = unusedPath(Self.new)
        do throws(DriverError) {
            for (path, mode) in [(new, mode_t(0o700)), (new + "/_data", 0o755)] {
                guard mkdir(path, mode) == 0 else { throw Self.failure("make directory", path) }
                // The process's umask must not count.
                try Self.setMode(path, mode)
            }
            if options != VolumeOptions() { try Self.write(options, to: new + "/opts.json") }
            if rename(new, "\(root)/\(name)") == 0 { return }
            guard errno == ENOTEMPTY || errno == EEXIST else { throw Self.failure("rename", new) }
            // What is left of a volume whose content was removed from outside.
            let left = try moveAway(name)
            guard rename(new, "\(root)/\(name)") == 0 else { throw Self.failure("rename", new) }
            Tree.remove(left)
        } catch {
            Tree.remove(new)
            throw error
        }
    }

    func options(of name: String) throws(DriverError) -> VolumeOptions {
        let path = "\(root)/\(name)/opts.json"
        guard let file = fopen(path, "re") else {
            if errno == ENOENT { return VolumeOptions() }
            throw Self.failure("open", path)
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = fread(&bytes, 1, bytes.count, file)
        do {
            return try JSONDecoder().decode(VolumeOptions.self, from: Data(bytes[..<count]))
        } catch {
            throw .system("read `\(path)`: malformed options")
        }
    }

    /// When the volume was made, in RFC 3339.
    func created(_ name: String) -> String? {
        var status = stat()
        guard lstat("\(root)/\(name)", &status) == 0 else { return nil }
        var time = tm()
        gmtime_r(&status.st_mtim.tv_sec, &time)
        var text = [CChar](repeating: 0, count: 32)
        strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &time)
        return text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    /// Ends a volume: what is left of it is at the path that this gives.
    func moveAway(_ name: String) throws(DriverError) -> String {
        let path = unusedPath(Self.removed)
        guard rename("\(root)/\(name)", path) == 0 else { throw Self.failure("rename", "\(root)/\(name)") }
        return path
    }

    private func unusedPath(_ prefix: String) -> String {
        while true {
            let number = Self.lastNumber.add(1, ordering: .relaxed).newValue
            let path = "\(root)/\(prefix)\(getpid())-\(number)"
            var status = stat()
            if lstat(path, &status) != 0 { return path }
        }
    }

    private static func write(_ options: VolumeOptions, to path: String) throws(DriverError) {
        guard let body = try? JSONEncoder().encode(options) else { throw .system("write `\(path)`: encode") }
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("open", path) }
        let written = body.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
        let reason = errno
        guard close(file) == 0, written == body.count else {
            if written >= 0 { throw .system("write `\(path)`: no space left on device") }
            errno = reason
            throw failure("write", path)
        }
    }

    private static func setMode(_ path: String, _ mode: mode_t) throws(DriverError) {
        let directory = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard directory >= 0 else { throw failure("open", path) }
        defer { Glibc.close(directory) }
        guard fchmod(directory, mode) == 0 else { throw failure("change mode of", path) }
    }

    private static func failure(_ operation: String, _ path: String) -> DriverError {
        .system("\(operation) `\(path)`: \(String(cString: strerror(errno)))")
    }
}
