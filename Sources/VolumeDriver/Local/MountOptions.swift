import DriverKit
import Glibc

/// The options of mount(8), told apart: flags of mount(2), propagation, and what the file system is given.
struct MountOptions {
    private(set) var flags: UInt = 0
    private(set) var propagation: UInt = 0
    private(set) var data: [String] = []

    private static let set: [String: UInt] = [
        "ro": UInt(MS_RDONLY), "nosuid": UInt(MS_NOSUID), "nodev": UInt(MS_NODEV), "noexec": UInt(MS_NOEXEC),
        "sync": UInt(MS_SYNCHRONOUS), "dirsync": UInt(MS_DIRSYNC), "remount": UInt(MS_REMOUNT),
        "mand": UInt(MS_MANDLOCK), "noatime": UInt(MS_NOATIME), "nodiratime": UInt(MS_NODIRATIME),
        "relatime": UInt(MS_RELATIME), "strictatime": UInt(MS_STRICTATIME), "bind": UInt(MS_BIND),
        "rbind": UInt(MS_BIND | MS_REC),
    ]
    private static let cleared: [String: UInt] = [
        "rw": UInt(MS_RDONLY), "suid": UInt(MS_NOSUID), "dev": UInt(MS_NODEV), "exec": UInt(MS_NOEXEC),
        "async": UInt(MS_SYNCHRONOUS), "nomand": UInt(MS_MANDLOCK), "atime": UInt(MS_NOATIME),
        "diratime": UInt(MS_NODIRATIME), "norelatime": UInt(MS_RELATIME), "nostrictatime": UInt(MS_STRICTATIME),
        "defaults": 0,
    ]
    private static let propagations: [String: UInt] = [
        "private": UInt(MS_PRIVATE), "rprivate": UInt(MS_PRIVATE | MS_REC), "shared": UInt(MS_SHARED),
        "rshared": UInt(MS_SHARED | MS_REC), "slave": UInt(MS_SLAVE), "rslave": UInt(MS_SLAVE | MS_REC),
        "unbindable": UInt(MS_UNBINDABLE), "runbindable": UInt(MS_UNBINDABLE | MS_REC),
    ]

    init(_ text: String) {
        for option in text.split(separator: ",").map(String.init) {
            if let flag = Self.set[option] {
                flags |= flag
            } else if let flag = Self.cleared[option] {
                flags &= ~flag
            } else if let flag = Self.propagations[option] {
                propagation |= flag
            } else {
                data.append(option)
            }
        }
    }

    /// Makes an address of the host name in "addr=": the kernel's network file systems know no names.
    mutating func resolveAddress() throws(DriverError) {
        guard let index = data.firstIndex(where: { $0.hasPrefix("addr=") }) else { return }
        let name = String(data[index].dropFirst("addr=".count))
        var found: UnsafeMutablePointer<addrinfo>?
        let result = getaddrinfo(name, nil, nil, &found)
        guard result == 0, let found else {
            throw .invalid(
                "error resolving passed in network volume address: \(name): \(String(cString: gai_strerror(result)))")
        }
        defer { freeaddrinfo(found) }
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        guard
            getnameinfo(
                found.pointee.ai_addr, found.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
                == 0
        else { throw .invalid("error resolving passed in network volume address: \(name)") }
        data[index] = "addr=" + text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }
}
