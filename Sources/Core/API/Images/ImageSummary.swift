import Model

/// One element of the answer to `GET /images/json`.
package struct ImageSummary: JSONWritable {
    package var record: ImageRecord
    /// Number of containers that use it; -1 when it was not counted.
    package var containers: Int
    /// Bytes of the layers that other images have too; -1 when they were not counted.
    package var sharedSize: Int64
    package var version: APIVersion

    package init(_ record: ImageRecord, containers: Int, sharedSize: Int64 = -1, version: APIVersion) {
        self.record = record
        self.containers = containers
        self.sharedSize = sharedSize
        self.version = version
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("Id", record.id)
            json.field("ParentId", "")
            json.field("RepoTags", tags)
            json.field("RepoDigests", digests)
            json.field("Created", Timestamp.seconds(record.created))
            json.field("Size", record.size)
            json.field("SharedSize", sharedSize)
            if version < APIVersion(1, 44) { json.field("VirtualSize", record.size) }
            json.field("Labels", record.config.labels.isEmpty ? nil : record.config.labels)
            json.field("Containers", containers)
        }
    }

    /// Before 1.43 a dangling image had names made of "<none>".
    private var tags: [String] {
        record.tags.isEmpty && version < APIVersion(1, 43) ? ["<none>:<none>"] : record.tags
    }

    private var digests: [String] {
        record.digests.isEmpty && record.tags.isEmpty && version < APIVersion(1, 43)
            ? ["<none>@<none>"] : record.digests
    }
}
