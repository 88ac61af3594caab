import Glibc
import Model

/// What a directory tree takes.
public enum TreeSize {
    /// Bytes of the regular files below `path`, hard links once; 0 if there is no such directory. Blocking.
    ///
    /// Symbolic links are not followed, other mounts not entered. What is changed meanwhile, what cannot be read, and
    /// what is so deep that its path is longer than PATH_MAX may not be counted.
    public static func bytes(below path: String) -> Int64 {
        guard let root = try? Descriptor.open(path, O_RDONLY | O_DIRECTORY) else { return 0 }
        var sum: Int64 = 0
        var counted: Set<ino_t> = []
        var walk = TreeWalk()
        while let step = walk.next() {
            guard step == .enter, let directory = try? walk.open(below: root) else { continue }
            for name in (try? Directory.names(in: directory.raw, path: walk.text)) ?? [] {
                var status = stat()
                guard fstatat(directory.raw, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
                switch status.st_mode & S_IFMT {
                case S_IFDIR: walk.add(name)
                case S_IFREG:
                    if status.st_nlink > 1, !counted.insert(status.st_ino).inserted { continue }
                    sum = sum.addingSaturated(Int64(status.st_size))
                default: continue
                }
            }
        }
        return sum
    }
}
