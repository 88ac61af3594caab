import DriverKit

/// The module's entry point.
@_cdecl("berth_driver_open")
public func openModule(
    host: UnsafePointer<berth_host>?, options: UnsafePointer<CChar>?,
    driver: UnsafeMutablePointer<UnsafeMutablePointer<berth_driver>?>?, error: UnsafeMutablePointer<berth_buffer>?
) -> CInt {
    openDriver(host, options, driver, error) { _, options in
        try options.allow([])
        return BindVolumes()
    }
}
