import FoundationEssentials
import PluginProtocol

/// A driver that can be called. Any thread or task may call it, several at once.
///
/// Every call ends: with the driver's reply, its error, or after the descriptor's timeout with
/// "driver `x`: NetworkDriver.Join timed out after 5000 ms". Errors are `DriverError`; the code is the HTTP status that
/// a client should see (`unavailable` for a driver that hangs, cannot be reached, or was refused).
public struct DriverHandle: Sendable {
    public let name: String
    public let kind: DriverKind
    let transport: any Transport

    /// Calls the driver without blocking the calling thread.
    /// - Parameter late: called, on any thread, when the driver has done the call after all, though its time was over
    ///   and an error was thrown: with its reply, or with nil when nobody can tell whether it has. Must not block.
    /// - Throws: also `notImplemented` if the driver does not know the method.
    public func call<Request, Reply>(
        _ method: DriverMethod<Request, Reply>, _ request: Request, late: (@Sendable (Reply?) -> Void)? = nil
    ) async throws(DriverError) -> Reply {
        let body = try Wire.encode(request, driver: name, method: method.name)
        let result: Result<Data, DriverError> = await withCheckedContinuation { continuation in
            transport.start(
                Call(method: method.name, request: body, late: late.map { translated(method, $0) }) {
                    continuation.resume(returning: $0)
                })
        }
        return try Wire.decode(Reply.self, from: result.get(), driver: name, method: method.name)
    }

    /// A late result in terms of the method: an error of the driver's own means that it has done nothing.
    private func translated<Request, Reply>(
        _ method: DriverMethod<Request, Reply>, _ late: @escaping @Sendable (Reply?) -> Void
    ) -> Call.Completion {
        { [name] result in
            do {
                late(try Wire.decode(Reply.self, from: result.get(), driver: name, method: method.name))
            } catch let error as DriverError where error.code == .unavailable {
                late(nil)
            } catch {}
        }
    }

    /// Calls the driver and blocks the calling thread. Never on Swift's concurrency pool.
    /// - Throws: also `notImplemented` if the driver does not know the method.
    public func callBlocking<Request, Reply>(
        _ method: DriverMethod<Request, Reply>, _ request: Request
    ) throws(DriverError) -> Reply {
        let body = try Wire.encode(request, driver: name, method: method.name)
        let answer = Answer()
        transport.start(Call(method: method.name, request: body) { answer.set($0) })
        return try Wire.decode(Reply.self, from: answer.wait().get(), driver: name, method: method.name)
    }

    /// Calls an optional method: nil if the driver does not know it.
    public func callIfImplemented<Request, Reply>(
        _ method: DriverMethod<Request, Reply>, _ request: Request
    ) async throws(DriverError) -> Reply? {
        do {
            return try await call(method, request)
        } catch  where error.code == .notImplemented {
            return nil
        }
    }
}
