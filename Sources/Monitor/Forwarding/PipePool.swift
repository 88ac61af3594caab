import CLinux
import Glibc

/// A pipe that bytes go through on their way from one socket to another.
struct Pipe {
    let input: Int32
    let output: Int32
}

/// Pipes that are empty. A connection has one only while there is something in it.
final class PipePool {
    /// Idle ones that are kept.
    private static let kept = 8

    private let loop: EventLoop
    private var idle: [Pipe] = []

    init(loop: EventLoop) { self.loop = loop }

    func take() -> Pipe? {
        if let pipe = idle.popLast() { return pipe }
        var ends: [Int32] = [-1, -1]
        guard berth_splice_pipe(&ends) == 0 else { return nil }
        loop.hold(2)
        return Pipe(input: ends[1], output: ends[0])
    }

    func giveBack(_ pipe: Pipe, isEmpty: Bool) {
        if isEmpty, idle.count < Self.kept { return idle.append(pipe) }
        close(pipe.input)
        close(pipe.output)
        loop.release(2)
    }
}
