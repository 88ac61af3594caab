import Model
import Spec
import State
import Synchronization

/// One container in memory: the record, and what hangs on its running process.
///
/// `lock` serializes what changes the container (start, stop, remove, connect, exit); `body` is read at any time.
package final class ContainerEntry: Sendable {
    struct Body {
        var record: ContainerRecord
        /// The record's configuration, read. A record of an earlier version may have one that cannot be.
        var spec: Result<ContainerSpec, BerthError>
        var process: RunningContainer?
        var endpoints: [EndpointRecord] = []
        var waiters: [UInt64: (condition: WaitCondition, stream: AsyncStream<WaitResult>.Continuation)] = [:]
        var nextKey: UInt64 = 0
        var attaching: [UInt64: Attachment] = [:]
        var execs: [String] = []
        /// Restarts under way: they keep a `--rm` container over its end.
        var restarts = 0
        var isRemoved = false
    }

    package let id: String
    let imageName: String
    let lock = AsyncLock()
    let body: Mutex<Body>

    package init(record: ContainerRecord, spec: Result<ContainerSpec, BerthError>, imageName: String) {
        self.id = record.id
        self.imageName = imageName
        self.body = Mutex(Body(record: record, spec: spec))
    }

    /// A consistent copy.
    package var record: ContainerRecord { body.withLock { $0.record } }

    var readSpec: Result<ContainerSpec, BerthError> { body.withLock { $0.spec } }

    /// What the container is to be.
    /// - Throws: `BerthError.system` when that cannot be read from its record.
    var spec: ContainerSpec {
        get throws { try readSpec.get() }
    }

    var process: RunningContainer? { body.withLock { $0.process } }

    /// Changes the record in place and gives the changed copy.
    @discardableResult
    func update(_ change: (inout ContainerRecord) -> Void) -> ContainerRecord {
        body.withLock { body in
            change(&body.record)
            return body.record
        }
    }

    /// Sees that nobody has removed the container meanwhile. With its lock held.
    /// - Parameters:
    ///   - reference: how the client calls it.
    ///   - what: what is to be done to it: "started".
    /// - Throws: `BerthError.notFound` when it is gone, `.conflict` with Docker's text when its removal failed half way.
    package func checkPresent(as reference: String, toBe what: String) throws {
        let (isRemoved, status) = body.withLock { ($0.isRemoved, $0.record.state.status) }
        if isRemoved { throw BerthError.notFound("No such container: \(reference)") }
        if status == .removing || status == .dead {
            throw BerthError.conflict("container is marked for removal and cannot be \(what)")
        }
    }

    // MARK: Waiting

    /// Registers a wait. What already holds answers at once.
    package func wait(_ condition: WaitCondition) -> ContainerWait {
        let (stream, continuation) = AsyncStream.makeStream(of: WaitResult.self, bufferingPolicy: .bufferingNewest(1))
        let key: UInt64? = body.withLock { body in
            let state = body.record.state
            let holds =
                switch condition {
                case .notRunning: !state.isRunning && state.status != .starting
                case .nextExit: false
                case .removed: body.isRemoved
                }
            if holds || body.isRemoved {
                continuation.yield(WaitResult(statusCode: state.exitCode, error: nil))
                continuation.finish()
                return nil
            }
            body.nextKey += 1
            body.waiters[body.nextKey] = (condition, continuation)
            return body.nextKey
        }
        if let key {
            continuation.onTermination = { [weak self] _ in
                _ = self?.body.withLock { $0.waiters.removeValue(forKey: key) }
            }
        }
        return ContainerWait {
            for await result in stream { return result }
            throw CancellationError()
        }
    }

    /// Answers those who wait for `conditions`.
    /// - Parameter error: why what they wait for will not come to be.
    package func wake(_ conditions: Set<WaitCondition>, statusCode: Int, error: String? = nil) {
        let woken = body.withLock { body in
            let keys = body.waiters.filter { conditions.contains($0.value.condition) }.map(\.key)
            return keys.compactMap { body.waiters.removeValue(forKey: $0)?.stream }
        }
        for stream in woken {
            stream.yield(WaitResult(statusCode: statusCode, error: error))
            stream.finish()
        }
    }
}
