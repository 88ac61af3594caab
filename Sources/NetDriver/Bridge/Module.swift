import CDriver
import DriverKit

/// The module's one C function.
@_cdecl("berth_driver_open")
public func openBridgeDriver(
    host: UnsafePointer<berth_host>?, options: UnsafePointer<CChar>?,
    driver: UnsafeMutablePointer<UnsafeMutablePointer<berth_driver>?>?, error: UnsafeMutablePointer<berth_buffer>?
) -> CInt {
    openDriver(host, options, driver, error) { host, options in try BridgeDriver(host: host, options: options) }
}
