import Glibc

/// Names of the host's users and groups. Blocking.
enum HostNames {
    private static let bufferSize = 16384

    /// The name, or the number where there is none.
    static func user(_ id: UInt32) -> String {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: bufferSize)
        return buffer.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress, getpwuid_r(id, &entry, start, buffer.count, &found) == 0, found != nil
            else { return String(id) }
            return String(cString: entry.pw_name)
        }
    }

    /// The name, or the number where there is none.
    static func group(_ id: UInt32) -> String {
        var entry = Glibc.group()
        var found: UnsafeMutablePointer<Glibc.group>?
        var buffer = [CChar](repeating: 0, count: bufferSize)
        return buffer.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress, getgrgid_r(id, &entry, start, buffer.count, &found) == 0, found != nil
            else { return String(id) }
            return String(cString: entry.gr_name)
        }
    }

    /// The number of a user of that name.
    static func user(named name: String) -> UInt32? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: bufferSize)
        return buffer.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress, getpwnam_r(name, &entry, start, buffer.count, &found) == 0,
                found != nil
            else { return nil }
            return entry.pw_uid
        }
    }

    /// The number of a group of that name.
    static func group(named name: String) -> UInt32? {
        var entry = Glibc.group()
        var found: UnsafeMutablePointer<Glibc.group>?
        var buffer = [CChar](repeating: 0, count: bufferSize)
        return buffer.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress, getgrnam_r(name, &entry, start, buffer.count, &found) == 0,
                found != nil
            else { return nil }
            return entry.gr_gid
        }
    }
}
