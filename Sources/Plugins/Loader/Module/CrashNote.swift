import CCrash
import Glibc

/// What is told when the process crashes within a module: the driver and the method, by the handler of signals.
enum CrashNote {
    /// The name of the method while a module is loaded and opened.
    static let open = "open"

    /// Runs `body`, which goes into the module, with its name at hand.
    static func during<Result, Failure: Error>(
        _ driver: String, _ method: String, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        berth_crash_calling(driver, method)
        defer { berth_crash_calling(nil, nil) }
        return try body()
    }
}

/// The drivers that crashed the process while they were opened: a file for each, which the handler of signals wrote.
struct CrashedDrivers: Sendable {
    let directory: String

    /// Why the driver is not to be opened; nil when it may be. A module that has changed since may be.
    func refusal(of driver: String, module: String) -> String? {
        let file = directory + "/" + driver
        var crash = stat()
        guard stat(file, &crash) == 0 else { return nil }
        var present = stat()
        if stat(module, &present) == 0, Self.isLater(present.st_ctim, crash.st_mtim) {
            forgive(driver)
            return nil
        }
        return "module `\(module)`: the daemon crashed while it opened it (\(signal(in: file))); "
            + "it is opened again when it has changed, and on SIGHUP"
    }

    /// Lets the driver be opened again.
    func forgive(_ driver: String) {
        unlink(directory + "/" + driver)
    }

    private func signal(in file: String) -> String {
        let descriptor = Glibc.open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "unknown" }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = read(descriptor, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : "unknown"
    }

    private static func isLater(_ time: timespec, _ other: timespec) -> Bool {
        (time.tv_sec, time.tv_nsec) > (other.tv_sec, other.tv_nsec)
    }
}
