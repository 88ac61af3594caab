import FoundationEssentials
import Glibc
import PluginProtocol

/// Where Docker's plugins say where they listen: a socket of the plugin's name, or a file that tells its address.
public struct PluginPlaces: Sendable, Equatable {
    /// Directories of sockets: `NAME.sock` or `NAME/NAME.sock`.
    public var sockets: [String]
    /// Directories of files: `NAME.spec`, an address, or `NAME.json`, an object with one.
    public var specs: [String]

    public init(sockets: [String], specs: [String]) {
        self.sockets = sockets
        self.specs = specs
    }

    /// Nothing is looked for.
    public static let none = PluginPlaces(sockets: [], specs: [])

    private struct Spec: Decodable {
        var address: String?
        var tls: TLS?

        struct TLS: Decodable {}

        enum CodingKeys: String, CodingKey { case address = "Addr", tls = "TLSConfig" }
    }

    /// The plugin of a name, where one is. A socket goes before a file, as with Docker.
    /// - Throws: `DescriptorError` for a file that makes no sense.
    package func find(_ name: String) throws(DescriptorError) -> Descriptor.Location? {
        guard Self.isName(name) else { return nil }
        for path in sockets.flatMap({ ["\($0)/\(name).sock", "\($0)/\(name)/\(name).sock"] }) {
            var status = stat()
            if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK { return .unixSocket(path) }
        }
        for file in specs.flatMap({ ["\($0)/\(name).spec", "\($0)/\(name).json"] }) where access(file, F_OK) == 0 {
            return try Self.location(file)
        }
        return nil
    }

    /// A name that is one component of a path, and no hidden file's.
    private static func isName(_ name: String) -> Bool {
        !name.isEmpty && !name.hasPrefix(".") && name.utf8.count < 200
            && name.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "/") }
    }

    private static func location(_ file: String) throws(DescriptorError) -> Descriptor.Location {
        func refusal(_ reason: String) -> DescriptorError { DescriptorError(file: file, line: nil, reason: reason) }
        let bytes: [UInt8]
        do throws(LocatedJSONParser.Failure) {
            bytes = try DescriptorReader.contents(of: file)
        } catch {
            throw refusal(error.reason)
        }
        var address = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
        if file.hasSuffix(".json") {
            guard let spec = try? JSONDecoder().decode(Spec.self, from: Data(bytes)) else {
                throw refusal("not a JSON object with \"Addr\"")
            }
            guard spec.tls == nil else { throw refusal("\"TLSConfig\": TLS is not implemented yet") }
            address = spec.address ?? ""
        }
        if address.hasPrefix("unix://") {
            let path = String(address.dropFirst("unix://".count))
            guard path.hasPrefix("/") else { throw refusal("the path of \"\(address)\" is not absolute") }
            return .unixSocket(path)
        }
        for scheme in ["tcp://", "http://"] where address.hasPrefix(scheme) {
            let host = address.dropFirst(scheme.count)
            guard !host.isEmpty, !host.contains("/") else { throw refusal("\"\(address)\" is not HOST:PORT") }
            return .http("http://\(host)")
        }
        throw refusal("\"\(address)\" is not an address: unix:///PATH or tcp://HOST:PORT")
    }
}
