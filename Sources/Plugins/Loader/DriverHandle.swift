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
    /// - Throws: also `notImplemented` if the driver does not know the method.
    public func call<Request, Reply>(
        _ method: DriverMethod<Request, Reply>, _ request: Request
    ) async throws(DriverError) -> Reply {
        let body = try Wire.encode(request, driver: name, method: method.name)
        let result: Result<Data, DriverError> = await withCheckedContinuation { continuation in
            transport.start(Call(method: method.name, request: body) { continuation.resume(returning: $0) })
        }
        return try Wire.decode(Reply.self, from: result.get(), driver: name, method: method.name)
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
