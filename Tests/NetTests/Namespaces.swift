import CLinux
import Netlink

/// Runs a test's body on a thread in a network namespace made for it; both end with the body.
func inNewNamespace<T: Sendable>(_ body: @escaping @Sendable () throws -> T) throws -> T {
    try onOwnThread {
        guard berth_netns_unshare() == 0 else { throw NetlinkError("create network namespace", "") }
        return try body()
    }
}
