import CLinux
import Glibc
import Model

/// Extended attributes (xattr(7)) of open files.
enum ExtendedAttributes {
    /// Copies all but overlayfs's own; what the target's file system does not keep is left out.
    static func copy(from source: CInt, to copy: CInt, name: @autoclosure () -> String) throws {
        for attribute in try names(of: source, name: name()) where InodeAttributes.isAllowed(attribute) {
            var size = fgetxattr(source, attribute, nil, 0)
            guard size >= 0 else { continue }
            var value = [UInt8](repeating: 0, count: size)
            size = fgetxattr(source, attribute, &value, size)
            guard size >= 0 else { continue }
            if fsetxattr(copy, attribute, value, size, 0) < 0, errno != ENOTSUP {
                throw SystemCall.failure("set attribute \(attribute) of", name())
            }
        }
    }

    private static func names(of file: CInt, name: @autoclosure () -> String) throws -> [String] {
        let size = flistxattr(file, nil, 0)
        guard size > 0 else {
            if size == 0 || errno == ENOTSUP { return [] }
            throw SystemCall.failure("list attributes of", name())
        }
        var list = [CChar](repeating: 0, count: size)
        let filled = flistxattr(file, &list, size)
        guard filled > 0 else { return [] }
        return list[..<filled].split(separator: 0).map {
            String(decoding: $0.map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
    }
}
