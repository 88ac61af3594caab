import Logging
import State
import Synchronization

/// What has failed though it has to be done, such as the writing down of a container's end on a full disk: tried again
/// behind, with growing pauses, and before that as soon as somebody needs what it holds.
///
/// Nothing that memory no longer knows of may be left undone in the database or at a driver: whoever swallows an error
/// of that kind owes the work here instead.
package final class OwedWork: Sendable {
    private final class Debt: Sendable {
        let key: String
        let owner: String
        let lock: AsyncLock?
        let isShared: Bool
        let work: @Sendable () async throws -> Void
        /// Who works it off holds this; the others wait, and find it done.
        let turn = AsyncLock()
        let isDone = Atomic(false)
        /// How often it is tried behind before it is given up.
        let triesLeft: Mutex<Int>
        /// Somebody works it off behind.
        let isTaken = Atomic(false)

        init(
            _ key: String, _ owner: String, _ lock: AsyncLock?, isShared: Bool, tries: Int,
            _ work: @escaping @Sendable () async throws -> Void
        ) {
            triesLeft = Mutex(tries)
            self.key = key
            self.owner = owner
            self.lock = lock
            self.isShared = isShared
            self.work = work
        }
    }

    private struct State {
        var debts: [String: Debt] = [:]
        var order: [String] = []
        var isWorking = false
        /// Seconds.
        var pause = OwedWork.firstPause
    }

    /// The owner of what still holds host ports.
    package static let publishedPorts = "published ports"

    /// The owner of what still holds a container's name.
    static func name(_ name: String) -> String { "name \(name)" }

    /// Seconds.
    private static let firstPause = 0.2
    private static let longestPause = 5.0

    private let state = Mutex(State())
    private let logger: Logger

    package init(logger: Logger) {
        self.logger = logger
    }

    /// Has work done that may be done at any time and needs no lock: whoever needs what it holds does it at once.
    /// - Parameters:
    ///   - key: takes the place of what was owed under it.
    ///   - cause: why it could not be done now.
    func owe(_ key: String, after cause: any Error, _ work: @escaping @Sendable () async throws -> Void) {
        add(Debt(key, "", nil, isShared: true, tries: .max, work), cause)
    }

    /// Has work done that changes one thing, with that one's lock held.
    /// - Parameter owner: the thing's ID, for `settle(of:)`.
    func owe(
        _ key: String, of owner: String, holding lock: AsyncLock, after cause: any Error,
        _ work: @escaping @Sendable () async throws -> Void
    ) {
        add(Debt(key, owner, lock, isShared: false, tries: .max, work), cause)
    }

    /// Has work done behind, which may take its time and sees to its locks itself.
    /// - Parameters:
    ///   - owner: a thing without a lock, for `settle(of:)`.
    ///   - tries: after so many it is given up: what a driver has refused that often it will not do.
    func oweBehind(
        _ key: String, of owner: String = "", tries: Int = .max, after cause: any Error,
        _ work: @escaping @Sendable () async throws -> Void
    ) {
        add(Debt(key, owner, nil, isShared: false, tries: tries, work), cause)
    }

    /// Does what is owed and may be done by anyone: for who is about to need a name, port, address or network.
    func settle() async {
        for debt in debts(where: \.isShared) { _ = await work(off: debt) }
    }

    /// Does what is owed of one thing, whose lock, if it has one, the caller holds.
    func settle(of owner: String) async {
        for debt in debts(where: { $0.owner == owner }) { _ = await work(off: debt) }
    }

    private func debts(where isWanted: (Debt) -> Bool) -> [Debt] {
        state.withLock { state in state.order.compactMap { state.debts[$0] }.filter(isWanted) }
    }

    private func add(_ debt: Debt, _ cause: any Error) {
        let (isNew, starts) = state.withLock { state in
            let isNew = state.debts.updateValue(debt, forKey: debt.key) == nil
            if isNew {
                state.order.append(debt.key)
                state.pause = Self.firstPause
            }
            defer { state.isWorking = true }
            return (isNew, !state.isWorking)
        }
        if isNew { logger.warning("\(debt.key): \(cause); it is tried again") }
        if starts { Task { await self.workBehind() } }
    }

    private func workBehind() async {
        while let pause = next() {
            await Clock.sleep(seconds: pause)
            for debt in debts(where: { _ in true }) {
                // What hangs, or waits for its lock, holds up no other.
                guard !debt.isTaken.exchange(true, ordering: .acquiring) else { continue }
                Task {
                    await self.tryBehind(debt)
                    debt.isTaken.store(false, ordering: .releasing)
                }
            }
        }
    }

    private func tryBehind(_ debt: Debt) async {
        let isDone =
            if let lock = debt.lock {
                await lock.withLock { await self.work(off: debt) }
            } else {
                await work(off: debt)
            }
        guard !isDone else { return }
        let isGivenUp = debt.triesLeft.withLock { left in
            left -= 1
            return left <= 0
        }
        if isGivenUp {
            logger.error("\(debt.key): given up")
            remove(debt)
        }
    }

    private func remove(_ debt: Debt) {
        state.withLock { state in
            guard state.debts[debt.key] === debt else { return }
            state.debts[debt.key] = nil
            state.order.removeAll { $0 == debt.key }
        }
    }

    /// Seconds until the next try; nil when nothing is owed.
    private func next() -> Double? {
        state.withLock { state in
            guard !state.debts.isEmpty else {
                state.isWorking = false
                return nil
            }
            defer { state.pause = min(state.pause * 2, Self.longestPause) }
            return state.pause
        }
    }

    /// - Returns: whether it is done.
    private func work(off debt: Debt) async -> Bool {
        await debt.turn.withLock {
            if debt.isDone.load(ordering: .acquiring) { return true }
            guard self.state.withLock({ $0.debts[debt.key] === debt }) else { return false }
            do {
                try await DiskReserve.freeing(debt.work)
            } catch {
                self.logger.debug("\(debt.key): \(error); it is tried again")
                return false
            }
            debt.isDone.store(true, ordering: .releasing)
            self.logger.info("\(debt.key): done after all")
            self.remove(debt)
            return true
        }
    }
}
