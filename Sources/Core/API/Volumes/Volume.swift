import Model

/// A volume as lists and inspect answers say it.
package struct VolumeResource: JSONWritable {
    package var record: VolumeRecord

    package init(_ record: VolumeRecord) {
        self.record = record
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            if record.created != 0 { json.field("CreatedAt", Timestamp.rfc3339Seconds(record.created)) }
            json.field("Driver", record.driver)
            json.field("Labels", record.labels.isEmpty ? nil : record.labels)
            json.field("Mountpoint", record.mountpoint)
            json.field("Name", record.name)
            json.field("Options", record.options.isEmpty ? nil : record.options)
            json.field("Scope", record.scope)
            if record.size != nil || record.referenceCount != nil {
                json.object("UsageData") { json in
                    json.field("RefCount", record.referenceCount ?? -1)
                    json.field("Size", record.size ?? -1)
                }
            }
        }
    }
}

/// The answer to `GET /volumes`.
package struct VolumeList: JSONWritable {
    package var volumes: [VolumeRecord]
    package var warnings: [String]

    package init(volumes: [VolumeRecord], warnings: [String]) {
        self.volumes = volumes
        self.warnings = warnings
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("Volumes", volumes.map(VolumeResource.init))
            json.field("Warnings", warnings.isEmpty ? nil : warnings)
        }
    }
}

/// The body of `POST /volumes/create`.
package struct CreateVolumeBody: Decodable, Sendable {
    @OrEmpty package var name: String
    @OrEmpty package var driver: String
    @OrEmpty package var driverOpts: [String: String]
    @OrEmpty package var labels: [String: String]
    private var clusterVolumeSpec: GivenField?

    enum CodingKeys: String, CodingKey {
        case name = "Name", driver = "Driver", driverOpts = "DriverOpts", labels = "Labels"
        case clusterVolumeSpec = "ClusterVolumeSpec"
    }

    /// Whether a volume of a swarm is asked for.
    package var isForCluster: Bool { clusterVolumeSpec?.isGiven == true }

    package init() {}
}
