import CDriver
import Glibc
import PluginProtocol

/// The `berth_host` of one driver. It is made once and kept until the process ends, since a call that never came back
/// may still use it.
final class ModuleHost: Sendable {
    private let name: String
    private let services: any HostServices

    private init(name: String, services: any HostServices) {
        self.name = name
        self.services = services
    }

    /// Makes the struct that is given to the module.
    static func make(name: String, services: any HostServices) -> UnsafePointer<berth_host> {
        let context = Unmanaged.passRetained(ModuleHost(name: name, services: services)).toOpaque()
        let host = UnsafeMutablePointer<berth_host>.allocate(capacity: 1)
        host.initialize(
            to: berth_host(
                abi: BERTH_DRIVER_ABI, size: UInt32(MemoryLayout<berth_host>.size), context: context,
                log: { host, level, text in
                    guard let host = ModuleHost.of(host), let text else { return }
                    let level = DriverLogLevel(rawValue: Int(level)) ?? .info
                    host.services.log(driver: host.name, level: level, String(cString: text))
                },
                put: { host, bucket, key, value, size, owner, flags in
                    guard let host = ModuleHost.of(host), let bucket, let key else { return CInt(BERTH_STATE_FAILED) }
                    return host.put(bucket, key, UnsafeRawBufferPointer(start: value, count: size), owner, flags)
                },
                get: { host, bucket, key, value in
                    guard let host = ModuleHost.of(host), let bucket, let key, let value else {
                        return CInt(BERTH_STATE_FAILED)
                    }
                    return host.get(bucket, key, value)
                },
                remove: { host, bucket, key in
                    guard let host = ModuleHost.of(host), let bucket, let key else { return CInt(BERTH_STATE_FAILED) }
                    return host.remove(bucket, key)
                },
                list: { host, bucket, visit, context in
                    guard let host = ModuleHost.of(host), let bucket, let visit else { return CInt(BERTH_STATE_FAILED) }
                    return host.list(bucket, visit, context)
                },
                lost: { host, endpoint in
                    guard let host = ModuleHost.of(host), let endpoint else { return }
                    host.services.lost(driver: host.name, endpoint: String(cString: endpoint))
                }))
        return UnsafePointer(host)
    }

    private static func of(_ host: UnsafePointer<berth_host>?) -> ModuleHost? {
        host?.pointee.context.map { Unmanaged<ModuleHost>.fromOpaque($0).takeUnretainedValue() }
    }

    private func put(
        _ bucket: UnsafePointer<CChar>, _ key: UnsafePointer<CChar>, _ value: UnsafeRawBufferPointer,
        _ owner: UnsafePointer<CChar>?, _ flags: UInt32
    ) -> CInt {
        attempt("put", bucket) {
            let written = try services.putState(
                driver: name, bucket: String(cString: bucket), key: String(cString: key), value: [UInt8](value),
                owner: owner.map { String(cString: $0) } ?? "",
                onlyIfAbsent: flags & UInt32(BERTH_PUT_IF_ABSENT) != 0)
            return written ? BERTH_STATE_OK : BERTH_STATE_EXISTS
        }
    }

    private func get(
        _ bucket: UnsafePointer<CChar>, _ key: UnsafePointer<CChar>, _ buffer: UnsafeMutablePointer<berth_buffer>
    ) -> CInt {
        attempt("get", bucket) {
            let value = try services.state(driver: name, bucket: String(cString: bucket), key: String(cString: key))
            guard let value else { return BERTH_STATE_ABSENT }
            let memory = UnsafeMutablePointer<CChar>.allocate(capacity: value.count + 1)
            value.withUnsafeBytes {
                UnsafeMutableRawPointer(memory).copyMemory(from: $0.baseAddress ?? .init(memory), byteCount: $0.count)
            }
            memory[value.count] = 0
            buffer.pointee = berth_buffer(
                data: memory, size: value.count, context: memory,
                release: { buffer in
                    buffer?.pointee.context?.assumingMemoryBound(to: CChar.self).deallocate()
                    buffer?.pointee.context = nil
                    buffer?.pointee.data = nil
                })
            return BERTH_STATE_OK
        }
    }

    private func remove(_ bucket: UnsafePointer<CChar>, _ key: UnsafePointer<CChar>) -> CInt {
        attempt("remove", bucket) {
            let removed = try services.deleteState(
                driver: name, bucket: String(cString: bucket), key: String(cString: key))
            return removed ? BERTH_STATE_OK : BERTH_STATE_ABSENT
        }
    }

    private func list(
        _ bucket: UnsafePointer<CChar>,
        _ visit: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<berth_row>?) -> CInt,
        _ context: UnsafeMutableRawPointer?
    ) -> CInt {
        attempt("list", bucket) {
            for row in try services.states(driver: name, bucket: String(cString: bucket)) {
                let more = row.key.withCString { key in
                    row.owner.withCString { owner in
                        (row.value + [0]).withUnsafeBytes { value in
                            var row = berth_row(
                                key: key, value: value.bindMemory(to: CChar.self).baseAddress,
                                value_size: value.count - 1, owner: owner)
                            return visit(context, &row)
                        }
                    }
                }
                if more != 0 { break }
            }
            return BERTH_STATE_OK
        }
    }

    private func attempt(_ operation: String, _ bucket: UnsafePointer<CChar>, _ body: () throws -> Int) -> CInt {
        do {
            return CInt(try body())
        } catch {
            services.log(
                driver: name, level: .error, "state store: \(operation) in `\(String(cString: bucket))`: \(error)")
            let isFull = "\(error)".lowercased().contains("no space left on device")
            return CInt(isFull ? BERTH_STATE_FULL : BERTH_STATE_FAILED)
        }
    }
}
