import State

/// What has been done so far, each with its opposite: run in reverse when a later step fails.
struct Undo {
    private var steps: [@Sendable () async -> Void] = []

    mutating func push(_ step: @escaping @Sendable () async -> Void) {
        steps.append(step)
    }

    /// Runs the opposites, last first, and forgets them.
    mutating func run() async {
        while let step = steps.popLast() { await DiskReserve.freeing(step) }
    }
}
