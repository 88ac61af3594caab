import Glibc
import Netlink
import Support
import Synchronization

/// The background thread of a pool: fills up what is ready, destroys what is retired.
///
/// `@unchecked`: all mutable state is read and written under `lock`.
final class SandboxWorker: @unchecked Sendable {
    private let directory: String
    private let depth: Int
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>

    private var ready: [Sandbox] = []
    private var making: String?
    private var isFilling = false
    private var retired: [Sandbox] = []
    private var ending = false
    private var ended = false
    /// Set after a failure: no more attempts until somebody had to make a sandbox in the foreground.
    private var failed = false
    /// When filling up and taking down may begin: a start that has just taken a sandbox is not to share the processor
    /// and the kernel's locks with them.
    private var quietUntil = timespec()
    /// The same while few are left.
    private var fillAt = timespec()

    init(directory: String, depth: Int) throws {
        self.directory = directory
        self.depth = depth
        lock = .allocate(capacity: 1)
        changed = .allocate(capacity: 1)
        pthread_mutex_init(lock, nil)
        pthread_cond_init(changed, nil)
        let failure = OwnThread.start { self.run() }
        guard failure == 0 else { throw NetlinkError("create thread", "", code: failure) }
    }

    deinit {
        pthread_mutex_destroy(lock)
        pthread_cond_destroy(changed)
        lock.deallocate()
        changed.deallocate()
    }

    func take() -> Sandbox? {
        locked {
            failed = false
            quietUntil = Self.now(plus: Self.quietNanoseconds)
            if ready.count * 2 <= depth + 1 { fillAt = Self.now(plus: Self.shortNanoseconds) }
            pthread_cond_broadcast(changed)
            return ready.popLast()
        }
    }

    /// How long filling up waits after a take, while at least half of the sandboxes are ready.
    private static let quietNanoseconds = 50_000_000
    /// The same while fewer are.
    private static let shortNanoseconds = 5_000_000

    /// Retired sandboxes that do not wait for a quiet moment: the kernel takes down many at little more than the cost of
    /// one.
    private static let mostRetired = 16

    private static func now(plus nanoseconds: Int = 0) -> timespec {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        time.tv_nsec += nanoseconds
        time.tv_sec += time.tv_nsec / 1_000_000_000
        time.tv_nsec %= 1_000_000_000
        return time
    }

    private static func isPast(_ time: timespec) -> Bool {
        let now = Self.now()
        return (now.tv_sec, now.tv_nsec) >= (time.tv_sec, time.tv_nsec)
    }

    func retire(_ sandbox: Sandbox) {
        let late = locked {
            if !ending { retired.append(sandbox) }
            pthread_cond_broadcast(changed)
            return ending
        }
        if late { try? sandbox.destroy() }
    }

    /// The paths of the sandboxes that are ready, retired or being made.
    var paths: [String] {
        locked { (ready + retired).map(\.path) + (making.map { [$0] } ?? []) }
    }

    /// Ends the thread after all that is ready or retired was destroyed; waits for it.
    func end() {
        locked {
            ending = true
            pthread_cond_broadcast(changed)
            while !ended { pthread_cond_wait(changed, lock) }
        }
    }

    private enum Step {
        case make(at: String)
        case destroy([Sandbox])
        case finish([Sandbox])
    }

    private func run() {
        let maker = try? SandboxMaker()
        while true {
            switch nextStep(canMake: maker != nil) {
            case .make(let path):
                let sandbox = try? maker?.make(at: path)
                locked {
                    making = nil
                    if let sandbox { ready.append(sandbox) }
                    failed = sandbox == nil
                }
            case .destroy(let sandboxes):
                for sandbox in sandboxes { try? sandbox.destroy() }
            case .finish(let sandboxes):
                for sandbox in sandboxes { try? sandbox.destroy() }
                locked {
                    ended = true
                    pthread_cond_broadcast(changed)
                }
                return
            }
        }
    }

    /// Waits for something to do. Filling up goes before taking down; it begins when half are gone or takes have
    /// ceased for a while, and then goes on until all are ready.
    private func nextStep(canMake: Bool) -> Step {
        locked {
            while true {
                if ending {
                    let all = ready + retired
                    ready = []
                    retired = []
                    return .finish(all)
                }
                let isShort = canMake && !failed && ready.count < depth
                let isLow = isShort && ready.count * 2 < depth
                if isShort && (isFilling || Self.isPast(isLow ? fillAt : quietUntil)) {
                    isFilling = true
                    let path = SandboxMaker.newPath(in: directory)
                    making = path
                    return .make(at: path)
                }
                if !isShort { isFilling = false }
                if !retired.isEmpty && (retired.count >= Self.mostRetired || Self.isPast(quietUntil)) {
                    let some = retired
                    retired = []
                    return .destroy(some)
                }
                if isShort || !retired.isEmpty {
                    var until = isLow ? fillAt : quietUntil
                    pthread_cond_timedwait(changed, lock, &until)
                } else {
                    pthread_cond_wait(changed, lock)
                }
            }
        }
    }

    private func locked<T>(_ body: () -> T) -> T {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return body()
    }
}
