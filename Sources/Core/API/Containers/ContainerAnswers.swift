/// The answer to `POST /containers/{id}/wait`.
package struct WaitResponse: JSONWritable {
    package var statusCode: Int
    package var error: String?

    package init(statusCode: Int, error: String?) {
        self.statusCode = statusCode
        self.error = error
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            if let error { json.object("Error") { $0.field("Message", error) } }
            json.field("StatusCode", statusCode)
        }
    }
}

/// The answer to `GET /containers/{id}/top`.
package struct TopResponse: JSONWritable {
    package var titles: [String]
    package var processes: [[String]]

    package init(titles: [String], processes: [[String]]) {
        self.titles = titles
        self.processes = processes
    }

    package func write(to json: inout JSONWriter) {
        json.object {
            $0.field("Processes", processes)
            $0.field("Titles", titles)
        }
    }
}

/// The answer to the four prune calls: what was removed, under the name that the kind of object has.
package struct PruneResponse: JSONWritable {
    package var name: String
    package var removed: [String]
    /// Bytes; nil for networks, which take none.
    package var spaceReclaimed: Int64?

    package init(name: String, removed: [String], spaceReclaimed: Int64?) {
        self.name = name
        self.removed = removed
        self.spaceReclaimed = spaceReclaimed
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field(name, removed.isEmpty ? nil : removed)
            json.optional("SpaceReclaimed", spaceReclaimed)
        }
    }
}

/// An answer that is just an id: `{"Id": "…"}`.
package struct IDResponse: JSONWritable {
    package var id: String

    package init(_ id: String) {
        self.id = id
    }

    package func write(to json: inout JSONWriter) {
        json.object { $0.field("Id", id) }
    }
}
