import Model

/// The body of `POST /exec/{id}/start`.
package struct StartExecBody: Decodable, Sendable {
    @OrEmpty package var detach: Bool
    /// Says only that `consoleSize` may be given: whether there is a terminal was said when the exec was made.
    @OrEmpty package var tty: Bool
    package var consoleSize: [Int]?

    enum CodingKeys: String, CodingKey {
        case detach = "Detach", tty = "Tty", consoleSize = "ConsoleSize"
    }

    package init() {}
}

/// The answer to `GET /exec/{id}/json`.
package struct ExecInspect: JSONWritable {
    package var exec: ExecSnapshot

    package init(_ exec: ExecSnapshot) {
        self.exec = exec
    }

    package func write(to json: inout JSONWriter) {
        let config = exec.config
        json.object { json in
            json.field("ID", exec.id)
            json.field("Running", exec.isRunning)
            json.field("ExitCode", exec.exitCode)
            json.object("ProcessConfig") { json in
                json.field("tty", config.tty)
                json.field("entrypoint", config.cmd.first ?? "")
                json.field("arguments", Array(config.cmd.dropFirst()))
                json.field("privileged", config.privileged)
                if !config.user.isEmpty { json.field("user", config.user) }
            }
            json.field("OpenStdin", config.attachStdin)
            json.field("OpenStderr", config.attachStderr)
            json.field("OpenStdout", config.attachStdout)
            json.field("CanRemove", false)
            json.field("ContainerID", exec.containerID)
            json.field("DetachKeys", config.detachKeys ?? "")
            json.field("Pid", exec.pid)
        }
    }
}
