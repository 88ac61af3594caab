/// One element of the answer to `GET /images/{name}/history`.
package struct HistoryItem: JSONWritable {
    package var id: String
    /// Seconds since 1970.
    package var created: Int64
    package var createdBy: String
    package var tags: [String]
    package var size: Int64
    package var comment: String

    package init(id: String, created: Int64, createdBy: String, tags: [String], size: Int64, comment: String) {
        self.id = id
        self.created = created
        self.createdBy = createdBy
        self.tags = tags
        self.size = size
        self.comment = comment
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("Comment", comment)
            json.field("Created", created)
            json.field("CreatedBy", createdBy)
            json.field("Id", id)
            json.field("Size", size)
            json.field("Tags", tags.isEmpty ? nil : tags)
        }
    }
}

/// One step of removing an image.
package enum ImageDeleteItem: JSONWritable {
    case untagged(String)
    case deleted(String)

    package func write(to json: inout JSONWriter) {
        json.object { json in
            switch self {
            case .untagged(let name): json.field("Untagged", name)
            case .deleted(let id): json.field("Deleted", id)
            }
        }
    }
}

/// The answer to `POST /images/prune`.
package struct ImagePruneResponse: JSONWritable {
    package var deleted: [ImageDeleteItem]
    package var spaceReclaimed: Int64

    package init(deleted: [ImageDeleteItem], spaceReclaimed: Int64) {
        self.deleted = deleted
        self.spaceReclaimed = spaceReclaimed
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("ImagesDeleted", deleted.isEmpty ? nil : deleted)
            json.field("SpaceReclaimed", spaceReclaimed)
        }
    }
}

/// One message of a stream that says how far load or import has come.
package enum ProgressMessage: JSONWritable {
    case stream(String)
    case status(String)
    case error(String)

    package func write(to json: inout JSONWriter) {
        json.object { json in
            switch self {
            case .stream(let text): json.field("stream", text)
            case .status(let text): json.field("status", text)
            case .error(let text):
                json.object("errorDetail") { $0.field("message", text) }
                json.field("error", text)
            }
        }
    }
}
