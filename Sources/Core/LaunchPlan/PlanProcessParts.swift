// The binary form of the process, its streams and its log.

extension LaunchPlan.Process: PlanCoded {
    func encode(into writer: inout PlanWriter) {
        writer.put(arguments)
        writer.put(environment)
        writer.put(workingDirectory)
        writer.put(user)
        writer.put(additionalGroups)
        writer.put(capabilities)
        writer.put(noNewPrivileges)
        writer.put(seccomp)
        writer.put(umask)
    }

    init(from reader: inout PlanReader) throws(PlanError) {
        self.init(
            arguments: try reader.strings(), environment: try reader.strings(),
            workingDirectory: try reader.string(), user: try reader.string(),
            additionalGroups: try reader.strings(), capabilities: try reader.value(),
            noNewPrivileges: try reader.bool(), seccomp: try reader.data(), umask: try reader.integer())
        guard !arguments.isEmpty else { throw .invalid("empty argument list") }
        guard seccomp.count % 8 == 0, seccomp.count / 8 <= 4096 else { throw .invalid("seccomp program") }
    }
}

extension LaunchPlan.Capabilities: PlanCoded {
    func encode(into writer: inout PlanWriter) {
        writer.put(bounding)
        writer.put(permitted)
        writer.put(effective)
        writer.put(inheritable)
        writer.put(ambient)
    }

    init(from reader: inout PlanReader) throws(PlanError) {
        self.init(
            bounding: try reader.integer(), permitted: try reader.integer(), effective: try reader.integer(),
            inheritable: try reader.integer(), ambient: try reader.integer())
    }
}

extension LaunchPlan.Stdio: PlanCoded {
    func encode(into writer: inout PlanWriter) {
        writer.put(terminal)
        writer.put(rows)
        writer.put(columns)
        writer.put(openStdin)
        writer.put(stdinOnce)
    }

    init(from reader: inout PlanReader) throws(PlanError) {
        self.init(
            terminal: try reader.bool(), rows: try reader.integer(), columns: try reader.integer(),
            openStdin: try reader.bool(), stdinOnce: try reader.bool())
    }
}

extension LaunchPlan.Log: PlanCoded {
    func encode(into writer: inout PlanWriter) {
        writer.put(path)
        writer.put(maxSize)
        writer.put(maxFiles)
        writer.put(compress)
        writer.put(attributes)
        writer.put(bufferSize)
    }

    init(from reader: inout PlanReader) throws(PlanError) {
        self.init(
            path: try reader.string(), maxSize: try reader.integer(), maxFiles: try reader.integer(),
            compress: try reader.bool(), attributes: try reader.string(), bufferSize: try reader.integer())
    }
}
