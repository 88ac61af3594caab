import Addresses
import Glibc
import Model

/// A container's /etc/hosts (hosts(5)). The engine's are the head and one line for each address of the container;
/// everything else in a running container is the container's.
enum HostsFile {
    static let head = """
        127.0.0.1\tlocalhost
        ::1\tlocalhost ip6-localhost ip6-loopback
        fe00::0\tip6-localnet
        ff00::0\tip6-mcastprefix
        ff02::1\tip6-allnodes
        ff02::2\tip6-allrouters

        """

    /// The container's full name, then what else it goes by: its host name as the kernel has it, where that has dots and
    /// there is a domain besides, which Docker leaves out; and its short name. Each once.
    static func names(hostname: String, domainname: String) -> String {
        let full = domainname.isEmpty ? hostname : "\(hostname).\(domainname)"
        let names = [full, hostname, String(full.prefix { $0 != "." })].filter { !$0.isEmpty }
        return names.lastOfEach(\.self).joined(separator: " ")
    }

    /// The line of one address, which may come with a prefix length.
    static func line(_ address: String, _ config: ContainerConfig) -> String {
        "\(IPPrefix.withoutLength(address))\t\(names(hostname: config.hostname, domainname: config.domainname))\n"
    }

    /// Puts a line at the end, in place: the file is mounted, in further containers too.
    static func add(_ line: String, to path: String) throws {
        let descriptor = open(path, O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw TextFile.failure("open", path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw TextFile.failure("read", path) }
        var last = UInt8(ascii: "\n")
        if status.st_size > 0, pread(descriptor, &last, 1, status.st_size - 1) < 0 {
            throw TextFile.failure("read", path)
        }
        // In one write, so that nothing that the container writes meanwhile gets in between.
        try TextFile.write(Array(((last == UInt8(ascii: "\n") ? "" : "\n") + line).utf8)[...], to: descriptor, path)
    }

    /// Takes a line away, in place: what follows it moves up. One that is not there any more has been changed by the
    /// container, and is the container's.
    static func remove(_ line: String, from path: String) throws {
        let descriptor = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw TextFile.failure("open", path) }
        defer { close(descriptor) }
        let content = try TextFile.bytes(of: descriptor, path)
        guard let range = content.firstLine(line) else { return }
        guard lseek(descriptor, off_t(range.lowerBound), SEEK_SET) >= 0 else { throw TextFile.failure("write", path) }
        try TextFile.write(content[range.upperBound...], to: descriptor, path)
        guard ftruncate(descriptor, off_t(content.count - range.count)) == 0 else {
            throw TextFile.failure("write", path)
        }
    }
}

extension [UInt8] {
    /// Where a line is, its line feed included.
    fileprivate func firstLine(_ text: String) -> Range<Int>? {
        let wanted = Array(text.utf8)
        var start = 0
        while start < count {
            let end = self[start...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? count
            if self[start..<end].elementsEqual(wanted) { return start..<end }
            start = end
        }
        return nil
    }
}
