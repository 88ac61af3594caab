import CLinux
import Glibc

/// Threads outside Swift's and NIO's pools, for work that changes the thread itself, such as setns(2), or takes long.
package enum OwnThread {
    /// Runs `body` on a new thread that ends with it, and does not wait.
    /// - Parameter name: what is shown of the thread, at most 15 bytes (pthread_setname_np(3)).
    /// - Returns: 0, or the errno of pthread_create(3): `body` is not run then.
    package static func start(named name: String? = nil, _ body: @escaping @Sendable () -> Void) -> Int32 {
        var thread = pthread_t()
        let code = create(&thread) {
            if let name { berth_name_thread(name) }
            body()
        }
        if code == 0 { pthread_detach(thread) }
        return code
    }

    /// Runs `body` on a new thread, waits for its end and gives its result.
    /// - Throws: what `body` throws; of `failure`, given the errno of pthread_create(3), when there is no thread.
    package static func run<Value: Sendable>(
        failure: (Int32) -> any Error, _ body: @escaping @Sendable () throws -> Value
    ) throws -> Value {
        let outcome = Outcome<Value>()
        var thread = pthread_t()
        let code = create(&thread) { outcome.result = Result(catching: body) }
        guard code == 0 else { throw failure(code) }
        pthread_join(thread, nil)
        return try outcome.result!.get()
    }

    private final class Body {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Written by the thread, read after that was joined: never by two at once.
    private final class Outcome<Value>: @unchecked Sendable {
        var result: Result<Value, any Error>?
    }

    private static func create(_ thread: inout pthread_t, _ body: @escaping @Sendable () -> Void) -> Int32 {
        let argument = Unmanaged.passRetained(Body(body))
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, argument.toOpaque())
        if code != 0 { argument.release() }
        return code
    }
}
