import DriverKit
import Glibc

/// Who has a volume mounted, kept in the daemon's store so that a restart of the daemon does not forget.
struct VolumeUsers: Sendable {
    private let host: Host
    /// A mount does not outlive the kernel it is in.
    private let boot: [UInt8]

    init(host: Host) {
        self.host = host
        boot = Self.bootID()
    }

    /// - Returns: false if it was there already.
    func add(_ id: String, to name: String) throws(DriverError) -> Bool {
        try host.putIfAbsent(bucket: bucket(name), key: id, value: boot)
    }

    /// - Returns: false if it was not there.
    @discardableResult
    func remove(_ id: String, from name: String) throws(DriverError) -> Bool {
        try host.remove(bucket: bucket(name), key: id)
    }

    func ids(of name: String) throws(DriverError) -> [String] { try host.list(bucket: bucket(name)).map(\.key) }

    /// Removes those who mounted the volume before the machine was started.
    func forgetEarlierBoots(of name: String) throws(DriverError) {
        for row in try host.list(bucket: bucket(name)) where row.value != boot {
            try host.remove(bucket: bucket(name), key: row.key)
        }
    }

    private func bucket(_ name: String) -> String { "users of \(name)" }

    private static func bootID() -> [UInt8] {
        guard let file = fopen("/proc/sys/kernel/random/boot_id", "re") else { return [] }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes[..<count].prefix { $0 != 0x0A })
    }
}
