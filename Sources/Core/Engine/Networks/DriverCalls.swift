import Model
import PluginLoader
import PluginProtocol

extension Engine {
    /// Calls a driver, and makes its error into one a client sees.
    func call<Request, Reply>(
        _ kind: DriverKind, _ name: String, _ method: DriverMethod<Request, Reply>, _ request: Request
    ) async throws -> Reply {
        let driver = try handle(kind, name)
        do {
            let reply = try await driver.call(method, request)
            return reply
        } catch {
            throw Self.translated(error)
        }
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
