import AsyncHTTPClient
import NIOCore
import PluginProtocol

extension PluginRegistry {
    /// Reads the descriptors and begins to open the drivers; returns without waiting for any of them.
    ///
    /// - Parameters:
    ///   - pluginsDirectory: where the descriptors are. It need not exist.
    ///   - modulesDirectory: where a descriptor's relative "module" is looked up.
    ///   - crashDirectory: where a module that crashes the process while it is opened leaves its name, so that it is
    ///     refused the next time; nil for none.
    ///   - hostServices: what drivers are offered. The rows of owners that are gone must have been removed from the
    ///     store already.
    ///   - sharedOptions: given to every module under the option "berth".
    ///   - places: where a driver is looked for that no descriptor names, when it is asked for.
    public convenience init(
        pluginsDirectory: String, modulesDirectory: String, crashDirectory: String? = nil,
        hostServices: any HostServices, sharedOptions: [String: JSONValue], places: PluginPlaces = .none
    ) {
        self.init(
            pluginsDirectory: pluginsDirectory, modulesDirectory: modulesDirectory, crashDirectory: crashDirectory,
            hostServices: hostServices, sharedOptions: sharedOptions, places: places
        ) { descriptor, log in
            let base: String
            var socket: String?
            switch descriptor.location {
            case .http(let url): base = url
            case .unixSocket(let path), .module(let path):
                base = "http+unix://" + percentEncoded(path)
                socket = path
            }
            return SocketTransport(
                name: descriptor.name, kinds: descriptor.kinds, base: base, socket: socket,
                timeoutMilliseconds: descriptor.timeoutMilliseconds, client: pluginClient, log: log)
        }
    }
}

/// One client for all plugins, for as long as the process lives: it has no connection while none is called.
private let pluginClient: HTTPClient = {
    var configuration = HTTPClient.Configuration()
    configuration.redirectConfiguration = .disallow
    configuration.timeout.connect = .seconds(5)
    configuration.connectionPool.idleTimeout = .seconds(15)
    // A call that waited for a connection behind slow ones would fail when the time to connect is over.
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1000
    configuration.connectionPool.retryConnectionEstablishment = false
    return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
}()

/// A path as the host of an `http+unix` URL.
private func percentEncoded(_ path: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in path.utf8 {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            bytes.append(byte)
        default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}
