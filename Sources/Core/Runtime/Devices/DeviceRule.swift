/// One rule of the device cgroup: who may do what with which device nodes.
///
/// Source: Documentation/admin-guide/cgroup-v1/devices.rst of the Linux kernel.
public struct DeviceRule: Sendable, Hashable {
    public enum Kind: Character, Sendable, Hashable {
        case all = "a"
        case character = "c"
        case block = "b"
    }

    public struct Access: OptionSet, Sendable, Hashable {
        public var rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        // The values are those of BPF_DEVCG_ACC_*.
        public static let mknod = Access(rawValue: 1)
        public static let read = Access(rawValue: 2)
        public static let write = Access(rawValue: 4)
        public static let all: Access = [.mknod, .read, .write]
    }

    public var kind: Kind
    /// nil stands for every major number.
    public var major: UInt32?
    /// nil stands for every minor number.
    public var minor: UInt32?
    public var access: Access

    public init(_ kind: Kind, _ major: UInt32?, _ minor: UInt32?, _ access: Access) {
        self.kind = kind
        self.major = major
        self.minor = minor
        self.access = access
    }

    /// Parses `--device-cgroup-rule`, e.g. `c 42:* rmw`. Throws `invalid device cgroup format '…'` as Docker does.
    public init(parsing text: String) throws {
        let fields = text.split(separator: " ", omittingEmptySubsequences: false)
        let numbers = fields.count == 3 ? fields[1].split(separator: ":", omittingEmptySubsequences: false) : []
        guard numbers.count == 2, fields[0].count == 1, let kind = Kind(rawValue: Character(String(fields[0]))),
            let major = Self.number(numbers[0]), let minor = Self.number(numbers[1]),
            let access = Access(letters: fields[2]), fields[2].count <= 3
        else { throw ConfinementError.invalid("invalid device cgroup format '\(text)'") }
        self.init(kind, major, minor, access)
    }

    private static func number(_ text: Substring) -> UInt32?? {
        if text == "*" { return .some(nil) }
        guard text.allSatisfy({ $0.isASCII && $0.isNumber }), let value = UInt32(text) else { return nil }
        return .some(value)
    }

    /// As the kernel writes it in `devices.list` and takes it in `devices.allow`.
    public var text: String {
        let first = major.map(String.init) ?? "*"
        let second = minor.map(String.init) ?? "*"
        return "\(kind.rawValue) \(first):\(second) \(access.letters)"
    }
}

extension DeviceRule.Access {
    /// Reads any of the letters r, w and m; nil where there is another one or none.
    public init?(letters: some StringProtocol) {
        self = []
        for letter in letters {
            switch letter {
            case "r": insert(.read)
            case "w": insert(.write)
            case "m": insert(.mknod)
            default: return nil
            }
        }
        if isEmpty { return nil }
    }

    public var letters: String {
        (contains(.read) ? "r" : "") + (contains(.write) ? "w" : "") + (contains(.mknod) ? "m" : "")
    }
}
