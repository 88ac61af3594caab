import CLinux
import Glibc

/// What goes one way through a connection.
struct Flow {
    /// How it has come out of a turn.
    enum State {
        /// There may be more to do at once.
        case busy
        case waitsForInput
        case waitsForOutput
        /// All has gone, and the end has been told.
        case ended
        /// The sender's connection has failed. What it had sent before has gone.
        case senderFailed
        /// The receiver takes nothing any more.
        case receiverFailed
        /// There is no pipe to be had.
        case outOfPipes
    }

    /// Bytes that a flow moves before others have their turn.
    private static let turn = 1 << 20
    private static let piece = 1 << 18

    let from: Int32
    let to: Int32
    private var pipe: Pipe?
    /// Bytes in the pipe.
    private var buffered = 0
    private var hasEnd = false
    private(set) var state = State.waitsForInput

    init(from: Int32, to: Int32) {
        self.from = from
        self.to = to
    }

    /// Whether nothing can come through any more.
    var isOver: Bool {
        switch state {
        case .ended, .receiverFailed, .senderFailed, .outOfPipes: true
        case .busy, .waitsForInput, .waitsForOutput: false
        }
    }

    /// Moves what can be moved now.
    mutating func advance(_ pipes: PipePool) {
        guard !isOver else { return }
        var left = Self.turn
        state = .busy
        while left > 0, state == .busy {
            if buffered == 0 { take(pipes) }
            if buffered > 0 { left -= give() }
        }
        if buffered == 0 { letGo(pipes) }
    }

    /// Nothing moves any more.
    mutating func close(_ pipes: PipePool) {
        letGo(pipes)
        buffered = 0
    }

    private mutating func take(_ pipes: PipePool) {
        guard !hasEnd else {
            shutdown(to, Int32(SHUT_WR))
            state = .ended
            return
        }
        if pipe == nil { pipe = pipes.take() }
        guard let pipe else {
            state = .outOfPipes
            return
        }
        let count = berth_splice(from, pipe.input, Self.piece)
        if count > 0 {
            buffered = count
        } else if count == 0 {
            hasEnd = true
        } else {
            state = errno == EAGAIN ? .waitsForInput : .senderFailed
        }
    }

    private mutating func give() -> Int {
        guard let pipe else { return 0 }
        let count = berth_splice(pipe.output, to, buffered)
        guard count > 0 else {
            state = count < 0 && errno == EAGAIN ? .waitsForOutput : .receiverFailed
            return 0
        }
        buffered -= count
        return count
    }

    private mutating func letGo(_ pipes: PipePool) {
        guard let pipe else { return }
        pipes.giveBack(pipe, isEmpty: buffered == 0)
        self.pipe = nil
    }
}
