import Model

/// One message of `GET /events`.
package struct EventMessage: JSONWritable {
    package var event: Event

    package init(_ event: Event) {
        self.event = event
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            // The flat form from before 1.22, which Docker still sends for these two.
            if event.kind == .container || event.kind == .image {
                json.field("status", event.action)
                if !event.actorID.isEmpty { json.field("id", event.actorID) }
                if event.kind == .container, let image = event.attributes["image"] { json.field("from", image) }
            }
            json.field("Type", event.kind.rawValue)
            json.field("Action", event.action)
            json.object("Actor") { json in
                json.field("ID", event.actorID)
                json.field("Attributes", event.attributes)
            }
            json.field("scope", "local")
            json.field("time", Timestamp.seconds(event.time))
            json.field("timeNano", event.time)
        }
    }
}
