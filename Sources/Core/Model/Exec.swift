/// A further process in a running container (Docker's exec).
public struct ExecConfig: Codable, Sendable, Equatable {
    @OrEmpty public var user: String
    @OrEmpty public var privileged: Bool
    @OrEmpty public var tty: Bool
    @OrEmpty public var attachStdin: Bool
    @OrEmpty public var attachStdout: Bool
    @OrEmpty public var attachStderr: Bool
    public var detachKeys: String?
    public var consoleSize: [Int]?
    @OrEmpty public var env: [String]
    @OrEmpty public var workingDir: String
    @OrEmpty public var cmd: [String]

    public init() {}

    package enum CodingKeys: String, CodingKey {
        case user = "User", privileged = "Privileged", tty = "Tty", attachStdin = "AttachStdin"
        case attachStdout = "AttachStdout", attachStderr = "AttachStderr", detachKeys = "DetachKeys"
        case consoleSize = "ConsoleSize", env = "Env", workingDir = "WorkingDir", cmd = "Cmd"
    }
}

/// What is known of an exec.
public struct ExecSnapshot: Sendable {
    public var id: String
    public var containerID: String
    public var config: ExecConfig
    public var isRunning: Bool
    public var exitCode: Int?
    public var pid: Int

    public init(id: String, containerID: String, config: ExecConfig) {
        self.id = id
        self.containerID = containerID
        self.config = config
        self.isRunning = false
        self.exitCode = nil
        self.pid = 0
    }
}
