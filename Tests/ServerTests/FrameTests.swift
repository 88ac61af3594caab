import NIOCore
import Server
import Testing

@Suite struct FrameTests {
    private func frame(_ stream: UInt8, _ text: String) -> [UInt8] {
        [stream, 0, 0, 0, 0, 0, UInt8(text.utf8.count >> 8), UInt8(text.utf8.count & 255)] + Array(text.utf8)
    }

    private func run(_ reader: FrameReader, _ input: [UInt8], pieces: Int) -> [UInt8] {
        var reader = reader
        var output = ByteBuffer()
        for start in stride(from: 0, to: input.count, by: pieces) {
            reader.read(ByteBuffer(bytes: input[start..<min(input.count, start + pieces)]), into: &output)
        }
        return Array(output.readableBytesView)
    }

    @Test(arguments: [1, 2, 3, 7, 8, 9, 1000])
    func framesPassWhateverTheirPieces(_ pieces: Int) {
        let long = String(repeating: "z", count: 300)
        let frames = [
            frame(16, "event"), frame(1, "out"), frame(2, "err"), frame(18, ""), frame(1, ""), frame(1, long),
        ]
        let input = Array(frames.joined())
        let output = Array([frames[1], frames[2], frames[4], frames[5]].joined())
        let both = FrameReader(passesHeaders: true, streams: [1, 2])
        #expect(run(both, input, pieces: pieces) == output)
        let stderr = FrameReader(passesHeaders: true, streams: [2])
        #expect(run(stderr, input, pieces: pieces) == frame(2, "err"))
        let terminal = FrameReader(passesHeaders: false, streams: [1, 2])
        #expect(run(terminal, input, pieces: pieces) == Array("outerr\(long)".utf8))
    }

    @Test func inputIsCutIntoFramesTheMonitorTakes() {
        let input = ByteBuffer(repeating: 7, count: 70_000)
        var frames = ByteBuffer()
        StreamFrame.frameInput(input.readableBytesView, into: &frames)
        var lengths: [Int] = []
        while let stream = frames.readInteger(as: UInt32.self), let length = frames.readInteger(as: UInt32.self) {
            #expect(stream == 0)
            lengths.append(Int(length))
            #expect(frames.readBytes(length: Int(length))?.allSatisfy { $0 == 7 } == true)
        }
        #expect(lengths == [32768, 32768, 4464])
    }

    @Test func inputOfADetachedClientIsIgnored() {
        var input = ClientInput(isAttached: false, detachKeys: .standard)
        var frames = ByteBuffer()
        #expect(!input.read(ByteBuffer(bytes: [1, 16, 17]), into: &frames))
        input.end(into: &frames)
        #expect(frames.readableBytes == 0)
    }

    @Test(arguments: [1, 5, 1000]) func endOfTheProcessIsSeen(_ pieces: Int) {
        var reader = FrameReader(passesHeaders: true, streams: [1])
        var output = ByteBuffer()
        let input = frame(1, "out") + frame(18, "exit")
        for start in stride(from: 0, to: input.count, by: pieces) {
            #expect(!reader.hasExited || start > 11)
            reader.read(ByteBuffer(bytes: input[start..<min(input.count, start + pieces)]), into: &output)
        }
        #expect(reader.hasExited)
        #expect(Array(output.readableBytesView) == frame(1, "out"))
    }
}
