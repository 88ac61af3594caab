import CDriver
import FoundationEssentials
import Glibc
import PluginProtocol

/// A driver in a module that was opened. Its functions block, and may be called from several threads at once.
struct OpenedModule: Sendable {
    private let name: String
    // The interface allows calls from any thread; the module owns the memory until `close`.
    nonisolated(unsafe) private let driver: UnsafeMutablePointer<berth_driver>

    /// Loads the module and opens the driver. Blocks for as long as the module likes.
    /// - Throws: `unavailable`, with the reason for doing without this driver.
    init(_ descriptor: Descriptor, path: String, options: Data, services: any HostServices) throws(DriverError) {
        self = try CrashNote.during(descriptor.name, CrashNote.open) { () throws(DriverError) in
            try OpenedModule(loading: descriptor, path: path, options: options, services: services)
        }
    }

    private init(
        loading descriptor: Descriptor, path: String, options: Data, services: any HostServices
    ) throws(DriverError) {
        name = descriptor.name
        guard let library = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
            throw Self.refusal("open module `\(path)`: \(dlerror().map { String(cString: $0) } ?? "unknown error")")
        }
        guard let symbol = dlsym(library, BERTH_DRIVER_OPEN_SYMBOL) else {
            throw Self.refusal("module `\(path)` has no entry point `\(BERTH_DRIVER_OPEN_SYMBOL)`")
        }
        let open = unsafeBitCast(symbol, to: berth_driver_open_function.self)
        var opened: UnsafeMutablePointer<berth_driver>?
        var error = berth_buffer()
        let host = ModuleHost.make(name: name, services: services)
        let result = String(decoding: options, as: UTF8.self).withCString { open(host, $0, &opened, &error) }
        let text = Self.take(&error)
        switch Int(result) {
        case BERTH_OK: break
        case BERTH_WRONG_ABI:
            throw Self.refusal("module `\(path)` was built for another ABI than \(BERTH_DRIVER_ABI), the daemon's")
        default:
            var reason = "berth_driver_open returned \(result)"
            do {
                _ = try Wire.decode(Empty.self, from: text, driver: name, method: "open")
            } catch  where !text.isEmpty {
                reason = error.message
            } catch {}
            throw Self.refusal("module `\(path)`: \(reason)")
        }
        guard let opened else { throw Self.refusal("module `\(path)`: berth_driver_open gave no driver") }
        guard opened.pointee.abi == BERTH_DRIVER_ABI else {
            throw Self.refusal(
                "module `\(path)` has ABI \(opened.pointee.abi), and the daemon has ABI \(BERTH_DRIVER_ABI)")
        }
        guard opened.pointee.size >= UInt32(MemoryLayout<berth_driver>.size), opened.pointee.call != nil else {
            throw Self.refusal("module `\(path)`: the berth_driver it gave is incomplete")
        }
        driver = opened
        do {
            try activate(descriptor.kinds)
        } catch {
            close()
            throw Self.refusal("module `\(path)`: \(error.message)")
        }
    }

    /// Does a call, whose name is told if the process should crash in it.
    /// - Throws: `notImplemented` for a method that the driver does not know; `system` if it gave no reply.
    ///   An error that the driver gave in the right form is left in the reply.
    func call(_ method: String, _ request: Data) throws(DriverError) -> Data {
        var reply = berth_buffer()
        // A Data is not followed by a NUL, which the interface promises.
        var body = [UInt8](request)
        body.append(0)
        let result = body.withUnsafeBytes { body in
            CrashNote.during(name, method) {
                driver.pointee.call(
                    driver, method, body.bindMemory(to: CChar.self).baseAddress, body.count - 1, &reply)
            }
        }
        let answer = Self.take(&reply)
        switch Int(result) {
        case BERTH_OK: return answer
        case BERTH_UNKNOWN_METHOD:
            throw DriverError(.notImplemented, "driver `\(name)` does not implement \(method)")
        default:
            // A failed call must not pass for one that worked.
            _ = try Wire.decode(Empty.self, from: answer, driver: name, method: method)
            throw .system("driver `\(name)`: \(method) failed with \(result) and gave no reason")
        }
    }

    /// Frees the driver. No call may be under way.
    func close() { CrashNote.during(name, "close") { driver.pointee.close?(driver) } }

    private func activate(_ kinds: [DriverKind]) throws(DriverError) {
        let method = DriverMethod<Empty, ActivateReply>.activate.name
        let answer = try call(method, Data("{}".utf8))
        let reply = try Wire.decode(ActivateReply.self, from: answer, driver: name, method: method)
        try reply.check(kinds)
    }

    private static func take(_ buffer: inout berth_buffer) -> Data {
        defer { buffer.release?(&buffer) }
        guard let data = buffer.data, buffer.size > 0 else { return Data() }
        return Data(bytes: data, count: buffer.size)
    }

    private static func refusal(_ reason: String) -> DriverError { DriverError(.unavailable, reason) }
}

extension ActivateReply {
    /// Throws `unavailable` if the driver lacks a kind that its descriptor names.
    func check(_ kinds: [DriverKind]) throws(DriverError) {
        for kind in kinds where !implements.contains(kind.implements) {
            let list = implements.isEmpty ? "nothing" : implements.joined(separator: ", ")
            throw DriverError(
                .unavailable, "the descriptor says `\(kind.rawValue)`, but the driver implements \(list)")
        }
    }
}
