import Glibc
import Model
import Synchronization

/// Threads outside Swift's and NIO's pools, for work that changes the thread itself or takes long.
enum DetachedThread {
    private final class Body {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }

    /// Runs `body` on a new thread that ends with it; false when the system gives none.
    static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
        guard let thread = try? create(body) else { return false }
        pthread_detach(thread)
        return true
    }

    /// Runs `body` on a new thread, waits for its end and gives its result or error.
    static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) throws -> Value {
        let outcome = Outcome<Value>()
        let thread = try create { outcome.result.withLock { $0 = Result { try body() } } }
        pthread_join(thread, nil)
        guard let result = outcome.result.withLock({ $0 }) else { throw BerthError.system("a thread gave no result") }
        return try result.get()
    }

    private static func create(_ body: @escaping @Sendable () -> Void) throws -> pthread_t {
        let box = Unmanaged.passRetained(Body(body))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        guard code == 0 else {
            box.release()
            throw SystemCall.failure("create", "thread", code)
        }
        return thread
    }

    private final class Outcome<Value: Sendable>: Sendable {
        let result = Mutex<Result<Value, any Error>?>(nil)
    }
}
