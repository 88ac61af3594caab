import Model

/// Docker's rule for names of containers and volumes: `[a-zA-Z0-9][a-zA-Z0-9_.-]+`.
package enum ObjectName {
    package static func isValid(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count >= 2, isAlphanumeric(bytes[0]) else { return false }
        return bytes.dropFirst().allSatisfy { isAlphanumeric($0) || $0 == 95 || $0 == 46 || $0 == 45 }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122)
    }
}

/// A volume's name. It is one of a directory, too: NAME_MAX bytes at most.
package enum VolumeName {
    private static let longest = 255

    package static func isValid(_ name: String) -> Bool { ObjectName.isValid(name) && name.utf8.count <= longest }

    /// - Throws: `BerthError.invalid` with Docker's texts.
    package static func check(_ name: String) throws {
        guard name.utf8.count <= longest else {
            throw BerthError.invalid("create \(name.prefix(32))…: a volume's name has at most \(longest) characters")
        }
        guard name.utf8.count != 1 else {
            throw BerthError.invalid(
                "create \(name): volume name is too short, names should be at least two alphanumeric characters")
        }
        guard ObjectName.isValid(name) else {
            throw BerthError.invalid(
                "create \(name): \"\(name)\" includes invalid characters for a local volume name, only "
                    + "\"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, use "
                    + "absolute path")
        }
    }
}
