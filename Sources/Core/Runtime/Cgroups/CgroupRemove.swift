import Glibc

extension Cgroup {
    /// Removes the cgroup and every cgroup inside it from all hierarchies. One that is absent is no error.
    ///
    /// The kernel answers EBUSY while a process that was killed is not wholly gone: this is tried again until
    /// `timeoutMilliseconds` have passed, and then thrown.
    public func remove(timeoutMilliseconds: Int = 2000) throws {
        var failure: (any Error)?
        var deadline = Deadline(milliseconds: timeoutMilliseconds)
        for hierarchy in layout.hierarchies {
            do {
                try Self.remove(hierarchy.directory(path), &deadline)
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }

    static func remove(_ directory: String, _ deadline: inout Deadline) throws {
        while rmdir(directory) != 0 {
            let number = errno
            if number == ENOENT { return }
            // Both mean "not empty": of processes or of cgroups.
            guard number == EBUSY || number == ENOTEMPTY, !deadline.hasPassed else {
                throw ConfinementError.system("rmdir", directory, errno: number)
            }
            let children = subdirectories(directory)
            for child in children {
                try remove(directory + "/" + child, &deadline)
            }
            if children.isEmpty { deadline.pause() }
        }
    }

    static func subdirectories(_ directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            guard entry.pointee.d_type == UInt8(DT_DIR) else { continue }
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}

extension CgroupLayout {
    /// The names of the cgroups below `parent` in any hierarchy, sorted: what a sweep compares with what ought to be.
    public func list(parent: String) -> [String] {
        let path = normalized(parent)
        return Set(hierarchies.flatMap { Cgroup.subdirectories($0.directory(path)) }).sorted()
    }

    /// Removes `parent` itself where nothing is in it any more. An absent one is no error.
    public func removeParent(_ parent: String) throws {
        for hierarchy in hierarchies {
            let directory = hierarchy.directory(normalized(parent))
            if rmdir(directory) != 0 && errno != ENOENT {
                throw ConfinementError.system("rmdir", directory, errno: errno)
            }
        }
    }
}
