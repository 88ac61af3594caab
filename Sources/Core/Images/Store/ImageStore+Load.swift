import Model

extension ImageStore {
    /// Reads a docker-archive or OCI layout tar, plain or compressed, from `fileDescriptor` to its end. The
    /// descriptor stays open. Either every image of the archive is in the store afterwards, or an error is thrown and
    /// nothing of it is.
    public func load(
        from fileDescriptor: CInt, progress: (LayerProgress) -> Void = { _ in }
    ) throws -> ImageLease {
        // Somebody may have removed some of them meanwhile.
        try paths.makeDirectories()
        let directory = try paths.makeTemporary()
        defer { try? Directory.remove(at: directory) }
        let source = DescriptorSource(fileDescriptor, name: "image archive")
        let spool = try ArchiveSpool(source, name: "image archive", directory: directory)
        let contents: [ArchivedContent]
        if spool.contains(DockerArchive.manifestName) || !spool.contains(OCILayout.indexName) {
            contents = try DockerArchive.images(in: spool)
        } else {
            contents = try OCILayout.images(in: spool)
        }
        let hold = Hold(self)
        do {
            let images = try contents.map { content in
                let files = try content.layers.map { LayerFile(path: try spool.path(of: $0), name: $0) }
                return try install(
                    config: content.config, files: files, references: content.references,
                    source: "`\(content.configName)` in the image archive", progress: progress, hold: hold)
            }
            return try handOut(images, hold: hold)
        } catch {
            withdraw(hold)
            throw error
        }
    }
}
