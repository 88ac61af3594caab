import Model
import PluginProtocol

/// What the daemon was started with.
public struct EngineConfiguration: Sendable {
    public var dataRoot: String
    public var execRoot: String
    public var pluginsDirectory: String
    /// Where a descriptor's relative `module` is looked up.
    public var modulesDirectory: String
    /// Directories in which Docker's plugins have their sockets, and in which files tell where they listen.
    public var pluginSockets: [String] = []
    public var pluginSpecs: [String] = []
    /// The `berth-monitor` program.
    public var monitorPath: String
    /// The default bridge's name; "none" for no default network.
    public var bridge: String
    /// The default bridge's address and subnet, "172.17.0.1/16"; "" lets the ipam driver choose.
    public var bip: String
    public var insecureRegistries: [String]
    public var version: String
    /// Where a driver that crashed the daemon while it was opened leaves its name.
    public var crashDirectory: String { DataPaths(dataRoot: dataRoot, execRoot: execRoot).crashed }
    /// Where Berth switches routing on, what is not containers' is routed all the same.
    public var ipForwardNoDrop = false
    /// Network namespaces made beforehand.
    public var sandboxPoolDepth = 4
    /// Threads for blocking work.
    public var blockingThreads = 16
    /// The soft limit of open files that processes in containers start with; nil for the daemon's own.
    public var containerOpenFiles: UInt64?

    public init(
        dataRoot: String, execRoot: String, pluginsDirectory: String, modulesDirectory: String, monitorPath: String,
        bridge: String, bip: String, insecureRegistries: [String], version: String
    ) {
        self.dataRoot = dataRoot
        self.execRoot = execRoot
        self.pluginsDirectory = pluginsDirectory
        self.modulesDirectory = modulesDirectory
        self.monitorPath = monitorPath
        self.bridge = bridge
        self.bip = bip
        self.insecureRegistries = insecureRegistries
        self.version = version
    }
}

extension EngineConfiguration {
    /// What every driver module is told under the option "berth".
    var sharedDriverOptions: [String: JSONValue] {
        [
            "data-root": .string(dataRoot), "exec-root": .string(execRoot), "bridge": .string(bridge),
            "bip": .string(bip), "ip-forward-no-drop": .bool(ipForwardNoDrop),
        ]
    }
}
