import CLinux
import Glibc
import Support
import Synchronization

/// Tells when the kernel kills in a cgroup for want of memory, whichever process it is. One thread waits for all.
///
/// On v1 by an eventfd that is registered in `cgroup.event_control` (Documentation/admin-guide/cgroup-v1/memory.rst,
/// section 10); on v2 by inotify(7) on `memory.events`. Both end with the cgroup.
public final class OutOfMemoryWatch: Sendable {
    private struct Entry {
        var descriptor: CInt
        var cgroup: Cgroup
        var kills: UInt64
        var onKill: @Sendable () -> Void
    }

    private struct State {
        var entries: [UInt64: Entry] = [:]
        var next: UInt64 = 1
        var isRunning = false
    }

    private let epoll: CInt
    private let state = Mutex(State())

    public init() {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    }

    deinit {
        if epoll >= 0 { close(epoll) }
    }

    /// From now on calls `onKill`, on the watching thread, when something is killed in the cgroup, until it is removed. Does
    /// nothing where the kernel does not tell. Blocking, for a moment.
    public func watch(_ cgroup: Cgroup, onKill: @escaping @Sendable () -> Void) {
        guard epoll >= 0, let path = cgroup.oomEventsPath else { return }
        let descriptor = path.hasSuffix("memory.events") ? Self.inotify(path) : Self.eventDescriptor(path)
        guard descriptor >= 0 else { return }
        let entry = Entry(descriptor: descriptor, cgroup: cgroup, kills: cgroup.oomKillCount(), onKill: onKill)
        let (key, isFirst) = state.withLock { state in
            let key = state.next
            state.next += 1
            state.entries[key] = entry
            defer { state.isRunning = true }
            return (key, !state.isRunning)
        }
        var event = epoll_event()
        event.events = UInt32(EPOLLIN.rawValue)
        event.data.u64 = key
        if epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) != 0 { drop(key) }
        if isFirst { startThread() }
    }

    private static func inotify(_ path: String) -> CInt {
        let descriptor = inotify_init1(CInt(IN_CLOEXEC | IN_NONBLOCK))
        guard descriptor >= 0 else { return -1 }
        guard inotify_add_watch(descriptor, path, UInt32(IN_MODIFY | IN_DELETE_SELF)) >= 0 else {
            close(descriptor)
            return -1
        }
        return descriptor
    }

    private static func eventDescriptor(_ path: String) -> CInt {
        let control = open(path, O_RDONLY | O_CLOEXEC)
        guard control >= 0 else { return -1 }
        defer { close(control) }
        let descriptor = eventfd(0, CInt(EFD_CLOEXEC) | CInt(EFD_NONBLOCK))
        guard descriptor >= 0 else { return -1 }
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        let registration = open(path[..<slash] + "/cgroup.event_control", O_WRONLY | O_CLOEXEC)
        let text = Array("\(descriptor) \(control)".utf8)
        let isRegistered = registration >= 0 && write(registration, text, text.count) == text.count
        if registration >= 0 { close(registration) }
        guard isRegistered else {
            close(descriptor)
            return -1
        }
        return descriptor
    }

    private func startThread() {
        let failure = OwnThread.start(named: "memory-watch") { self.run() }
        if failure != 0 { state.withLock { $0.isRunning = false } }
    }

    private func run() {
        var events = [epoll_event](repeating: epoll_event(), count: 16)
        while true {
            let count = epoll_wait(epoll, &events, CInt(events.count), -1)
            for index in 0..<max(0, Int(count)) { happened(events[index].data.u64) }
        }
    }

    private func happened(_ key: UInt64) {
        guard let entry = state.withLock({ $0.entries[key] }) else { return }
        var buffer = [UInt8](repeating: 0, count: 4096)
        while read(entry.descriptor, &buffer, buffer.count) > 0 {}
        // The end of the cgroup is told as well.
        guard let path = entry.cgroup.oomEventsPath, access(path, F_OK) == 0 else { return drop(key) }
        let kills = entry.cgroup.oomKillCount()
        state.withLock { $0.entries[key]?.kills = kills }
        // On v1 it is told before the kill; on v2 the file changes for other reasons, too.
        if kills > entry.kills || !path.hasSuffix("memory.events") { entry.onKill() }
    }

    private func drop(_ key: UInt64) {
        guard let entry = state.withLock({ $0.entries.removeValue(forKey: key) }) else { return }
        epoll_ctl(epoll, EPOLL_CTL_DEL, entry.descriptor, nil)
        close(entry.descriptor)
    }
}
