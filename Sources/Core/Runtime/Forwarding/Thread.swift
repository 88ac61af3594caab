import CLinux
import Glibc

/// Threads of their own.
enum Thread {
    private final class Body {
        let name: String
        let run: @Sendable () -> Void

        init(_ name: String, _ run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// Runs `body` on a new thread.
    /// - Returns: 0, or the errno of pthread_create(3).
    static func start(_ name: String, _ body: @escaping @Sendable () -> Void) -> Int32 {
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(Body(name, body))
        let result = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                berth_name_thread(body.name)
                body.run()
                return nil
            }, argument.toOpaque())
        guard result == 0 else {
            argument.release()
            return result
        }
        pthread_detach(thread)
        return 0
    }
}
