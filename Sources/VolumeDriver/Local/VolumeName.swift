import DriverKit

/// What a volume may be called.
enum VolumeName {
    /// `[a-zA-Z0-9][a-zA-Z0-9_.-]+`, and short enough for a file.
    static func isValid(_ name: String) -> Bool {
        guard let first = name.utf8.first, isAlphanumeric(first), 2...255 ~= name.utf8.count else { return false }
        return name.utf8.allSatisfy { isAlphanumeric($0) || $0 == 0x5F || $0 == 0x2E || $0 == 0x2D }
    }

    /// Throws `DriverError.invalid` with Docker's texts.
    static func check(_ name: String) throws(DriverError) {
        if isValid(name) { return }
        if name.utf8.count == 1 {
            throw .invalid("volume name is too short, names should be at least two alphanumeric characters")
        }
        throw .invalid(
            "create \(name): \"\(name)\" includes invalid characters for a local volume name, only "
                + "\"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, use "
                + "absolute path")
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
