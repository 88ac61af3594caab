import Glibc
import LaunchPlan

/// The file behind a log, and its rotation. When it cannot be opened, what is written meanwhile is left out, and every write
/// tries again.
///
/// Others may empty, move or remove the file at any time, and readers have it open: what is in it is never overwritten or
/// cut off, but what this program has itself just added.
struct LogFile {
    private let plan: LaunchPlan.Log
    private let rotation: Rotation
    /// nil where rotated files stay as they are.
    private var compression: Compression?
    private var descriptor: Int32 = -1
    /// Bytes in the file as far as is known; more than there are when somebody has emptied it.
    private var size: UInt64 = 0
    /// When it was last looked whether the file is still there: seconds of the monotonic clock.
    private var looked = 0
    /// Why the file could not be opened, when it could not.
    private(set) var warnings: [String] = []

    init(_ plan: LaunchPlan.Log) {
        self.plan = plan
        rotation = Rotation(plan)
        if plan.compress, plan.maxSize > 0, plan.maxFiles > 1 { compression = Compression(rotation) }
        open()
    }

    var rotates: Bool { plan.maxSize > 0 }

    private mutating func open() {
        descriptor = Glibc.open(plan.path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
        warnings = descriptor >= 0 ? [] : ["open log `\(plan.path)`: " + causeText(errno)]
        var status = stat()
        // A pipe would make the process wait for a reader.
        if descriptor >= 0, fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            Glibc.close(descriptor)
            descriptor = -1
            warnings = ["open log `\(plan.path)`: it is not a regular file"]
        }
        size = present?.size ?? 0
        looked = Self.now()
        endLine()
    }

    /// A line without its end, from a power cut or a full disk, would take the next one with it.
    private mutating func endLine() {
        var last: UInt8 = 0x0A
        guard size > 0, pread(descriptor, &last, 1, off_t(size - 1)) == 1, last != 0x0A else { return }
        if Glibc.write(descriptor, "\n", 1) == 1 { size += 1 }
    }

    private var present: (size: UInt64, device: dev_t, inode: ino_t)? {
        var status = stat()
        guard descriptor >= 0, fstat(descriptor, &status) == 0 else { return nil }
        return (UInt64(status.st_size), status.st_dev, status.st_ino)
    }

    private static func now() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
        return time.tv_sec
    }

    /// Goes on in a new file when somebody has moved or removed this one. Looks once a second at most.
    private mutating func lookAgain() {
        let now = Self.now()
        guard descriptor >= 0, now != looked else { return }
        looked = now
        var named = stat()
        if stat(plan.path, &named) == 0, let present, named.st_dev == present.device, named.st_ino == present.inode {
            size = present.size
            return
        }
        close()
    }

    /// Rotates when the file is at its limit, or `count` bytes more would be too much for it.
    mutating func rotateIfNeeded(adding count: Int) {
        guard rotates, size > 0, size + UInt64(count) > plan.maxSize, let present else { return }
        size = present.size
        // Where that fails the file is written on: a limit is worth less than what is in it.
        guard size > 0, size + UInt64(count) > plan.maxSize, rotation.moveAside() else { return }
        close()
        open()
        compression?.goOn()
        compression?.begin()
    }

    /// Readable when there is something to be done for the compression of rotated files; -1 where there is not.
    var compressionEnded: Int32 { compression?.ended ?? -1 }
    var isCompressing: Bool { compression?.isRunning ?? false }
    mutating func goOnCompressing() { compression?.goOn() }

    /// Writes whole lines. When the disk is full they are left out as a whole: what follows stays readable.
    mutating func write(_ bytes: UnsafeRawBufferPointer) {
        lookAgain()
        if descriptor < 0 { open() }
        guard descriptor >= 0, let base = bytes.baseAddress else { return }
        var offset = 0
        while offset < bytes.count {
            let count = Glibc.write(descriptor, base + offset, bytes.count - offset)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return takeBack(offset) }
            offset += count
        }
        size += UInt64(bytes.count)
    }

    /// Takes away the `count` bytes that were just written, if they are the last in the file. It is never made longer.
    private mutating func takeBack(_ count: Int) {
        // After a write with O_APPEND the position is behind what was written.
        let end = lseek(descriptor, 0, SEEK_CUR)
        guard count > 0, end >= off_t(count), let present, present.size == UInt64(end) else { return }
        if ftruncate(descriptor, end - off_t(count)) == 0 { size = UInt64(end - off_t(count)) }
    }

    /// Closes the file for good.
    mutating func finish() {
        close()
        compression?.finish()
    }

    private mutating func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }
}
