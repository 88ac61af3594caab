import Glibc

extension HostDevice {
    /// Finds what `--device hostPath:containerPath:permissions` means on this host.
    ///
    /// A node gives one device; a directory gives every device node under it, each at the same place below
    /// `containerPath`. Symbolic links are followed. Empty `containerPath` means the host's path. Throws Docker's text,
    /// `invalidParameter`, where the path is absent or no device.
    public static func find(
        hostPath: String, containerPath: String = "", access: DeviceRule.Access = .all
    ) throws -> [HostDevice] {
        let target = containerPath.isEmpty ? hostPath : containerPath
        var status = stat()
        guard stat(hostPath, &status) == 0 else {
            throw ConfinementError.invalid(
                "error gathering device information while adding custom device \"\(hostPath)\": "
                    + errorText(errno).lowercased())
        }
        if status.st_mode & S_IFMT == S_IFDIR {
            let found = below(hostPath, target, access, depth: 0)
            if !found.isEmpty { return found }
        } else if let device = HostDevice(status, path: target, hostPath: hostPath, access: access) {
            return [device]
        }
        throw ConfinementError.invalid(
            "error gathering device information while adding custom device \"\(hostPath)\": not a device node")
    }

    /// Every device node of the host's /dev, for a privileged container: not those on the container's own mounts
    /// (pts, shm, mqueue, fd) and not the console.
    public static func all(below root: String = "/dev") -> [HostDevice] {
        below(root, root, .all, depth: 0)
    }

    private init?(_ status: stat, path: String, hostPath: String, access: DeviceRule.Access) {
        switch status.st_mode & S_IFMT {
        case S_IFCHR: kind = .character
        case S_IFBLK: kind = .block
        default: return nil
        }
        self.path = path
        self.hostPath = hostPath
        let number = DeviceNumber(UInt64(status.st_rdev))
        major = number.major
        minor = number.minor
        mode = status.st_mode & 0o7777
        uid = status.st_uid
        gid = status.st_gid
        self.access = access
    }

    private static let passedOver: Set<String> = [
        "pts", "shm", "fd", "mqueue", ".lxc", ".lxd-mounts", ".udev", "console", "ptmx",
    ]

    /// Links inside the directory are not followed; what vanishes meanwhile is passed over.
    private static func below(
        _ directory: String, _ target: String, _ access: DeviceRule.Access, depth: Int
    ) -> [HostDevice] {
        guard depth < 16, let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." && !passedOver.contains(name) { names.append(name) }
        }
        var found: [HostDevice] = []
        for name in names.sorted() {
            var status = stat()
            let path = directory + "/" + name
            guard lstat(path, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                found += below(path, target + "/" + name, access, depth: depth + 1)
            } else if let device = HostDevice(status, path: target + "/" + name, hostPath: path, access: access) {
                found.append(device)
            }
        }
        return found
    }
}
