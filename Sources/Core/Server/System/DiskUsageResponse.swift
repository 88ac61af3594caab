import API
import Engine

/// The answer to `GET /system/df`.
struct DiskUsageResponse: JSONWritable {
    private let usage: DiskUsage
    private let types: Set<String>
    private let version: APIVersion
    private let now: Int64

    /// - Parameters:
    ///   - types: the kinds of objects asked for; empty for all.
    ///   - now: nanoseconds since 1970.
    init(_ usage: DiskUsage, types: [String], version: APIVersion, now: Int64) {
        self.usage = usage
        self.types = Set(types)
        self.version = version
        self.now = now
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            if shows("image") {
                json.field("LayersSize", usage.layersSize)
                json.field(
                    "Images",
                    usage.images.map {
                        ImageSummary(
                            $0.record, containers: $0.containers, sharedSize: $0.sharedSize, version: version)
                    })
            } else {
                json.field("LayersSize", 0)
                json.null("Images")
            }
            json.field(
                "Containers",
                shows("container") ? usage.containers.map { ContainerSummary($0, version: version, now: now) } : nil)
            json.field("Volumes", shows("volume") ? usage.volumes.map(VolumeResource.init) : nil)
            json.field("BuildCache", shows("build-cache") ? [String]() : nil)
            if version < APIVersion(1, 42) { json.field("BuilderSize", 0) }
        }
    }

    private func shows(_ type: String) -> Bool { types.isEmpty || types.contains(type) }
}
