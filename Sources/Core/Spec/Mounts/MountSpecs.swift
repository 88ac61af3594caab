import Model

/// Turns `-v`, `--mount`, `--tmpfs`, `--volumes-from` and an image's volumes into one list of mounts. The driver of a
/// volume is the one the client names, "" for none: a volume that is there already has its own.
package struct MountSpecs {
    private(set) var mounts: [ContainerMount] = []
    private let readOnlyNonRecursive: Bool

    /// - Parameters:
    ///   - readOnlyNonRecursive: what is meant by a read-only bind: the mount alone, as before version 1.44 of the API.
    ///   - volumesFrom: the mounts of a container that `--volumes-from` names.
    /// - Throws: `BerthError.invalid` with Docker's texts.
    package static func resolve(
        config: ContainerConfig, hostConfig: HostConfig, readOnlyNonRecursive: Bool = false,
        volumesFrom: (String) throws -> [ContainerMount]
    ) throws -> [ContainerMount] {
        var specs = MountSpecs(readOnlyNonRecursive: readOnlyNonRecursive)
        for entry in hostConfig.volumesFrom { try specs.addFrom(entry, volumesFrom) }
        var explicit: Set<String> = []
        for bind in hostConfig.binds { try specs.addExplicit(try parseBind(bind, hostConfig.volumeDriver), &explicit) }
        for mount in hostConfig.mounts {
            if readOnlyNonRecursive, mount.bindOptions?.readOnlyForceRecursive == true {
                throw BerthError.invalid("BindOptions.ReadOnlyForceRecursive needs API v1.44 or newer")
            }
            try specs.addExplicit(try parse(mount), &explicit)
        }
        for (path, options) in hostConfig.tmpfs.sorted(by: { $0.key < $1.key }) {
            try specs.addExplicit(try tmpfs(path, options), &explicit)
        }
        for path in config.volumes.keys.sorted() {
            let destination = try absolute(path, kind: "volume", spec: path)
            if specs.mounts.contains(where: { $0.destination == destination }) { continue }
            var mount = ContainerMount(kind: .volume, source: "", destination: destination)
            mount.driver = hostConfig.volumeDriver
            mount.isAnonymous = true
            mount.copiesUp = true
            try KernelPlaces.checkAnonymous(mount)
            specs.mounts.append(mount)
        }
        return specs.mounts
    }

    private init(readOnlyNonRecursive: Bool) { self.readOnlyNonRecursive = readOnlyNonRecursive }

    private mutating func addExplicit(_ given: ContainerMount, _ seen: inout Set<String>) throws {
        var mount = given
        guard seen.insert(mount.destination).inserted else {
            throw BerthError.invalid("Duplicate mount point: \(mount.destination)")
        }
        try KernelPlaces.check(mount)
        if readOnlyNonRecursive, mount.kind == .bind, !mount.isReadWrite { mount.readOnlyNonRecursive = true }
        mounts.removeAll { $0.destination == mount.destination }
        mounts.append(mount)
    }

    private mutating func addFrom(_ entry: String, _ volumesFrom: (String) throws -> [ContainerMount]) throws {
        let parts = entry.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard !entry.isEmpty else {
            throw BerthError.invalid("volumes-from specification cannot be an empty string")
        }
        let isReadWrite = parts.count < 2 || parts[1].isEmpty ? true : try Self.isReadWrite(inherited: parts[1])
        for var mount in try volumesFrom(parts[0]) where mount.kind != .tmpfs {
            if !isReadWrite { mount.isReadWrite = false }
            mount.isAnonymous = false
            mount.copiesUp = false
            mounts.removeAll { $0.destination == mount.destination }
            mounts.append(mount)
        }
    }

    // MARK: One entry

    static func parse(_ point: MountPoint) throws -> ContainerMount {
        func invalid(_ why: String) -> BerthError {
            .invalid("invalid mount config for type \"\(point.type)\": \(why)")
        }
        if point.type == "image" { throw BerthError.notImplemented("a mount of type \"image\"") }
        guard let kind = ContainerMount.Kind(rawValue: point.type) else {
            throw BerthError.invalid("mount type unknown: \"\(point.type)\"")
        }
        guard !point.target.isEmpty else { throw invalid("field Target must not be empty") }
        if point.imageOptions != nil { throw invalid("field ImageOptions must not be specified") }
        var mount = ContainerMount(
            kind: kind, source: "", destination: try absolute(point.target, kind: point.type, spec: point.target))
        mount.isReadWrite = !point.readOnly
        switch kind {
        case .bind:
            guard !point.source.isEmpty else { throw invalid("field Source must not be empty") }
            guard point.source.hasPrefix("/") else {
                throw invalid("invalid mount path: '\(point.source)' mount path must be absolute")
            }
            if point.volumeOptions != nil { throw invalid("field VolumeOptions must not be specified") }
            if point.tmpfsOptions != nil { throw invalid("field TmpfsOptions must not be specified") }
            mount.source = cleaned(point.source)
            mount.driver = "bind"
            mount.propagation = point.bindOptions?.propagation ?? ""
            if mount.propagation.isEmpty { mount.propagation = "rprivate" }
            guard ["rprivate", "private", "rshared", "shared", "rslave", "slave"].contains(mount.propagation) else {
                throw invalid("invalid propagation mode: \(mount.propagation)")
            }
            mount.isRecursive = !(point.bindOptions?.nonRecursive ?? false)
            mount.readOnlyNonRecursive = try readOnlyNonRecursive(point)
            mount.createsSource = point.bindOptions?.createMountpoint ?? false
        case .volume:
            if point.bindOptions != nil { throw invalid("field BindOptions must not be specified") }
            if point.tmpfsOptions != nil { throw invalid("field TmpfsOptions must not be specified") }
            mount.name = point.source
            if !mount.name.isEmpty { try VolumeName.check(mount.name) }
            mount.isAnonymous = mount.name.isEmpty
            mount.driver = point.volumeOptions?.driverConfig?.name ?? ""
            mount.copiesUp = !(point.volumeOptions?.noCopy ?? false)
            mount.subpath = point.volumeOptions?.subpath ?? ""
            guard isWithin(mount.subpath) else { throw invalid("subpath must be a relative path within the volume") }
        case .tmpfs:
            guard point.source.isEmpty else { throw invalid("field Source must not be specified") }
            if point.bindOptions != nil { throw invalid("field BindOptions must not be specified") }
            if point.volumeOptions != nil { throw invalid("field VolumeOptions must not be specified") }
            var options: [String] = []
            if let size = point.tmpfsOptions?.sizeBytes, size > 0 { options.append("size=\(size)") }
            if let mode = point.tmpfsOptions?.mode, mode > 0 { options.append("mode=\(String(mode, radix: 8))") }
            for option in point.tmpfsOptions?.options ?? [] { options.append(option.joined(separator: "=")) }
            mount.data = options.joined(separator: ",")
            if try TmpfsOptions(parsing: mount.data).isReadOnly { mount.isReadWrite = false }
        }
        return mount
    }

    /// With Docker's words for what contradicts itself.
    private static func readOnlyNonRecursive(_ point: MountPoint) throws -> Bool {
        let isNot = point.bindOptions?.readOnlyNonRecursive ?? false
        let isForced = point.bindOptions?.readOnlyForceRecursive ?? false
        func conflict(_ first: String, _ second: String) -> BerthError {
            .invalid("mount options conflict: \(first) && \(second)")
        }
        if !point.readOnly, isNot { throw conflict("!ReadOnly", "ReadOnlyNonRecursive") }
        if !point.readOnly, isForced { throw conflict("!ReadOnly", "ReadOnlyForceRecursive") }
        if isNot, isForced { throw conflict("ReadOnlyNonRecursive", "ReadOnlyForceRecursive") }
        return isNot
    }

    private static func tmpfs(_ path: String, _ options: String) throws -> ContainerMount {
        var mount = ContainerMount(kind: .tmpfs, source: "", destination: try absolute(path, kind: "tmpfs", spec: path))
        mount.isReadWrite = try !TmpfsOptions(parsing: options).isReadOnly
        mount.data = options
        return mount
    }

    static func absolute(_ path: String, kind: String, spec: String) throws -> String {
        guard path.hasPrefix("/") else {
            throw BerthError.invalid(
                "invalid volume specification: '\(spec)': invalid mount config for type \"\(kind)\": "
                    + "invalid mount path: '\(path)' mount path must be absolute")
        }
        let clean = cleaned(path)
        guard clean != "/" else {
            throw BerthError.invalid(
                "invalid volume specification: '\(spec)': invalid mount config for type \"\(kind)\": "
                    + "invalid specification: destination can't be '/'")
        }
        return clean
    }

    /// Whether a path is relative and none of its ".." leads above where it starts. What links do is seen when it is
    /// mounted.
    private static func isWithin(_ path: String) -> Bool {
        var depth = 0
        for part in path.split(separator: "/") where part != "." {
            depth += part == ".." ? -1 : 1
            if depth < 0 { return false }
        }
        return !path.hasPrefix("/")
    }

    /// The path without ".", "..", doubled and trailing slashes.
    package static func cleaned(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") {
            switch part {
            case ".": continue
            case "..": _ = parts.popLast()
            default: parts.append(part)
            }
        }
        return "/" + parts.joined(separator: "/")
    }
}
