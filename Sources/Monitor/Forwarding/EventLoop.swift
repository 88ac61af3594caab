import CLinux
import Glibc

/// Who wants to know what happens at a descriptor.
protocol EventHandler: AnyObject {
    /// - Parameter events: EPOLLIN and so on. They may be those of a descriptor that had this number before.
    func ready(_ descriptor: Int32, _ events: UInt32)
}

/// What cannot go on for now, and is tried again when there may be descriptors.
protocol DescriptorWaiter: AnyObject {
    func retry()
}

/// An epoll(7) loop of one thread, which counts the descriptors of its handlers.
final class EventLoop {
    static let input = EPOLLIN.rawValue
    static let output = EPOLLOUT.rawValue
    static let failure = EPOLLERR.rawValue
    private static let edges = EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
    /// Descriptors of the process that are nobody's here, and some to spare.
    private static let others = 32

    private let epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    /// By descriptor.
    private var handlers: [(any EventHandler)?] = []
    private var unfinished: [() -> Void] = []
    private var waiters: [any DescriptorWaiter] = []
    /// Descriptors that there may be: RLIMIT_NOFILE.
    let limit: Int
    /// Descriptors in use.
    private(set) var count = 0
    /// Seconds of the monotonic clock.
    private(set) var now = 0
    /// Called about every five seconds while `isTicking`.
    var tick: () -> Void = {}
    var isTicking = false

    init() { limit = Int(clamping: berth_most_files()) }

    func hasRoom(for more: Int) -> Bool { count + more + Self.others <= limit }

    /// Has `handler` called while the descriptor has the events, or once for each change of them.
    func add(_ descriptor: Int32, _ events: UInt32 = input, _ handler: any EventHandler) {
        while handlers.count <= Int(descriptor) { handlers.append(nil) }
        handlers[Int(descriptor)] = handler
        count += 1
        control(EPOLL_CTL_ADD, descriptor, events)
    }

    func addEdges(_ descriptor: Int32, _ handler: any EventHandler) { add(descriptor, Self.edges, handler) }

    func change(_ descriptor: Int32, _ events: UInt32) { control(EPOLL_CTL_MOD, descriptor, events) }

    /// The handler is called no more. The descriptor is to be closed at once.
    func forget(_ descriptor: Int32) {
        handlers[Int(descriptor)] = nil
        release(1)
    }

    /// Counts descriptors that nobody handles.
    func hold(_ more: Int) { count += more }

    func release(_ fewer: Int) {
        count -= fewer
        guard !waiters.isEmpty else { return }
        let all = waiters
        waiters = []
        for waiter in all { unfinished.append { waiter.retry() } }
    }

    /// Calls `waiter` when descriptors have become free.
    func wait(_ waiter: any DescriptorWaiter) { waiters.append(waiter) }

    /// Has work go on after all others had their turn.
    func continueLater(_ work: @escaping () -> Void) { unfinished.append(work) }

    func run(while condition: () -> Bool) {
        var events = [epoll_event](repeating: epoll_event(), count: 256)
        var lastTick = 0
        while condition() {
            let work = unfinished
            unfinished = []
            for each in work { each() }
            let timeout: Int32 = unfinished.isEmpty ? (isTicking || !waiters.isEmpty ? 5000 : -1) : 0
            let ready = epoll_wait(epoll, &events, Int32(events.count), timeout)
            readClock()
            for index in 0..<max(0, Int(ready)) {
                let descriptor = events[index].data.fd
                handlers[Int(descriptor)]?.ready(descriptor, events[index].events)
            }
            guard now >= lastTick + 5 else { continue }
            lastTick = now
            tick()
            // What failed for want of memory, say, has nobody to wake it.
            if !waiters.isEmpty { release(0) }
        }
    }

    private func readClock() {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
        now = time.tv_sec
    }

    private func control(_ operation: Int32, _ descriptor: Int32, _ events: UInt32) {
        var event = epoll_event()
        event.events = events
        event.data.fd = descriptor
        epoll_ctl(epoll, operation, descriptor, &event)
    }
}
