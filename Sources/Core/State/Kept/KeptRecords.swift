import Foundation
import GRDB
import Model

/// What of the database is kept a second time, in a file beside what it speaks of.
public enum KeptKey: Hashable, Sendable {
    case container(String)
    case network(String)
    case volume(String)
    case image(String)
}

/// A container as its file `config.json` has it: what it was made of, and the networks that it has while it runs.
public struct KeptContainer: Codable, Sendable {
    var imageName: String
    var phase: String
    /// With the state.
    public var record: ContainerRecord
    var endpoints: [Endpoint] = []

    struct Endpoint: Codable, Sendable {
        var isReady: Bool
        var record: EndpointRecord
        var rows: [KeptDriverRow] = []
    }

    init(_ stored: StoredContainer) {
        imageName = stored.imageName
        phase = stored.phase.rawValue
        record = stored.record
    }

    /// When its process last started or ended: nanoseconds since 1970. Of two copies, the one that knows more.
    var lastTurn: Int64 { max(record.state.startedAt, record.state.finishedAt) }
}

/// A network, with what its drivers have written down for it: pools, the gateway's lease, the bridge.
public struct KeptNetwork: Codable, Sendable {
    public var record: NetworkRecord
    var rows: [KeptDriverRow] = []
}

/// A volume that its driver has made.
public struct KeptVolume: Codable, Sendable {
    public var record: VolumeRecord
}

/// An image and its names.
public struct KeptImage: Codable, Sendable {
    public var record: ImageRecord
}

/// A row that a driver keeps and that goes with a network or an endpoint.
struct KeptDriverRow: Codable, Sendable {
    var driver: String
    var bucket: String
    var key: String
    var value: Data
    var owner: String
}
