import Model

extension ContainerConfig: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("Hostname", hostname)
            json.field("Domainname", domainname)
            json.field("User", user)
            json.field("AttachStdin", attachStdin)
            json.field("AttachStdout", attachStdout)
            json.field("AttachStderr", attachStderr)
            if !exposedPorts.isEmpty { json.field("ExposedPorts", exposedPorts) }
            json.field("Tty", tty)
            json.field("OpenStdin", openStdin)
            json.field("StdinOnce", stdinOnce)
            json.field("Env", env)
            json.field("Cmd", cmd)
            json.optional("Healthcheck", healthcheck)
            if argsEscaped { json.field("ArgsEscaped", true) }
            json.field("Image", image)
            json.fieldOrNull("Volumes", volumes)
            json.field("WorkingDir", workingDir)
            json.field("Entrypoint", entrypoint)
            if networkDisabled { json.field("NetworkDisabled", true) }
            if !macAddress.isEmpty { json.field("MacAddress", macAddress) }
            json.fieldOrNull("OnBuild", onBuild)
            json.field("Labels", labels)
            if !stopSignal.isEmpty { json.field("StopSignal", stopSignal) }
            json.optional("StopTimeout", stopTimeout)
            if !shell.isEmpty { json.field("Shell", shell) }
        }
    }
}

extension HealthCheck: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.optional("Test", test)
            json.optional("Interval", interval)
            json.optional("Timeout", timeout)
            json.optional("StartPeriod", startPeriod)
            json.optional("StartInterval", startInterval)
            json.optional("Retries", retries)
        }
    }
}
