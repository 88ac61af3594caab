import LaunchPlan

/// Exit files: an end that is written reads as the same.
enum Exits {
    static func read(_ bytes: UnsafeRawBufferPointer) throws {
        guard let status = ExitStatus(text: String(decoding: bytes, as: UTF8.self)) else { return }
        check(ExitStatus(text: status.text) == status, "`\(status.text)` reads differently")
    }
}
