import Model
import PluginLoader
import PluginProtocol

extension Engine {
    /// Calls a driver, and makes its error into one a client sees.
    func call<Request, Reply>(
        _ kind: DriverKind, _ name: String, _ method: DriverMethod<Request, Reply>, _ request: Request
    ) async throws -> Reply {
        do {
            return try await drivers.driver(kind: kind, name: name).call(method, request)
        } catch let error as DriverError {
            throw BerthError(BerthError.Code(rawValue: error.code.rawValue) ?? .system, error.message)
        }
    }

    /// Docker calls its own ipam driver "default".
    static func ipamDriverName(_ name: String) -> String { name == "default" || name.isEmpty ? "ipam" : name }
}
