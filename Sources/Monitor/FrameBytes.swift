import LaunchPlan

/// Builds one frame.
struct FrameBytes {
    private var bytes: [UInt8]

    init(_ stream: MonitorProtocol.Stream) {
        bytes = MonitorProtocol.header(stream, length: 0)
    }

    mutating func put(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func put(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// The frame, with its length in place.
    consuming func finished() -> [UInt8] {
        let length = UInt32(bytes.count - MonitorProtocol.headerSize)
        for index in 0..<4 { bytes[4 + index] = UInt8(truncatingIfNeeded: length >> (24 - 8 * UInt32(index))) }
        return bytes
    }
}
