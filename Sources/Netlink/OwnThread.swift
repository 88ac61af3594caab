import Support

/// Runs `body` on a thread made for it and waits for its end: for what changes the thread itself, such as setns(2).
/// Throws what `body` throws, or `NetlinkError` when no thread can be made.
public func onOwnThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) throws -> T {
    try OwnThread.run(failure: { NetlinkError("create thread", "", code: $0) }, body)
}
