import Logging
import Model
import PluginLoader
import PluginProtocol
import Synchronization

/// The one door to drivers: whoever has something made by one, or asks it, does so here.
///
/// A call ends by its driver's timeout at the latest, and what it throws is a `BerthError` that a client may see. No lock
/// that a driver could need is held here: a driver may call back.
package final class DriverClient: Sendable {
    private let registry: PluginRegistry
    private let logger: Logger
    /// What volume drivers have said of themselves.
    private let scopes = Mutex<[String: String]>([:])

    package init(registry: PluginRegistry, logger: Logger) {
        self.registry = registry
        self.logger = logger
    }

    /// Calls a driver, and makes its error into one a client sees.
    /// - Parameter late: called when the driver has done the call after its time was over and it had failed: with the
    ///   reply, or with nil when nobody can tell whether it has. Must not block.
    package func call<Request, Reply>(
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
    package func make<Request, Reply>(
        _ kind: DriverKind, _ name: String, _ method: DriverMethod<Request, Reply>, _ request: Request,
        _ undo: inout Undo, opposite: @escaping @Sendable (Reply?) async -> Void
    ) async throws -> Reply {
        let reply = try await call(kind, name, method, request) { late in Task { await opposite(late) } }
        undo.push { await opposite(reply) }
        return reply
    }

    /// Tells a driver of what it need not know how to hear. What goes wrong is logged.
    package func tell<Request, Reply>(
        _ kind: DriverKind, _ name: String, _ method: DriverMethod<Request, Reply>, _ request: Request
    ) async {
        do {
            _ = try await handle(kind, name).callIfImplemented(method, request)
        } catch {
            let what = method.name.split(separator: ".").last ?? ""
            logger.warning("\(kind.rawValue) driver \(name): \(what.lowercased()): \(error)")
        }
    }

    private func handle(_ kind: DriverKind, _ name: String) throws -> DriverHandle {
        do {
            let driver = try registry.driver(kind: kind, name: name)
            return driver
        } catch {
            throw Self.translated(error)
        }
    }

    private static func translated(_ error: any Error) -> any Error {
        guard let error = error as? DriverError else { return error }
        return BerthError(BerthError.Code(rawValue: error.code.rawValue) ?? .system, error.message)
    }

    // MARK: Which there are

    /// Sees that a driver is there.
    /// - Parameter saying: makes the text for a client of why it is not.
    /// - Throws: `BerthError.notFound`.
    package func require(_ kind: DriverKind, _ name: String, saying: (any Error) -> String) throws {
        do {
            _ = try handle(kind, name)
        } catch {
            throw BerthError.notFound(saying(error))
        }
    }

    package func isKnown(_ kind: DriverKind, _ name: String) -> Bool { (try? handle(kind, name)) != nil }

    /// The names of the drivers of a kind that are not refused, sorted.
    package func names(of kind: DriverKind) -> [String] { registry.names(of: kind) }

    /// Those that are programs beside the daemon and have been spoken to.
    package func reachedNames(of kind: DriverKind) -> [String] { registry.reachedNames(of: kind) }

    package func statuses() -> [DriverStatus] { registry.statuses() }

    // MARK: What they can do

    /// "local", or "global" for a volume driver whose volumes are the same on every host. Asked once.
    package func scope(ofVolumeDriver driver: String) async -> String {
        if let known = scopes.withLock({ $0[driver] }) { return known }
        var scope = "local"
        do {
            let reply = try await call(.volume, driver, .volumeCapabilities, Empty())
            if reply.capabilities.scope == "global" { scope = "global" }
        } catch {
            // One that does not answer may do so later.
            if (error as? BerthError)?.code == .unavailable { return scope }
        }
        scopes.withLock { [scope] in $0[driver] = scope }
        return scope
    }

    // MARK: All of them

    /// Reads the descriptors of drivers again: those that are new, and those that were refused, are opened. A driver that
    /// runs stays as it is until the daemon starts anew, since containers may depend on it. What is refused is logged.
    /// Blocking.
    package func reload() { registry.reload() }

    /// Blocking.
    package func close() { registry.close() }
}
