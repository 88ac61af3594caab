import Glibc
import Synchronization

/// Places where a test can end the daemon with SIGKILL, to see that a restart leaves nothing behind.
///
/// `BERTH_CRASH_AT=start.launched` names one; `BERTH_CRASH_SKIP=2` lets it pass twice first.
public enum CrashPoint: String, CaseIterable, Sendable {
    case createWritten = "create.written"
    case createVolumes = "create.volumes"
    case createLayer = "create.layer"
    case createSettled = "create.settled"
    case startMarked = "start.marked"
    case startMounted = "start.mounted"
    case startSandbox = "start.sandbox"
    case startEndpointWritten = "start.endpoint-written"
    case startAddress = "start.address"
    case startEndpointMade = "start.endpoint-made"
    case startJoined = "start.joined"
    case startPublished = "start.published"
    case startEndpointReady = "start.endpoint-ready"
    case startCgroup = "start.cgroup"
    case startLaunched = "start.launched"
    case startWritten = "start.written"
    case execListening = "exec.listening"
    case execLaunched = "exec.launched"
    case execEnded = "exec.ended"
    case pauseFrozen = "pause.frozen"
    case unpauseThawed = "unpause.thawed"
    case stopSignalled = "stop.signalled"
    case exitSeen = "exit.seen"
    case exitUnpublished = "exit.unpublished"
    case exitEndpointsGone = "exit.endpoints-gone"
    case exitSandboxGone = "exit.sandbox-gone"
    case exitWritten = "exit.written"
    case removeMarked = "remove.marked"
    /// Only on a full disk.
    case removeTrashed = "remove.trashed"
    case removeLayer = "remove.layer"
    case removeVolumes = "remove.volumes"
    case removeForgotten = "remove.forgotten"
    case removeRowGone = "remove.row-gone"
    case removeWritten = "remove.written"
    case networkPool = "network.pool"
    case networkWritten = "network.written"
    case networkMade = "network.made"
    case networkReady = "network.ready"
    case networkRemoveWritten = "network.remove-written"
    case networkRemoveMade = "network.remove-made"
    case networkRemovePools = "network.remove-pools"
    case networkForgotten = "network.forgotten"
    case connectMade = "connect.made"
    case disconnectMade = "disconnect.made"
    case portsForgotten = "ports.forgotten"
    case portsRevoked = "ports.revoked"
    case portsPublished = "ports.published"
    case volumeWritten = "volume.written"
    case volumeMade = "volume.made"
    case volumeFillBegun = "volume.fill-begun"
    case volumeFillComplete = "volume.fill-complete"
    case volumeFillMoved = "volume.fill-moved"
    case volumeForgotten = "volume.forgotten"
    case volumeRemoveWritten = "volume.remove-written"
    case volumeRemoveMade = "volume.remove-made"
    case imageStored = "image.stored"
    case imageWritten = "image.written"
    case imageUntagged = "image.untagged"
    case imageForgotten = "image.forgotten"
    case imageRemoveWritten = "image.remove-written"
    case recoverRead = "recover.read"
    case recoverContainers = "recover.containers"
    case recoverKernel = "recover.kernel"
    case recoverUnfinished = "recover.unfinished"
    case recoverNetworks = "recover.networks"
    case recoverDisk = "recover.disk"

    private static let armed = getenv("BERTH_CRASH_AT").flatMap { CrashPoint(rawValue: String(cString: $0)) }
    private static let passesLeft = Mutex(getenv("BERTH_CRASH_SKIP").flatMap { Int(String(cString: $0)) } ?? 0)

    /// Ends the daemon here when this point is the one named.
    static func pass(_ point: CrashPoint) {
        guard armed == point else { return }
        let passes = passesLeft.withLock { left in
            defer { left -= 1 }
            return left > 0
        }
        if passes { return }
        kill(getpid(), SIGKILL)
        while true { pause() }
    }
}
