import CDriver

/// What the daemon offers a driver: its log and a store for what must outlive the daemon. Any thread may call it.
public final class Host: Sendable {
    public enum LogLevel: Int32, Sendable {
        case debug, info, warning, error
    }

    /// One row of the store.
    public struct Row: Sendable, Equatable {
        public var key: String
        public var value: [UInt8]
        /// The id of the network or endpoint that the row goes with; empty for none.
        public var owner: String

        public init(key: String, value: [UInt8], owner: String) {
            self.key = key
            self.value = value
            self.owner = owner
        }
    }

    // The daemon keeps the struct until its end, and its functions may be called from any thread.
    nonisolated(unsafe) private let host: UnsafePointer<berth_host>

    init(_ host: UnsafePointer<berth_host>) { self.host = host }

    /// Writes one line to the daemon's log, with the driver's name.
    public func log(_ level: LogLevel, _ text: String) {
        text.withCString { host.pointee.log?(host, level.rawValue, $0) }
    }

    /// Tells the daemon that the link of a running container's endpoint is gone, though nobody has asked for that. The
    /// daemon takes what is left of the interface away and calls `join` again, on another thread.
    public func lost(endpoint: String) {
        let needed = MemoryLayout<berth_host>.offset(of: \.lost)! + MemoryLayout<UnsafeRawPointer>.size
        guard Int(host.pointee.size) >= needed else { return }
        endpoint.withCString { host.pointee.lost?(host, $0) }
    }

    /// Writes a row to disk, in place of the one with this key if there is one.
    ///
    /// - Parameter owner: the id of the network or endpoint that the row goes with. The daemon removes the row with
    ///   its owner, and at its start if the owner is no longer there.
    /// - Throws: `DriverError` with code 500 if the database could not do it.
    public func put(bucket: String, key: String, value: [UInt8], owner: String = "") throws(DriverError) {
        _ = try put(bucket, key, value, owner, flags: 0)
    }

    /// Writes a row to disk only if there is none with this key. Of many that try, exactly one is told true.
    public func putIfAbsent(
        bucket: String, key: String, value: [UInt8], owner: String = ""
    ) throws(DriverError) -> Bool {
        try put(bucket, key, value, owner, flags: UInt32(BERTH_PUT_IF_ABSENT))
    }

    private func put(
        _ bucket: String, _ key: String, _ value: [UInt8], _ owner: String, flags: UInt32
    ) throws(DriverError) -> Bool {
        let result = value.withUnsafeBytes { bytes in
            bucket.withCString { bucket in
                key.withCString { key in
                    owner.withCString { owner in
                        host.pointee.put(host, bucket, key, bytes.baseAddress, bytes.count, owner, flags)
                    }
                }
            }
        }
        switch Int(result) {
        case BERTH_STATE_OK: return true
        case BERTH_STATE_EXISTS: return false
        default: throw Self.failure("write state `\(bucket)/\(key)`", result)
        }
    }

    /// The value of a row; nil if there is none.
    public func get(bucket: String, key: String) throws(DriverError) -> [UInt8]? {
        var buffer = berth_buffer()
        let result = bucket.withCString { bucket in
            key.withCString { key in host.pointee.get(host, bucket, key, &buffer) }
        }
        defer { buffer.release?(&buffer) }
        switch Int(result) {
        case BERTH_STATE_OK:
            return [UInt8](UnsafeRawBufferPointer(start: buffer.data, count: buffer.data == nil ? 0 : buffer.size))
        case BERTH_STATE_ABSENT: return nil
        default: throw Self.failure("read state `\(bucket)/\(key)`", result)
        }
    }

    /// Removes a row. False: there was none.
    @discardableResult
    public func remove(bucket: String, key: String) throws(DriverError) -> Bool {
        let result = bucket.withCString { bucket in
            key.withCString { key in host.pointee.remove(host, bucket, key) }
        }
        switch Int(result) {
        case BERTH_STATE_OK: return true
        case BERTH_STATE_ABSENT: return false
        default: throw Self.failure("remove state `\(bucket)/\(key)`", result)
        }
    }

    /// The rows of a bucket, in the order of their keys.
    public func list(bucket: String) throws(DriverError) -> [Row] {
        var rows: [Row] = []
        let result = withUnsafeMutablePointer(to: &rows) { rows in
            bucket.withCString { bucket in
                host.pointee.list(
                    host, bucket,
                    { context, row in
                        guard let context, let row else { return 1 }
                        let value = UnsafeRawBufferPointer(start: row.pointee.value, count: row.pointee.value_size)
                        context.assumingMemoryBound(to: [Row].self).pointee.append(
                            Row(
                                key: String(cString: row.pointee.key), value: [UInt8](value),
                                owner: row.pointee.owner.map { String(cString: $0) } ?? ""))
                        return 0
                    }, rows)
            }
        }
        guard result == 0 else { throw Self.failure("list state `\(bucket)`", result) }
        return rows
    }

    private static func failure(_ operation: String, _ result: CInt) -> DriverError {
        let isFull = Int(result) == BERTH_STATE_FULL
        return .system("\(operation): \(isFull ? "no space left on device" : "the daemon's database could not do it")")
    }
}
