import Glibc
import PluginLoader

/// Descriptors of drivers, which are read from files: one in memory stands for them.
enum Descriptors {
    private static let path: String = {
        var template = Array("/dev/shm/berth-fuzz-XXXXXX".utf8CString)
        let file = mkstemp(&template)
        check(file >= 0, "mkstemp: \(String(cString: strerror(errno)))")
        close(file)
        return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }()

    static func read(_ bytes: UnsafeRawBufferPointer) throws {
        let file = open(path, O_WRONLY | O_TRUNC)
        check(file >= 0 && write(file, bytes.baseAddress, bytes.count) == bytes.count, "write \(path)")
        close(file)
        _ = try DescriptorReader.read(file: path, modulesDirectory: "/")
    }
}
