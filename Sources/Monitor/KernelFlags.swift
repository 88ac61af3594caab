import CLinux
import Glibc
import LaunchPlan

extension LaunchPlan.Namespace.Kind {
    /// `CLONE_NEW*`.
    var cloneFlag: Int32 {
        switch self {
        case .mount: return 0x0002_0000
        case .pid: return 0x2000_0000
        case .uts: return 0x0400_0000
        case .ipc: return 0x0800_0000
        case .network: return 0x4000_0000
        case .cgroup: return 0x0200_0000
        }
    }
}

extension LaunchPlan.Propagation {
    /// `MS_*`.
    var flag: UInt64 {
        switch self {
        case .unchanged: return 0
        case .private: return 1 << 18
        case .shared: return 1 << 20
        case .slave: return 1 << 19
        case .unbindable: return 1 << 17
        }
    }
}

extension LaunchPlan.Device.Kind {
    /// `S_IF*`.
    var fileType: UInt32 {
        switch self {
        case .character: return 0o020000
        case .block: return 0o060000
        case .fifo: return 0o010000
        }
    }
}

/// Field 22 of `/proc/PID/stat`, 0 when there is no such process. The name before it may hold anything, so the fields
/// are counted from its last parenthesis.
func startTime(of pid: Int32) -> UInt64 {
    let file = open("/proc/\(pid)/stat", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return 0 }
    defer { close(file) }
    var buffer = [UInt8](repeating: 0, count: 1024)
    let count = read(file, &buffer, buffer.count)
    guard count > 0, let parenthesis = buffer[..<count].lastIndex(of: 0x29) else { return 0 }
    let fields = buffer[(parenthesis + 1)..<count].split(separator: 0x20)
    guard fields.count > 19 else { return 0 }
    return UInt64(String(decoding: fields[19], as: UTF8.self)) ?? 0
}

func nanosecondsSince1970() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
