import Glibc
import PluginProtocol

/// Reads descriptors.
package enum DescriptorReader {
    private static let sizeLimit = 1 << 20

    /// The descriptors of a directory, and what is wrong with the others, in the order of their file names.
    /// A directory that is not there has none.
    package static func read(
        directory: String, modulesDirectory: String
    ) -> [Result<Descriptor, DescriptorError>] {
        guard let names = list(directory) else {
            if errno == ENOENT { return [] }
            let reason = "open directory: \(String(cString: strerror(errno)))"
            return [.failure(DescriptorError(file: directory, line: nil, reason: reason))]
        }
        var found: [String: Descriptor] = [:]
        return names.filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }.sorted().map { name in
            let file = directory + "/" + name
            do throws(DescriptorError) {
                let descriptor = try read(file: file, modulesDirectory: modulesDirectory)
                if let first = found[descriptor.name] {
                    throw DescriptorError(
                        file: file, line: descriptor.nameLine,
                        reason: "driver \"\(descriptor.name)\" is there already, in \(first.file)")
                }
                found[descriptor.name] = descriptor
                return .success(descriptor)
            } catch {
                return .failure(error)
            }
        }
    }

    /// Reads one descriptor.
    package static func read(file: String, modulesDirectory: String) throws(DescriptorError) -> Descriptor {
        let root: LocatedJSON
        do throws(LocatedJSONParser.Failure) {
            root = try LocatedJSONParser.parse(contents(of: file))
        } catch {
            throw DescriptorError(file: file, line: error.line == 0 ? nil : error.line, reason: error.reason)
        }
        return try DescriptorDecoder(file: file, modulesDirectory: modulesDirectory).decode(root)
    }

    /// The names in a directory; nil, with errno, if it cannot be opened.
    private static func list(_ directory: String) -> [String]? {
        guard let stream = opendir(directory) else { return nil }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) { name in
                    name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names
    }

    static func contents(of file: String) throws(LocatedJSONParser.Failure) -> [UInt8] {
        func failure(_ reason: String) -> LocatedJSONParser.Failure { .init(line: 0, reason: reason) }
        if let objection = TrustedPath.objection(to: file) { throw failure("not trusted: \(objection)") }
        let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure("open: \(String(cString: strerror(errno)))") }
        defer { Glibc.close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw failure("not a regular file")
        }
        guard status.st_size <= sizeLimit else { throw failure("larger than \(sizeLimit) bytes") }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var length = 0
        while length < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress?.advanced(by: length), $0.count - length)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read: \(String(cString: strerror(errno)))") }
            if count == 0 { break }
            length += count
        }
        return Array(bytes[..<length])
    }
}
