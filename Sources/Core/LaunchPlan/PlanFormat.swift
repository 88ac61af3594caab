extension LaunchPlan {
    private static let magic: UInt32 = 0x4850_5242  // "BRPH"
    /// The version of the binary form. A monitor is always of the daemon's own build, so no older one is read.
    public static let formatVersion: UInt16 = 3

    /// The binary form.
    public func encoded() -> [UInt8] {
        var writer = PlanWriter()
        writer.put(Self.magic)
        writer.put(Self.formatVersion)
        writer.put(containerID)
        writer.put(execTarget)
        writer.put(namespaces)
        writer.put(hostname)
        writer.put(domainname)
        writer.put(root)
        writer.put(readOnlyRoot)
        writer.put(rootPropagation.rawValue)
        writer.put(mounts)
        writer.put(maskedPaths)
        writer.put(readOnlyPaths)
        writer.put(sysctls)
        writer.put(devices)
        writer.put(links)
        writer.put(cgroup)
        writer.put(reaper)
        writer.put(oomScoreAdjust)
        writer.put(rlimits)
        writer.put(process)
        writer.put(stdio)
        writer.put(log)
        writer.put(exitFile)
        writer.put(oomFile)
        writer.put(socket)
        return writer.bytes
    }

    /// Reads the binary form. Throws `PlanError` on anything that `encoded()` could not have written.
    public init(decoding bytes: UnsafeRawBufferPointer) throws(PlanError) {
        var reader = PlanReader(bytes)
        guard try reader.integer(UInt32.self) == Self.magic else { throw .notAPlan }
        let version = try reader.integer(UInt16.self)
        guard version == Self.formatVersion else { throw .version(version) }
        containerID = try reader.string()
        execTarget = try reader.optional()
        namespaces = try reader.values()
        hostname = try reader.string()
        domainname = try reader.string()
        root = try reader.optional()
        readOnlyRoot = try reader.bool()
        rootPropagation = try reader.choice("root propagation")
        mounts = try reader.values()
        maskedPaths = try reader.strings()
        readOnlyPaths = try reader.strings()
        sysctls = try reader.values()
        devices = try reader.values()
        links = try reader.values()
        cgroup = try reader.value()
        reaper = try reader.bool()
        oomScoreAdjust = try reader.integer()
        rlimits = try reader.values()
        process = try reader.value()
        stdio = try reader.value()
        log = try reader.value()
        exitFile = try reader.string()
        oomFile = try reader.string()
        socket = try reader.string()
        guard reader.remaining == 0 else { throw .trailingBytes(reader.remaining) }
    }

    /// Reads the binary form from an array.
    public init(decoding bytes: [UInt8]) throws(PlanError) {
        let result = bytes.withUnsafeBytes { buffer -> Result<LaunchPlan, PlanError> in
            do throws(PlanError) { return .success(try LaunchPlan(decoding: buffer)) } catch { return .failure(error) }
        }
        self = try result.get()
    }
}
