// The binary form of a plan's parts, in the order of their fields.

extension LaunchPlan.ExecTarget: PlanCoded {
    func encode(into writer: inout PlanWriter) {
        writer.put(pid)
        writer.put(startTime)
    }

    init(from reader: inout PlanReader) throws(PlanError) {
        self.init(pid: try reader.integer(), startTime: try reader.integer())
    }
}

extension LaunchPlan.Setting: PlanCoded {
    func encode(into writer: inout PlanWriter) {
        writer.put(name)
        writer.put(value)
    }

    init(from reader: inout PlanReader) throws(PlanError) {
        self.init(try reader.string(), try reader.string())
    }
}

extension LaunchPlan.Rlimit: PlanCoded {
    func encode(into writer: inout PlanWriter) {
        writer.put(resource)
        writer.put(soft)
        writer.put(hard)
    }

    init(from reader: inout PlanReader) throws(PlanError) {
        self.init(resource: try reader.integer(), soft: try reader.integer(), hard: try reader.integer())
    }
}

extension LaunchPlan.Namespace: PlanCoded {
    func encode(into writer: inout PlanWriter) {
        writer.put(kind.rawValue)
        writer.put(path != nil)
        if let path { writer.put(path) }
        writer.put(owner)
    }

    init(from reader: inout PlanReader) throws(PlanError) {
        let kind: Kind = try reader.choice("namespace")
        self.init(kind, path: try reader.bool() ? try reader.string() : nil)
        owner = try reader.optional()
    }
}

extension LaunchPlan.CgroupEntry: PlanCoded {
    func encode(into writer: inout PlanWriter) {
        writer.put(selfJoinFiles)
        writer.put(cloneDirectory != nil)
        if let cloneDirectory { writer.put(cloneDirectory) }
    }

    init(from reader: inout PlanReader) throws(PlanError) {
        self.init(selfJoinFiles: try reader.strings())
        cloneDirectory = try reader.bool() ? try reader.string() : nil
    }
}

extension LaunchPlan.Root: PlanCoded {
    func encode(into writer: inout PlanWriter) {
        switch self {
        case .overlay(let base, let lower, let upper, let work, let mountpoint, let options):
            writer.put(UInt8(0))
            writer.put(base)
            writer.put(lower)
            writer.put(upper)
            writer.put(work)
            writer.put(mountpoint)
            writer.put(options)
        case .directory(let path):
            writer.put(UInt8(1))
            writer.put(path)
        }
    }

    init(from reader: inout PlanReader) throws(PlanError) {
        switch try reader.integer(UInt8.self) {
        case 0:
            self = .overlay(
                base: try reader.string(), lower: try reader.strings(), upper: try reader.string(),
                work: try reader.string(), mountpoint: try reader.string(), options: try reader.string())
        case 1:
            self = .directory(try reader.string())
        default:
            throw .invalid("root")
        }
    }
}

extension LaunchPlan.Mount: PlanCoded {
    func encode(into writer: inout PlanWriter) {
        writer.put(type)
        writer.put(source)
        writer.put(subpath)
        writer.put(owner)
        writer.put(target)
        writer.put(flags)
        writer.put(data)
        writer.put(propagation.rawValue)
        writer.put(recursiveReadOnly)
        writer.put(optional)
    }

    init(from reader: inout PlanReader) throws(PlanError) {
        self.init(
            type: try reader.string(), source: try reader.string(), subpath: try reader.string(),
            owner: try reader.optional(), target: try reader.string(), flags: try reader.integer(),
            data: try reader.string(),
            propagation: try reader.choice("propagation"), recursiveReadOnly: try reader.bool(),
            optional: try reader.bool())
    }
}

extension LaunchPlan.Device: PlanCoded {
    func encode(into writer: inout PlanWriter) {
        writer.put(path)
        writer.put(hostPath)
        writer.put(kind.rawValue)
        writer.put(major)
        writer.put(minor)
        writer.put(mode)
        writer.put(uid)
        writer.put(gid)
    }

    init(from reader: inout PlanReader) throws(PlanError) {
        self.init(
            path: try reader.string(), hostPath: try reader.string(), kind: try reader.choice("device"),
            major: try reader.integer(), minor: try reader.integer(), mode: try reader.integer(),
            uid: try reader.integer(), gid: try reader.integer())
    }
}
