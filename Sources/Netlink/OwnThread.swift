import Glibc

/// Runs `body` on a thread made for it and waits for its end: for what changes the thread itself, such as setns(2).
/// Throws what `body` throws, or `NetlinkError` when no thread can be made.
public func onOwnThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) throws -> T {
    let task = ThreadTask(body)
    var thread = pthread_t()
    let failure = pthread_create(
        &thread, nil,
        { argument in
            let task = Unmanaged<ThreadWork>.fromOpaque(argument!).takeRetainedValue()
            task.run()
            return nil
        }, Unmanaged<ThreadWork>.passRetained(task).toOpaque())
    guard failure == 0 else {
        Unmanaged<ThreadWork>.passUnretained(task).release()
        throw NetlinkError("create thread", "", code: failure)
    }
    pthread_join(thread, nil)
    return try task.result!.get()
}

/// The type-free face of a task: what a thread's C entry point can name.
private class ThreadWork {
    func run() {}
}

/// Written by the thread that runs it, read after that thread was joined: never by two at once.
private final class ThreadTask<T>: ThreadWork {
    private let body: () throws -> T
    private(set) var result: Result<T, any Error>?

    init(_ body: @escaping () throws -> T) { self.body = body }

    override func run() { result = Result(catching: body) }
}

/// Runs `body` on a thread made for it, and does not wait. Throws `NetlinkError` when no thread can be made.
public func detachThread(_ body: @escaping @Sendable () -> Void) throws {
    let task = ThreadTask(body)
    var thread = pthread_t()
    let failure = pthread_create(
        &thread, nil,
        { argument in
            Unmanaged<ThreadWork>.fromOpaque(argument!).takeRetainedValue().run()
            return nil
        }, Unmanaged<ThreadWork>.passRetained(task).toOpaque())
    guard failure == 0 else {
        Unmanaged<ThreadWork>.passUnretained(task).release()
        throw NetlinkError("create thread", "", code: failure)
    }
    pthread_detach(thread)
}
