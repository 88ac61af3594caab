/// A line of /proc/PID/mountinfo (proc_pid_mountinfo(5)), as far as cgroups need it.
struct MountInfo {
    var root: String
    var mountPoint: String
    var type: String
    var superOptions: String

    static func parse(_ text: String) -> [MountInfo] {
        text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ", omittingEmptySubsequences: false)
            guard let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count > dash + 3 else { return nil }
            return MountInfo(
                root: unescaped(fields[3]), mountPoint: unescaped(fields[4]), type: String(fields[dash + 1]),
                superOptions: String(fields[dash + 3]))
        }
    }

    /// Undoes the kernel's octal escapes of blanks (`\040`).
    private static func unescaped(_ text: Substring) -> String {
        guard text.contains("\\") else { return String(text) }
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "\\"), index + 3 < bytes.count,
                let code = UInt8(String(decoding: bytes[(index + 1)...(index + 3)], as: UTF8.self), radix: 8)
            {
                result.append(code)
                index += 4
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
