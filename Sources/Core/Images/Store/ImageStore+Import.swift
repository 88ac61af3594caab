import Model

extension ImageStore {
    /// Makes an image of one layer from a root file system's tar, plain or compressed, that is read to its end.
    /// A change that is no allowed instruction throws 400 before anything is read. After an error nothing is left.
    public func importRootFS(from fileDescriptor: CInt, options: ImportOptions) throws -> ImageLease {
        var config = try Self.configuration(of: options.platform)
        var settings = ContainerConfig()
        try ImageChange.apply(options.changes, to: &settings)
        config.config = settings

        try paths.makeDirectories()
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

    private static func configuration(of text: String) throws -> ImageConfig {
        let platform = try text.isEmpty ? HostPlatform.platform : Platform(parsing: text)
        guard platform.os == "linux" else {
            throw BerthError.invalid("unsupported operating system \"\(platform.os)\"")
        }
        var config = ImageConfig(architecture: platform.architecture, os: platform.os)
        config.variant = platform.variant.isEmpty ? nil : platform.variant
        return config
    }
}
