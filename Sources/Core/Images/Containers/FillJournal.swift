import Glibc
import Model

/// How far the copy of an image's directory into a volume has come: a file in the store's directory, where no container
/// can reach it. It holds the name of the directory in the volume that the copy is made in.
struct FillJournal {
    enum State: String, CaseIterable {
        /// The copy is being made.
        case partial
        /// The copy is whole, and is being moved to its place.
        case complete
    }

    private static let prefix = ".berth-"

    private let directory: Descriptor
    private let key: String

    /// - Parameters:
    ///   - directory: the store's directory of journals.
    ///   - volume: the volume's name.
    init(directory: String, volume: String) throws {
        self.directory = try Descriptor.open(directory, O_RDONLY | O_DIRECTORY)
        key = Digest.hex(Digest.sha256(Array(volume.utf8)))
    }

    /// Whether a copy has begun and has not come to its end.
    var isOpen: Bool { State.allCases.contains { faccessat(directory.raw, name(of: $0), F_OK, 0) == 0 } }

    /// What is known of a copy that was interrupted; nil for none. Its directory need not be there.
    func read() throws -> (state: State, copy: FileName)? {
        for state in State.allCases {
            let raw = openat(directory.raw, name(of: state), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
            if raw < 0, errno == ENOENT { continue }
            guard raw >= 0 else { throw SystemCall.failure("open", name(of: state).text) }
            let source = OwnedSource(Descriptor(raw), name: name(of: state).text)
            var bytes = [UInt8](repeating: 0, count: 128)
            let count = try bytes.withUnsafeMutableBytes { try source.read(into: $0) }
            let text = String(decoding: bytes[..<count], as: UTF8.self)
            // One that could not be written names no directory, and none was made.
            guard Self.isCopy(text) else { try end(); return nil }
            return (state, FileName(bytes: text.utf8))
        }
        return nil
    }

    /// Writes down that a copy begins.
    /// - Returns: the name of the directory to make it in, which nobody can foresee.
    func begin() throws -> FileName {
        let text = Self.prefix + (0..<2).map { _ in Self.hexadecimal(UInt64.random(in: .min ... .max)) }.joined()
        let file = Descriptor(
            openat(directory.raw, name(of: .partial), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600))
        try SystemCall.check(file.raw, "create", name(of: .partial).text)
        do {
            try Array(text.utf8).withUnsafeBytes {
                try FileContent.writeAll($0, to: file.raw, name: name(of: .partial).text)
            }
        } catch {
            try? end()
            throw error
        }
        return FileName(bytes: text.utf8)
    }

    /// Writes down that the copy is whole.
    func complete() throws {
        let result = renameat(directory.raw, name(of: .partial), directory.raw, name(of: .complete))
        try SystemCall.check(result, "rename", name(of: .partial).text)
    }

    /// Nothing is under way any more.
    func end() throws {
        for state in State.allCases where unlinkat(directory.raw, name(of: state), 0) < 0 && errno != ENOENT {
            throw SystemCall.failure("remove", name(of: state).text)
        }
    }

    private func name(of state: State) -> FileName { FileName(bytes: "\(key).\(state.rawValue)".utf8) }

    private static func isCopy(_ text: String) -> Bool {
        text.hasPrefix(prefix) && text.utf8.count == prefix.utf8.count + 32
            && text.dropFirst(prefix.count).allSatisfy(\.isHexDigit)
    }

    private static func hexadecimal(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
