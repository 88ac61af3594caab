import ChildProcess
import Foundation
import Glibc

/// A directory of one test, gone with it.
final class Scratch: Sendable {
    let path: String

    init() throws {
        var template = Array("/var/tmp/images-tests-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure("mkdtemp: \(String(cString: strerror(errno)))") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        _ = try? Tool.run("/bin/rm", ["-rf", path])
    }

    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        let file = self(name)
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        return file
    }

    /// Every path below, relative; what a failed operation must not have grown.
    func listing(_ name: String) -> [String] {
        (FileManager.default.enumerator(atPath: self(name))?.allObjects as? [String] ?? []).sorted()
    }
}

struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Programs that tests look and prepare with.
enum Tool {
    static func exists(_ name: String) -> Bool {
        ["/usr/bin", "/bin", "/usr/sbin", "/sbin"].contains { access("\($0)/\(name)", X_OK) == 0 }
    }

    /// Runs a program and gives its output; throws with what it said when it fails.
    @discardableResult
    static func run(_ program: String, _ arguments: [String], in directory: String? = nil) throws -> String {
        let process = try ChildProcess(program, arguments, in: directory, output: .piped)
        let text = String(decoding: process.readOutput(), as: UTF8.self)
        let status = process.wait()
        guard status == 0 else {
            throw Failure("\(program) \(arguments.joined(separator: " ")): \(status): \(text)")
        }
        return text
    }

    @discardableResult
    static func shell(_ script: String, in directory: String? = nil) throws -> String {
        try run("/bin/sh", ["-ec", script], in: directory)
    }
}
