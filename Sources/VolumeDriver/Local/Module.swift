import DriverKit

/// The module's entry point.
@_cdecl("berth_driver_open")
public func openModule(
    host: UnsafePointer<berth_host>?, options: UnsafePointer<CChar>?,
    driver: UnsafeMutablePointer<UnsafeMutablePointer<berth_driver>?>?, error: UnsafeMutablePointer<berth_buffer>?
) -> CInt {
    openDriver(host, options, driver, error) { host, options in
        try options.allow(["root"])
        guard let root = options["root"]?.string ?? options.daemon("data-root")?.string.map({ $0 + "/volumes" }),
            root.hasPrefix("/")
        else { throw DriverError.invalid("option \"root\" must be an absolute path") }
        return try LocalVolumes(root: root, host: host)
    }
}
