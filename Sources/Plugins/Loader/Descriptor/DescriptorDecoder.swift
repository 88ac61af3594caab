import Glibc
import PluginProtocol

/// From the JSON of a descriptor to its meaning. Everything it throws names the file, the line and the reason.
struct DescriptorDecoder {
    let file: String
    let modulesDirectory: String

    private static let keys = ["name", "kinds", "module", "socket", "cni", "options", "timeout-ms", "$schema"]

    func decode(_ root: LocatedJSON) throws(DescriptorError) -> Descriptor {
        guard case .object(let members) = root.value else {
            throw failure(root.line, "a descriptor must be an object, not \(root.type)")
        }
        for member in members where !Self.keys.contains(member.key) {
            throw failure(member.line, "unknown key \"\(member.key)\"")
        }
        func member(_ key: String) -> LocatedJSON.Member? { members.first { $0.key == key } }
        if let schema = member("$schema") { _ = try string(schema) }
        guard let name = member("name") else { throw failure(root.line, "\"name\" is missing") }
        guard let kinds = member("kinds") else { throw failure(root.line, "\"kinds\" is missing") }
        return Descriptor(
            file: file, name: try self.name(name), kinds: try self.kinds(kinds),
            location: try location(root, module: member("module"), socket: member("socket"), cni: member("cni")),
            options: try options(member("options")), timeoutMilliseconds: try timeout(member("timeout-ms")),
            nameLine: name.line)
    }

    private func name(_ member: LocatedJSON.Member) throws(DescriptorError) -> String {
        let name = try string(member)
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: false
            }
        }
        let isValid =
            name.utf8.first.map(isAlphanumeric) ?? false
            && name.utf8.allSatisfy { isAlphanumeric($0) || [0x2D, 0x2E, 0x5F].contains($0) } && name.utf8.count <= 128
        guard isValid else {
            throw failure(
                member.value.line,
                "\"name\" must be made of letters, digits, \"_\", \".\" and \"-\", and begin with a letter or digit")
        }
        return name
    }

    private func kinds(_ member: LocatedJSON.Member) throws(DescriptorError) -> [DriverKind] {
        guard case .array(let elements) = member.value.value else {
            throw failure(member.line, "\"kinds\" must be an array of strings, not \(member.value.type)")
        }
        var kinds: [DriverKind] = []
        for element in elements {
            guard case .string(let word) = element.value else {
                throw failure(element.line, "\"kinds\" must be an array of strings, and has \(element.type)")
            }
            guard let kind = DriverKind(rawValue: word) else {
                let known = DriverKind.allCases.map(\.rawValue).joined(separator: ", ")
                throw failure(element.line, "unknown kind \"\(word)\"; there are \(known)")
            }
            guard !kinds.contains(kind) else { throw failure(element.line, "kind \"\(word)\" is there twice") }
            kinds.append(kind)
        }
        guard !kinds.isEmpty else { throw failure(member.line, "\"kinds\" is empty") }
        return kinds
    }

    private func location(
        _ root: LocatedJSON, module: LocatedJSON.Member?, socket: LocatedJSON.Member?, cni: LocatedJSON.Member?
    ) throws(DescriptorError) -> Descriptor.Location {
        let given = [module, socket, cni].compactMap(\.self)
        guard given.count <= 1 else {
            throw failure(given[1].line, "only one of \"module\", \"socket\" and \"cni\" can be given")
        }
        if let cni { throw failure(cni.line, "transport \"cni\" is not supported yet") }
        if let module { return .module(try modulePath(module)) }
        if let socket { return try address(socket) }
        throw failure(root.line, "one of \"module\" and \"socket\" must be given")
    }

    private func modulePath(_ member: LocatedJSON.Member) throws(DescriptorError) -> String {
        let given = try string(member)
        guard !given.isEmpty else { throw failure(member.line, "\"module\" is empty") }
        let path = given.hasPrefix("/") ? given : modulesDirectory + "/" + given
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw failure(member.line, "open module `\(path)`: \(String(cString: strerror(errno)))")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw failure(member.line, "open module `\(path)`: not a regular file")
        }
        if let objection = TrustedPath.objection(to: path) {
            throw failure(member.line, "module `\(path)` is not trusted: \(objection)")
        }
        return path
    }

    private func address(_ member: LocatedJSON.Member) throws(DescriptorError) -> Descriptor.Location {
        let text = try string(member)
        let path = text.hasPrefix("unix://") ? String(text.dropFirst("unix://".count)) : text
        if path.hasPrefix("/") {
            guard path.utf8.count < 108 else {
                throw failure(member.line, "\"socket\": the path is longer than the 107 bytes of a unix socket's")
            }
            return .unixSocket(path)
        }
        for scheme in ["http://", "tcp://"] where text.hasPrefix(scheme) {
            var host = text.dropFirst(scheme.count)
            while host.hasSuffix("/") { host.removeLast() }
            guard !host.isEmpty, !host.contains(where: { "/?#@".contains($0) || $0.isWhitespace }) else { break }
            return .http("http://" + host)
        }
        throw failure(member.line, "\"socket\" must be an absolute path or \"http://host:port\", not \"\(text)\"")
    }

    private func options(_ member: LocatedJSON.Member?) throws(DescriptorError) -> [String: JSONValue] {
        guard let member else { return [:] }
        guard case .object(let members) = member.value.value else {
            throw failure(member.line, "\"options\" must be an object, not \(member.value.type)")
        }
        if let reserved = members.first(where: { $0.key == "berth" }) {
            throw failure(reserved.line, "option \"berth\" is the daemon's own")
        }
        return member.value.json.object ?? [:]
    }

    private func timeout(_ member: LocatedJSON.Member?) throws(DescriptorError) -> Int {
        guard let member else { return Descriptor.defaultTimeoutMilliseconds }
        guard case .integer(let value) = member.value.value else {
            throw failure(member.line, "\"timeout-ms\" must be a whole number, not \(member.value.type)")
        }
        let range = Descriptor.timeoutRange
        guard let milliseconds = Int(exactly: value), range ~= milliseconds else {
            throw failure(member.line, "\"timeout-ms\" must be from \(range.lowerBound) to \(range.upperBound)")
        }
        return milliseconds
    }

    private func string(_ member: LocatedJSON.Member) throws(DescriptorError) -> String {
        guard case .string(let text) = member.value.value else {
            throw failure(member.line, "\"\(member.key)\" must be a string, not \(member.value.type)")
        }
        guard !text.contains("\0") else { throw failure(member.line, "\"\(member.key)\" contains a NUL") }
        return text
    }

    private func failure(_ line: Int, _ reason: String) -> DescriptorError {
        DescriptorError(file: file, line: line, reason: reason)
    }
}
