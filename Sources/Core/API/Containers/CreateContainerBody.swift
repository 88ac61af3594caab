import Model

/// The body of `POST /containers/create`: a `ContainerConfig` with two more fields in the same object.
package struct CreateContainerBody: Decodable, Sendable {
    package var config: ContainerConfig
    package var hostConfig: HostConfig
    package var networking: NetworkingConfig
    package var unsupported: UnsupportedHostFields

    enum CodingKeys: String, CodingKey {
        case hostConfig = "HostConfig", networkingConfig = "NetworkingConfig"
    }

    package init(from decoder: any Decoder) throws {
        config = try ContainerConfig(from: decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        hostConfig = try container.decodeIfPresent(HostConfig.self, forKey: .hostConfig) ?? HostConfig()
        networking =
            try container.decodeIfPresent(NetworkingConfig.self, forKey: .networkingConfig) ?? NetworkingConfig()
        unsupported =
            try container.decodeIfPresent(UnsupportedHostFields.self, forKey: .hostConfig) ?? UnsupportedHostFields()
    }
}

/// The answer to `POST /containers/create`.
package struct CreateContainerResponse: JSONWritable {
    package var id: String
    package var warnings: [String]

    package init(id: String, warnings: [String]) {
        self.id = id
        self.warnings = warnings
    }

    package func write(to json: inout JSONWriter) {
        json.object {
            $0.field("Id", id)
            $0.field("Warnings", warnings)
        }
    }
}

extension CreateContainerBody {
    /// The host's part as the client's version of the API means it.
    package func hostConfig(version: APIVersion) -> HostConfig {
        var hostConfig = hostConfig
        // Fields that the version did not know are not the client's wish.
        if version < APIVersion(1, 43) { hostConfig.annotations = [:] }
        if version < APIVersion(1, 42) { hostConfig.consoleSize = [] }
        // A mode of "" meant the daemon's default, which was shareable.
        if version < APIVersion(1, 40), hostConfig.ipcMode.isEmpty { hostConfig.ipcMode = "shareable" }
        return hostConfig
    }
}
