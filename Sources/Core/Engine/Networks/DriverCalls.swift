import Model
import PluginLoader
import PluginProtocol

extension Engine {
    /// Calls a driver, and makes its error into one a client sees.
    /// - Parameter late: called when the driver has done the call after its time was over and it had failed: with the
    ///   reply, or with nil when nobody can tell whether it has. Must not block.
    func call<Request, Reply>(
        _ kind: DriverKind, _ name: String, _ method: DriverMethod<Request, Reply>, _ request: Request,
        late: (@Sendable (Reply?) -> Void)? = nil
    ) async throws -> Reply {
        let driver = try handle(kind, name)
        do {
            let reply = try await driver.call(method, request, late: late)
            return reply
        } catch {
            throw Self.translated(error)
        }
    }

    /// Calls a driver to make something, and has it taken away again when a later step fails, or when the driver makes
    /// it only after the call has failed by its time.
    /// - Parameter opposite: takes away what the call has made, by its reply, which is nil when it never came. Must do no
    ///   harm when there is nothing to take away.
    func make<Request, Reply>(
        _ kind: DriverKind, _ name: String, _ method: DriverMethod<Request, Reply>, _ request: Request,
        _ undo: inout Undo, opposite: @escaping @Sendable (Reply?) async -> Void
    ) async throws -> Reply {
        let reply = try await call(kind, name, method, request) { late in Task { await opposite(late) } }
        undo.push { await opposite(reply) }
        return reply
    }

    private func handle(_ kind: DriverKind, _ name: String) throws -> DriverHandle {
        do {
            let driver = try drivers.driver(kind: kind, name: name)
            return driver
        } catch {
            throw Self.translated(error)
        }
    }

    private static func translated(_ error: any Error) -> any Error {
        guard let error = error as? DriverError else { return error }
        return BerthError(BerthError.Code(rawValue: error.code.rawValue) ?? .system, error.message)
    }

    /// Docker calls its own ipam driver "default".
    static func ipamDriverName(_ name: String) -> String { name == "default" || name.isEmpty ? "ipam" : name }
}
