import DriverKit
import NetDriverKernel

/// Whether it was Berth that made a router of this host. Then it must not route for strangers, who could not go through
/// it before.
struct ForwardingSwitch {
    private static let bucket = "forwarding"
    private static let key = "ipv4"

    /// It was off, or is on because Berth switched it on in this namespace since the machine came up.
    let isOurs: Bool
    private let isOn: Bool
    private let place: String
    private let host: Host

    /// Looks, and changes nothing.
    init(host: Host) throws {
        self.host = host
        isOn = try Forwarding.isEnabled()
        place = try Forwarding.place()
        let row = try host.get(bucket: Self.bucket, key: Self.key).map { String(decoding: $0, as: UTF8.self) }
        isOurs = !isOn || row == place
    }

    /// Switches it on unless it is, and remembers that.
    func enable() throws {
        guard isOurs else {
            try host.remove(bucket: Self.bucket, key: Self.key)
            return
        }
        guard !isOn else { return }
        // Written first: what is switched on and not known to be Berth's would be open to strangers.
        try host.put(bucket: Self.bucket, key: Self.key, value: Array(place.utf8))
        try Forwarding.enable()
        host.log(.info, "switched net.ipv4.ip_forward on")
    }
}
