import Model

extension ImageStore {
    /// Makes an image of one layer from a root file system's tar, plain or compressed, that is read to its end.
    /// A change that is no allowed instruction throws 400 before anything is read. After an error nothing is left.
    public func importRootFS(from fileDescriptor: CInt, options: ImportOptions) throws -> ImageLease {
        var config = try Self.configuration(of: options.platform)
        var settings = ContainerConfig()
        try ImageChange.apply(options.changes, to: &settings)
        config.config = settings

        let staging = try paths.makeTemporary()
        defer { try? Directory.remove(at: staging) }
        let name = options.source == "-" ? "image import" : options.source
        let layer = try LayerStaging.unpack(
            DescriptorSource(fileDescriptor, name: name), name: name, into: staging, parents: [], chainID: nil,
            parent: nil)

        var step = ImageConfig.History()
        step.created = Timestamp.text(Timestamp.now())
        step.comment = options.message.isEmpty ? "Imported from \(options.source)" : options.message
        config.created = step.created
        config.comment = step.comment
        config.history = [step]
        config.rootfs.diffIDs = [layer.diffID]

        let bytes = try config.encoded()
        let imageID = Digest.sha256(bytes)
        let hold = Hold(self)
        hold.add([layer.chainID, imageID])
        do {
            try publish(layer, from: staging)
            try storeConfig(bytes, id: imageID)
            let image = StoredImage(
                id: imageID, references: options.reference.map { [$0.tagged] } ?? [], config: config, size: layer.size)
            return try handOut([image], hold: hold)
        } catch {
            withdraw(hold)
            throw error
        }
    }

    /// "os/architecture[/variant]" or "architecture" alone.
    private static func configuration(of platform: String) throws -> ImageConfig {
        guard !platform.isEmpty else { return ImageConfig(architecture: HostPlatform.architecture, os: "linux") }
        let parts = platform.lowercased().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 3, parts.allSatisfy({ !$0.isEmpty }) else {
            throw BerthError.invalid("\"\(platform)\" is an invalid OS/architecture: invalid argument")
        }
        let os = parts.count == 1 && parts[0] != "linux" ? "linux" : parts[0]
        guard os == "linux" else { throw BerthError.invalid("unsupported operating system \"\(os)\"") }
        let names = ["x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64"]
        let architecture = parts.count > 1 ? parts[1] : parts[0] == "linux" ? HostPlatform.architecture : parts[0]
        var config = ImageConfig(architecture: names[architecture] ?? architecture, os: os)
        config.variant = parts.count > 2 ? parts[2] : nil
        return config
    }
}
