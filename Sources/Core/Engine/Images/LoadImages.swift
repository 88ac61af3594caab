import Images
import Model

extension ImageService {
    /// Loads the images of a docker-archive or OCI archive, read from a descriptor to its end.
    /// - Parameter progress: called with lines for the client: "Loaded image: busybox:latest\n".
    public func load(fileDescriptor: CInt, progress: @escaping @Sendable (String) -> Void) async throws {
        let store = store
        let lease = try await blocking.runLong { try store.load(from: fileDescriptor) }
        for stored in lease.images {
            let record = try await keep(stored, action: "load")
            if stored.references.isEmpty {
                progress("Loaded image ID: \(record.id)\n")
            } else {
                for reference in stored.references { progress("Loaded image: \(reference.tagged.familiar)\n") }
            }
        }
        withExtendedLifetime(lease) {}
    }

    /// Makes an image of one layer from a root file system's tar.
    /// - Returns: the image's ID.
    public func importRootFS(
        fileDescriptor: CInt, repository: String, tag: String, message: String, changes: [String], platform: String
    ) async throws -> String {
        var options = ImportOptions()
        if !repository.isEmpty {
            options.reference = try ImageReference(repository: repository, tag: tag).tagged
        }
        options.changes = changes
        options.message = message
        options.platform = platform
        let store = store
        let lease = try await blocking.runLong { [options] in
            try store.importRootFS(from: fileDescriptor, options: options)
        }
        guard let stored = lease.images.first else { throw BerthError.system("import: no image was made") }
        let record = try await keep(stored, action: "import")
        withExtendedLifetime(lease) {}
        return record.id
    }

    /// Writes an image that has come into the store, with its tags, over what is known of it.
    private func keep(_ stored: StoredImage, action: String) async throws -> ImageRecord {
        CrashPoint.pass(.imageStored)
        let record = try await table.lock.withLock {
            var record = stored.record()
            if let known = self.table[record.id] {
                record.tags = Array(Set(known.tags + record.tags)).sorted()
                record.digests = Array(Set(known.digests + record.digests)).sorted()
                record.lastTagTime = max(known.lastTagTime, record.lastTagTime)
            }
            try await self.save(record)
            return record
        }
        CrashPoint.pass(.imageWritten)
        events.publish(action, ofImage: record.id, name: record.tags.first ?? record.id)
        return record
    }

    /// Writes a record; other images lose the tags it carries. With the images' lock held.
    func save(_ record: ImageRecord) async throws {
        try await database.save(record)
        for robbed in table.put(record) { try await database.save(robbed) }
    }
}
