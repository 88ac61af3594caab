import Glibc

/// Removal of a directory with all that is in it.
enum Tree {
    /// Removes the tree, as far as it can. Symbolic links are removed, never followed, and another file system that is
    /// mounted in it is left alone.
    /// - Returns: 0, or the errno of the first thing that stayed.
    @discardableResult
    static func remove(_ path: String) -> CInt {
        var status = stat()
        guard lstat(path, &status) == 0 else { return errno == ENOENT ? 0 : errno }
        return remove(path, at: AT_FDCWD, device: status.st_dev)
    }

    private static func remove(_ name: UnsafePointer<CChar>, at parent: CInt, device: dev_t) -> CInt {
        if unlinkat(parent, name, 0) == 0 || errno == ENOENT { return 0 }
        guard errno == EISDIR || errno == EPERM else { return errno }
        let directory = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard directory >= 0 else { return errno }
        var status = stat()
        guard fstat(directory, &status) == 0, status.st_dev == device, let stream = fdopendir(directory) else {
            close(directory)
            return EXDEV
        }
        var failure: CInt = 0
        // Reading goes on while entries are removed: what is missed is seen by the next pass.
        var removed = true
        while removed, failure == 0 {
            removed = false
            rewinddir(stream)
            while let entry = readdir(stream) {
                let result: CInt? = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                    tuple.withMemoryRebound(to: CChar.self, capacity: 256) { child in
                        if strcmp(child, ".") == 0 || strcmp(child, "..") == 0 { return nil }
                        return remove(child, at: directory, device: device)
                    }
                }
                guard let result else { continue }
                if result == 0 { removed = true } else if failure == 0 { failure = result }
            }
        }
        closedir(stream)
        if failure != 0 { return failure }
        return unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : errno
    }
}
