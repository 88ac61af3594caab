import Model

/// The body of `POST /containers/{id}/update`: the limits of a `HostConfig`, and a restart policy.
package struct UpdateContainerBody: Decodable, Sendable {
    package var hostConfig: HostConfig
    package var unsupported: UnsupportedHostFields

    package init(from decoder: any Decoder) throws {
        hostConfig = try HostConfig(from: decoder)
        unsupported = try UnsupportedHostFields(from: decoder)
    }
}

/// The answer to `POST /containers/{id}/update`.
package struct UpdateContainerResponse: JSONWritable {
    package var warnings: [String]

    package init(warnings: [String]) {
        self.warnings = warnings
    }

    package func write(to json: inout JSONWriter) {
        json.object { $0.field("Warnings", warnings.isEmpty ? nil : warnings) }
    }
}
