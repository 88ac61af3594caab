import Glibc

/// Waits until something happens to the files of a directory, or until it is woken by another thread.
///
/// Where inotify is not to be had (its limits are per user) it looks ten times a second instead.
final class LogWatch: Sendable {
    private let events: Int32
    private let receiver: Int32
    private let sender: Int32

    init(directory: String) throws {
        var pair: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        guard socketpair(AF_UNIX, type, 0, &pair) == 0 else {
            throw LogError("socketpair for", directory, errno: errno)
        }
        receiver = pair[0]
        sender = pair[1]
        var events = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
        if events >= 0 {
            let mask = UInt32(IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE)
            if inotify_add_watch(events, directory, mask) < 0 {
                close(events)
                events = -1
            }
        }
        self.events = events
    }

    deinit {
        close(receiver)
        close(sender)
        if events >= 0 { close(events) }
    }

    /// Ends a wait that is going on, or else the next one. From any thread.
    func wake() {
        send(sender, "w", 1, Int32(MSG_NOSIGNAL))
    }

    /// Returns after something has happened, or after `milliseconds` (negative: never).
    func wait(milliseconds: Int32) {
        var polls = [pollfd(fd: receiver, events: Int16(POLLIN), revents: 0)]
        var timeout = milliseconds
        if events >= 0 {
            polls.append(pollfd(fd: events, events: Int16(POLLIN), revents: 0))
        } else if timeout < 0 || timeout > 100 {
            timeout = 100
        }
        guard poll(&polls, nfds_t(polls.count), timeout) > 0 else { return }
        var scratch = [UInt8](repeating: 0, count: 4096)
        for descriptor in polls where descriptor.revents != 0 {
            while read(descriptor.fd, &scratch, scratch.count) == scratch.count {}
        }
    }
}
