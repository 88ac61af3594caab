@_exported import CDriver
import FoundationEssentials
import Glibc
@_exported import PluginProtocol

/// Opens a driver: the body of a module's one C function.
///
/// ```swift
/// @_cdecl("berth_driver_open")
/// public func open(
///     host: UnsafePointer<berth_host>?, options: UnsafePointer<CChar>?,
///     driver: UnsafeMutablePointer<UnsafeMutablePointer<berth_driver>?>?, error: UnsafeMutablePointer<berth_buffer>?
/// ) -> CInt {
///     openDriver(host, options, driver, error) { host, options in try MyDriver(host: host, options: options) }
/// }
/// ```
///
/// The kinds that the driver implements are the protocols that it conforms to. What `make` throws is the reason that
/// the daemon gives for going on without the driver.
public func openDriver(
    _ host: UnsafePointer<berth_host>?, _ options: UnsafePointer<CChar>?,
    _ driver: UnsafeMutablePointer<UnsafeMutablePointer<berth_driver>?>?,
    _ error: UnsafeMutablePointer<berth_buffer>?, make: (Host, DriverOptions) throws -> any Driver
) -> CInt {
    guard let host, host.pointee.abi == BERTH_DRIVER_ABI else { return CInt(BERTH_WRONG_ABI) }
    guard let driver else { return CInt(BERTH_FAILED) }
    do {
        let values = try DriverOptions(json: options.map { String(cString: $0) } ?? "{}")
        let opened = OpenedDriver(Routes(try make(Host(host), values)))
        let handle = UnsafeMutablePointer<berth_driver>.allocate(capacity: 1)
        handle.initialize(
            to: berth_driver(
                abi: BERTH_DRIVER_ABI, size: UInt32(MemoryLayout<berth_driver>.size),
                context: Unmanaged.passRetained(opened).toOpaque(), call: callDriver, close: closeDriver))
        driver.pointee = handle
        return CInt(BERTH_OK)
    } catch let failure {
        answer(failure, error)
        return CInt(BERTH_FAILED)
    }
}

/// What a `berth_driver`'s context holds.
private final class OpenedDriver: Sendable {
    let routes: Routes

    init(_ routes: Routes) { self.routes = routes }
}

private func callDriver(
    driver: UnsafeMutablePointer<berth_driver>?, method: UnsafePointer<CChar>?, request: UnsafePointer<CChar>?,
    size: Int, reply: UnsafeMutablePointer<berth_buffer>?
) -> CInt {
    guard let context = driver?.pointee.context, let method else { return CInt(BERTH_FAILED) }
    let opened = Unmanaged<OpenedDriver>.fromOpaque(context).takeUnretainedValue()
    do {
        let body = request.map { Data(bytes: $0, count: size) } ?? Data("{}".utf8)
        guard let answered = try opened.routes.call(String(cString: method), body) else {
            return CInt(BERTH_UNKNOWN_METHOD)
        }
        fill(reply, answered)
        return CInt(BERTH_OK)
    } catch {
        answer(error, reply)
        return CInt(BERTH_OK)
    }
}

private func closeDriver(driver: UnsafeMutablePointer<berth_driver>?) {
    guard let driver else { return }
    if let context = driver.pointee.context { Unmanaged<OpenedDriver>.fromOpaque(context).release() }
    driver.deinitialize(count: 1)
    driver.deallocate()
}

private func answer(_ error: any Error, _ reply: UnsafeMutablePointer<berth_buffer>?) {
    let failure = error as? DriverError ?? .system("\(error)")
    if let body = try? JSONEncoder().encode(failure) { fill(reply, body) }
}

private func fill(_ reply: UnsafeMutablePointer<berth_buffer>?, _ body: Data) {
    guard let reply, !body.isEmpty, let memory = malloc(body.count) else { return }
    body.withUnsafeBytes { memory.copyMemory(from: $0.baseAddress!, byteCount: body.count) }
    reply.pointee = berth_buffer(
        data: UnsafePointer(memory.assumingMemoryBound(to: CChar.self)), size: body.count, context: nil,
        release: { buffer in
            free(UnsafeMutableRawPointer(mutating: buffer?.pointee.data))
            buffer?.pointee.data = nil
        })
}
