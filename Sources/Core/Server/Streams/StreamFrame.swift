import NIOCore

/// The 8-byte header of Docker's multiplexed streams, which is also the monitor's (docs/monitor.md): the stream's
/// number, three zero bytes, and the payload's length as 4 bytes big-endian.
package enum StreamFrame {
    package static let headerSize = 8
    /// The largest payload the monitor takes in one frame of input.
    package static let maxInput = 32 * 1024

    package static let stdin: UInt8 = 0
    package static let stdout: UInt8 = 1
    package static let stderr: UInt8 = 2
    /// From the monitor: the process has ended, nothing comes after.
    package static let exited: UInt8 = 18
    /// To the monitor: this client's input has ended.
    package static let endInput: UInt8 = 33

    package static func writeHeader(_ stream: UInt8, length: Int, to buffer: inout ByteBuffer) {
        buffer.writeInteger(stream)
        buffer.writeRepeatingByte(0, count: 3)
        buffer.writeInteger(UInt32(length))
    }

    /// Puts input into frames for the monitor.
    package static func frameInput(_ bytes: ByteBufferView, into buffer: inout ByteBuffer) {
        var rest = bytes
        while !rest.isEmpty {
            let piece = rest.prefix(maxInput)
            writeHeader(stdin, length: piece.count, to: &buffer)
            buffer.writeBytes(piece)
            rest = rest.dropFirst(piece.count)
        }
    }
}

/// Takes the monitor's frames apart as they come, in pieces of any size, and gives what a client is to get.
package struct FrameReader {
    private let passesHeaders: Bool
    private let streams: Set<UInt8>
    private var header: [UInt8] = []
    private var remaining = 0
    private var isWanted = false
    /// The monitor has told of the process's end.
    package private(set) var hasExited = false

    /// - Parameters:
    ///   - passesHeaders: false for a terminal, whose output is sent without.
    ///   - streams: the numbers of the streams to pass; others are skipped.
    package init(passesHeaders: Bool, streams: Set<UInt8>) {
        self.passesHeaders = passesHeaders
        self.streams = streams
        header.reserveCapacity(StreamFrame.headerSize)
    }

    /// Appends to `output` what is for the client.
    package mutating func read(_ input: ByteBuffer, into output: inout ByteBuffer) {
        var input = input
        while input.readableBytes > 0 {
            if remaining > 0 {
                let count = min(remaining, input.readableBytes)
                guard let payload = input.readSlice(length: count) else { return }
                if isWanted { output.writeImmutableBuffer(payload) }
                remaining -= count
                continue
            }
            let count = min(StreamFrame.headerSize - header.count, input.readableBytes)
            guard let bytes = input.readBytes(length: count) else { return }
            header.append(contentsOf: bytes)
            guard header.count == StreamFrame.headerSize else { return }
            isWanted = streams.contains(header[0])
            if header[0] == StreamFrame.exited { hasExited = true }
            remaining = header[4...].reduce(0) { $0 << 8 | Int($1) }
            if isWanted, passesHeaders { output.writeBytes(header) }
            header.removeAll(keepingCapacity: true)
        }
    }
}
