import DriverKit
import Glibc
import NetDriverKernel
import Netlink
import Support
import Synchronization

/// What a look at the kernel's news says is worth checking.
struct WatchedChange: Sendable {
    /// Somebody else has changed the table.
    var isTableTouched = false
    var events: [LinkEvent] = []
}

/// A thread that is told by the kernel of changes to nftables, links and addresses.
final class NetworkWatch: Sendable {
    /// News are gathered for so long, milliseconds: a start of a container makes several.
    private static let gathering: Int32 = 100
    /// Milliseconds between looks at what the kernel tells nobody of.
    private static let idle: Int32 = 1000

    private let table: FilterTable
    /// A pair of sockets, the second of which is closed when the thread is to end.
    private let (end, ending): (Int32, Int32)

    init(table: FilterTable) throws {
        self.table = table
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw NetlinkError("open socket pair", "") }
        (end, ending) = (ends[0], ends[1])
    }

    /// Starts the thread. It listens before this returns, and hands over what it is told, or nothing about once a second
    /// if `look` asks for that.
    /// - Parameter look: Called on the thread; gives how many milliseconds nothing more is to be looked at, and whether to
    ///   be called although nothing is told.
    func start(_ look: @escaping @Sendable (WatchedChange) -> (pause: Int32, isTimed: Bool)) throws {
        let tables = try TableWatch(of: table)
        let links = try LinkWatch()
        let end = end
        let failure = OwnThread.start {
            defer { close(end) }
            var isTimed = false
            while true {
                switch Self.wait([tables.descriptor, links.descriptor, end], isTimed ? Self.idle : -1) {
                case nil: return
                case false?: break
                case true?: if Self.wait([end], Self.gathering) == nil { return }
                }
                let change = WatchedChange(isTableTouched: tables.drain(), events: links.drain())
                let (pause, timed) = look(change)
                isTimed = timed
                if pause > 0, Self.wait([end], pause) == nil { return }
            }
        }
        guard failure == 0 else { throw NetlinkError("create thread", "", code: failure) }
    }

    func stop() { close(ending) }

    /// Waits for one of the descriptors, the last of which is the end's: nil for that, false when the time is over.
    private static func wait(_ descriptors: [Int32], _ milliseconds: Int32) -> Bool? {
        var polled = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        let count = poll(&polled, nfds_t(polled.count), milliseconds)
        if polled.last?.revents != 0 { return nil }
        return count > 0 && polled.dropLast().contains { $0.revents != 0 }
    }
}

/// How long to leave things as they are when somebody changes them again and again.
struct RepairPace: Sendable {
    /// When the last ones were, in seconds of the monotonic clock.
    private var repairs: [Int] = []

    /// Counts a repair. Gives the seconds until the next one is worth while: 0 at first, then more and more.
    mutating func next() -> Int {
        let now = Self.seconds()
        repairs = repairs.filter { $0 > now - 60 } + [now]
        let often = repairs.count - 10
        return often <= 0 ? 0 : min(1 << min(often, 5), 30)
    }

    /// The monotonic clock.
    static func seconds() -> Int {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return now.tv_sec
    }
}
