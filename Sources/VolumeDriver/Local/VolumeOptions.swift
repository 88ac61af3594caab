import DriverKit

/// The options of a local volume: what is mounted there, if anything.
struct VolumeOptions: Codable, Equatable {
    var type = ""
    var device = ""
    /// Comma-separated, as for mount(8).
    var options = ""

    private enum CodingKeys: String, CodingKey {
        case type = "MountType"
        case device = "MountDevice"
        case options = "MountOpts"
    }

    /// A plain directory.
    init() {}

    /// From the user's `type`, `device` and `o`.
    /// Throws `DriverError.invalid` with Docker's texts.
    init(_ values: [String: String]) throws(DriverError) {
        for name in values.keys.sorted() where !["type", "device", "o"].contains(name) {
            throw .invalid("invalid option: \"\(name)\"")
        }
        type = values["type"] ?? ""
        device = values["device"] ?? ""
        options = values["o"] ?? ""
        if self == VolumeOptions() { return }
        if device.isEmpty { throw .invalid("missing device in volume options") }
        if type.isEmpty { throw .invalid("missing type in volume options") }
    }

    /// The mount; nil for a plain directory.
    func mount() throws(DriverError) -> Mount? {
        device.isEmpty ? nil : try Mount(type: type, device: device, options: options)
    }
}
