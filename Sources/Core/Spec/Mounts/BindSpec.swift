import Model
import Runtime

extension MountSpecs {
    /// "/host:/inside[:mode]", "name:/inside[:mode]" or "/inside".
    static func parseBind(_ spec: String, _ volumeDriver: String) throws -> ContainerMount {
        let parts = spec.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard (1...3).contains(parts.count), !parts.contains("") else {
            throw BerthError.invalid("invalid volume specification: '\(spec)'")
        }
        if parts.count == 1 {
            var mount = ContainerMount(
                kind: .volume, source: "", destination: try absolute(parts[0], kind: "volume", spec: spec))
            mount.driver = volumeDriver
            mount.isAnonymous = true
            mount.copiesUp = true
            return mount
        }
        let isPath = parts[0].hasPrefix("/")
        var mount = ContainerMount(
            kind: isPath ? .bind : .volume, source: isPath ? cleaned(parts[0]) : "",
            destination: try absolute(parts[1], kind: isPath ? "bind" : "volume", spec: spec))
        if isPath {
            mount.driver = "bind"
            mount.createsSource = true
            mount.propagation = "rprivate"
        } else {
            try VolumeName.check(parts[0])
            mount.name = parts[0]
            mount.driver = volumeDriver
            mount.copiesUp = true
        }
        if parts.count == 3 { try apply(mode: parts[2], to: &mount, spec: spec) }
        return mount
    }

    /// What the mode of `--volumes-from` says. It has the words of a bind's, but for those on how a mount was made: copying
    /// and propagation stay as they are.
    static func isReadWrite(inherited mode: String) throws -> Bool {
        let ofMaking = ["nocopy", "rprivate", "private", "rshared", "shared", "rslave", "slave"]
        guard !mode.split(separator: ",").contains(where: { ofMaking.contains(String($0)) }) else {
            throw BerthError.invalid("invalid mode: \(mode)")
        }
        var mount = ContainerMount(kind: .volume, source: "", destination: "")
        try apply(mode: mode, to: &mount, spec: mode)
        return mount.isReadWrite
    }

    /// Each kind of word may come once (Docker's `mode` of a bind).
    private static func apply(mode: String, to mount: inout ContainerMount, spec: String) throws {
        mount.mode = mode
        var kinds: Set<String> = []
        for word in mode.split(separator: ",", omittingEmptySubsequences: false) {
            let kind: String
            switch word {
            case "rw", "ro":
                kind = "access"
                mount.isReadWrite = word == "rw"
            case "z", "Z":
                kind = "label"
                if KernelSecurity.present.hasSELinux {
                    throw BerthError.notImplemented("bind mode \"\(word)\": giving files an SELinux label")
                }
            case "cached", "delegated", "consistent": kind = "consistency"
            case "nocopy" where mount.kind == .volume:
                kind = "copy"
                mount.copiesUp = false
            case "rprivate", "private", "rshared", "shared", "rslave", "slave":
                kind = "propagation"
                guard mount.kind == .bind else {
                    throw BerthError.invalid(
                        "invalid volume specification: '\(spec)': invalid mount config for type \"volume\": "
                            + "field BindOptions must not be specified")
                }
                mount.propagation = String(word)
            default: throw BerthError.invalid("invalid mode: \(mode)")
            }
            guard kinds.insert(kind).inserted else { throw BerthError.invalid("invalid mode: \(mode)") }
        }
    }
}
