import State

/// What has been done so far, each with its opposite: run in reverse when a later step fails.
package struct Undo {
    private var steps: [@Sendable () async -> Void] = []

    package init() {}

    package mutating func push(_ step: @escaping @Sendable () async -> Void) {
        steps.append(step)
    }

    /// Runs the opposites, last first, and forgets them.
    package mutating func run() async {
        while let step = steps.popLast() { await DiskReserve.freeing(step) }
    }
}
