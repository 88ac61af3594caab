/// What runs in a container, as a client gave it or an image says it (Docker's `ContainerConfig`). As in `HostConfig`, a
/// field is optional only where empty is not the same as absent.
public struct ContainerConfig: Codable, Sendable, Equatable {
    @OrEmpty public var hostname: String
    @OrEmpty public var domainname: String
    @OrEmpty public var user: String
    @OrEmpty public var attachStdin: Bool
    @OrEmpty public var attachStdout: Bool
    @OrEmpty public var attachStderr: Bool
    @OrEmpty public var exposedPorts: [String: EmptyObject]
    @OrEmpty public var tty: Bool
    @OrEmpty public var openStdin: Bool
    @OrEmpty public var stdinOnce: Bool
    @OrEmpty public var env: [String]
    public var cmd: WordList?
    public var healthcheck: HealthCheck?
    @OrEmpty public var argsEscaped: Bool
    @OrEmpty public var image: String
    @OrEmpty public var volumes: [String: EmptyObject]
    @OrEmpty public var workingDir: String
    /// An empty list takes the image's entry point away; nil leaves it.
    public var entrypoint: WordList?
    @OrEmpty public var networkDisabled: Bool
    @OrEmpty public var macAddress: String
    @OrEmpty public var onBuild: [String]
    @OrEmpty public var labels: [String: String]
    @OrEmpty public var stopSignal: String
    /// Seconds between the stop signal and SIGKILL; 10 when absent.
    public var stopTimeout: Int?
    @OrEmpty public var shell: [String]

    public init() {}

    package enum CodingKeys: String, CodingKey {
        case hostname = "Hostname", domainname = "Domainname", user = "User"
        case attachStdin = "AttachStdin", attachStdout = "AttachStdout", attachStderr = "AttachStderr"
        case exposedPorts = "ExposedPorts", tty = "Tty", openStdin = "OpenStdin", stdinOnce = "StdinOnce"
        case env = "Env", cmd = "Cmd", healthcheck = "Healthcheck", argsEscaped = "ArgsEscaped"
        case image = "Image", volumes = "Volumes", workingDir = "WorkingDir", entrypoint = "Entrypoint"
        case networkDisabled = "NetworkDisabled", macAddress = "MacAddress", onBuild = "OnBuild"
        case labels = "Labels", stopSignal = "StopSignal", stopTimeout = "StopTimeout", shell = "Shell"
    }
}

/// A health check's command and times (nanoseconds). Kept and shown; not yet run.
public struct HealthCheck: Codable, Sendable, Equatable {
    public var test: [String]?
    public var interval: Int64?
    public var timeout: Int64?
    public var startPeriod: Int64?
    public var startInterval: Int64?
    public var retries: Int?

    package enum CodingKeys: String, CodingKey {
        case test = "Test", interval = "Interval", timeout = "Timeout", startPeriod = "StartPeriod"
        case startInterval = "StartInterval", retries = "Retries"
    }
}
