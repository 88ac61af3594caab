import ArgumentParser
import Engine
import Foundation
import Logging
import PluginLoader

/// The options, the configuration file and the defaults, brought together.
struct DaemonSettings {
    let engine: EngineConfiguration
    let socketPath: String
    let socketGroup: String?
    let pidfile: String?
    let logLevel: Logger.Level

    /// - Throws: `ValidationError` naming the option or file.
    init(options: DaemonOptions) throws {
        let file = try ConfigFile.read(options.configFile)
        let execRoot = options.execRoot ?? file.execRoot ?? "/run/berth"
        let dataRoot = options.dataRoot ?? file.dataRoot ?? "/var/lib/berth"
        for (name, path) in [("--data-root", dataRoot), ("--exec-root", execRoot)] where !path.hasPrefix("/") {
            throw ValidationError("\(name) \(path): the path must be absolute")
        }
        let host = options.host ?? file.hosts?.first ?? "unix:///run/berth/berth.sock"
        guard host.hasPrefix("unix://"), host.dropFirst("unix://".count).hasPrefix("/") else {
            throw ValidationError("-H \(host): only unix:///PATH is supported")
        }
        socketPath = String(host.dropFirst("unix://".count))
        socketGroup = options.group ?? file.group
        pidfile = options.pidfile ?? file.pidfile
        let level = options.logLevel ?? file.logLevel ?? "info"
        guard let logLevel = Logger.Level(rawValue: level == "warn" ? "warning" : level) else {
            throw ValidationError("--log-level \(level): unknown level")
        }
        self.logLevel = logLevel
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let directory = URL(fileURLWithPath: program).deletingLastPathComponent()
        let drivers = directory.deletingLastPathComponent().appendingPathComponent("lib/berth/drivers").path
        let monitor = directory.appendingPathComponent("berth-monitor").path
        if let objection = TrustedPath.objection(to: monitor) {
            throw ValidationError("monitor program \(monitor) is not trusted: \(objection)")
        }
        var engine = EngineConfiguration(
            dataRoot: dataRoot, execRoot: execRoot,
            pluginsDirectory: options.pluginsDirectory ?? file.pluginsDirectory ?? "/etc/berth/plugins.d",
            modulesDirectory: drivers, monitorPath: monitor,
            bridge: options.bridge ?? file.bridge ?? "berth0", bip: options.bip ?? file.bip ?? "",
            insecureRegistries: options.insecureRegistries + (file.insecureRegistries ?? []), version: Version.text)
        engine.pluginSockets = try Self.places(
            options.pluginSockets + (file.pluginSockets ?? []), "--plugin-sockets", default: ["/run/docker/plugins"])
        engine.pluginSpecs = try Self.places(
            options.pluginSpecs + (file.pluginSpecs ?? []), "--plugin-specs",
            default: ["/etc/docker/plugins", "/usr/lib/docker/plugins"])
        engine.ipForwardNoDrop = options.ipForwardNoDrop || file.ipForwardNoDrop ?? false
        self.engine = engine
    }

    private static func places(_ given: [String], _ option: String, default usual: [String]) throws -> [String] {
        guard !given.isEmpty else { return usual }
        if given == ["none"] { return [] }
        if let wrong = given.first(where: { !$0.hasPrefix("/") }) {
            throw ValidationError("\(option) \(wrong): the path must be absolute")
        }
        return given
    }
}

/// `/etc/berth/berthd.json`: the long options' names as keys.
struct ConfigFile: Decodable {
    var dataRoot: String?
    var execRoot: String?
    var hosts: [String]?
    var group: String?
    var pluginsDirectory: String?
    var pluginSockets: [String]?
    var pluginSpecs: [String]?
    var pidfile: String?
    var bridge: String?
    var bip: String?
    var ipForwardNoDrop: Bool?
    var insecureRegistries: [String]?
    var logLevel: String?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case dataRoot = "data-root", execRoot = "exec-root", hosts, group, pluginsDirectory = "plugins-dir"
        case pluginSockets = "plugin-sockets", pluginSpecs = "plugin-specs"
        case pidfile, bridge, bip, ipForwardNoDrop = "ip-forward-no-drop"
        case insecureRegistries = "insecure-registries", logLevel = "log-level"
    }

    /// Reads the file; without a path the default one, which need not exist.
    static func read(_ path: String?) throws -> ConfigFile {
        let file = path ?? "/etc/berth/berthd.json"
        if let objection = TrustedPath.objection(to: URL(fileURLWithPath: file).path) {
            throw ValidationError("configuration file \(file) is not trusted: \(objection)")
        }
        guard let data = FileManager.default.contents(atPath: file) else {
            guard path == nil else { throw ValidationError("--config-file \(file): it cannot be read") }
            return ConfigFile()
        }
        do {
            let known = Set(CodingKeys.allCases.map(\.rawValue))
            if let object = try JSONSerialization.jsonObject(with: data) as? [String: Any],
                let unknown = object.keys.sorted().first(where: { !known.contains($0) })
            {
                throw ValidationError("configuration file \(file): unknown key \"\(unknown)\"")
            }
            return try JSONDecoder().decode(ConfigFile.self, from: data)
        } catch let error as ValidationError {
            throw error
        } catch {
            throw ValidationError("configuration file \(file): \(error)")
        }
    }
}
