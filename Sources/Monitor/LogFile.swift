import Glibc
import LaunchPlan

/// The file behind a log, and its rotation: `x`, `x.1`, `x.2`, … from the newest to the oldest. When it cannot be opened,
/// what is written meanwhile is left out, and every write tries again.
struct LogFile {
    private let plan: LaunchPlan.Log
    private var descriptor: Int32 = -1
    private var size: UInt64 = 0
    /// Why the file could not be opened, when it could not.
    private(set) var warnings: [String] = []

    init(_ plan: LaunchPlan.Log) {
        self.plan = plan
        open(truncated: false)
    }

    var rotates: Bool { plan.maxSize > 0 }

    private mutating func open(truncated: Bool) {
        let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | (truncated ? O_TRUNC : 0)
        descriptor = Glibc.open(plan.path, flags, 0o640)
        warnings = descriptor >= 0 ? [] : ["open log `\(plan.path)`: " + causeText(errno)]
        var status = stat()
        size = descriptor >= 0 && fstat(descriptor, &status) == 0 ? UInt64(status.st_size) : 0
    }

    /// Rotates when the file is at its limit, or `count` bytes more would be too much for it.
    mutating func rotateIfNeeded(adding count: Int) {
        guard rotates, size > 0, size + UInt64(count) > plan.maxSize else { return }
        close()
        if plan.maxFiles > 1 {
            for number in stride(from: Int(plan.maxFiles) - 1, to: 1, by: -1) {
                rename("\(plan.path).\(number - 1)", "\(plan.path).\(number)")
            }
            rename(plan.path, "\(plan.path).1")
        }
        open(truncated: true)
    }

    /// Writes whole lines. When the disk is full they are left out as a whole: what follows stays readable.
    mutating func write(_ bytes: UnsafeRawBufferPointer) {
        if descriptor < 0 { open(truncated: false) }
        guard descriptor >= 0 else { return }
        var offset = 0
        while offset < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress! + offset, bytes.count - offset)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                ftruncate(descriptor, off_t(size))
                return
            }
            offset += count
        }
        size += UInt64(bytes.count)
    }

    mutating func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }
}
