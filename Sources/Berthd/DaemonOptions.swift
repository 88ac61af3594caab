import ArgumentParser

/// The command line, in dockerd's words where it has one. What is not given comes from the configuration file, and
/// then from the defaults.
struct DaemonOptions: ParsableArguments {
    @Option(
        name: .customLong("data-root"), help: "Where containers, images and volumes are kept. (default: /var/lib/berth)"
    )
    var dataRoot: String?

    @Option(
        name: .customLong("exec-root"),
        help: "Where what lives no longer than the machine is kept. (default: /run/berth)")
    var execRoot: String?

    @Option(
        name: [.customShort("H"), .customLong("host")],
        help: "The socket to serve. (default: unix:///run/berth/berth.sock)")
    var host: String?

    @Option(name: [.customShort("G"), .customLong("group")], help: "The group that may use the socket.")
    var group: String?

    @Option(name: .customLong("plugins-dir"), help: "The drivers' descriptors. (default: /etc/berth/plugins.d)")
    var pluginsDirectory: String?

    @Option(
        name: .customLong("plugin-sockets"),
        help: "A directory of sockets of Docker's plugins; \"none\" for none. (default: /run/docker/plugins)")
    var pluginSockets: [String] = []

    @Option(
        name: .customLong("plugin-specs"),
        help: """
            A directory of files that tell where Docker's plugins listen; \"none\" for none. (default: \
            /etc/docker/plugins and /usr/lib/docker/plugins)
            """)
    var pluginSpecs: [String] = []

    @Option(name: .customLong("config-file"), help: "The configuration file, JSON. (default: /etc/berth/berthd.json)")
    var configFile: String?

    @Option(name: .customLong("pidfile"), help: "A file to write the daemon's process ID to.")
    var pidfile: String?

    @Option(
        name: [.customShort("b"), .customLong("bridge")],
        help: "The default network's bridge; \"none\" for no default network. (default: berth0)")
    var bridge: String?

    @Option(name: .customLong("bip"), help: "The default bridge's address and subnet: 172.17.0.1/16.")
    var bip: String?

    @Flag(
        name: .customLong("ip-forward-no-drop"),
        help: "Where the daemon switches IP forwarding on, let others' traffic through this host all the same.")
    var ipForwardNoDrop = false

    @Option(name: .customLong("insecure-registry"), help: "A registry, HOST:PORT, that is spoken to without TLS.")
    var insecureRegistries: [String] = []

    @Option(
        name: [.customShort("l"), .customLong("log-level")],
        help: "debug, info, notice, warning or error. (default: info)")
    var logLevel: String?

    @Flag(
        name: .customLong("recover"),
        help: "Make a lost or damaged database anew from what the data root holds, and end.")
    var recover = false

    @Flag(name: .customLong("list-crash-points"), help: "Print the names that BERTH_CRASH_AT takes, for tests.")
    var listCrashPoints = false
}
