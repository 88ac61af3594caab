import Addresses
import Model
import Runtime

/// What can be read and cannot be asked for all the same, when a container is created or updated. Records of containers
/// that are there already are not judged again.
package enum RequestCheck {
    /// - Returns: warnings for the client.
    /// - Throws: `BerthError.invalid` with Docker's texts.
    package static func check(
        _ spec: ContainerSpec, _ config: ContainerConfig, _ host: HostConfig
    ) throws -> [String] {
        if !config.workingDir.isEmpty, !config.workingDir.hasPrefix("/") {
            throw BerthError.invalid(
                "the working directory '\(config.workingDir)' is invalid, it needs to be an absolute path")
        }
        try MACAddress.check(config.macAddress)
        for assignment in config.env where assignment.isEmpty || assignment.hasPrefix("=") {
            throw BerthError.invalid("invalid environment variable: \(assignment)")
        }
        if host.shmSize < 0 { throw BerthError.invalid("SHM size can not be less than 0") }
        if host.oomScoreAdj < -1000 || host.oomScoreAdj > 1000 {
            throw BerthError.invalid(
                "Invalid value \(host.oomScoreAdj), range for oom score adj is [-1000, 1000]")
        }
        try LogSettings.check(host.logConfig)
        var warnings = try check(spec.restart, host)
        try HealthProbe.check(config.healthcheck)
        if spec.health != nil {
            warnings.append("The health check is kept but not run yet: the container has no health status.")
        }
        for address in host.dns where IPAddress(v4: address) == nil && !address.contains(":") {
            throw BerthError.invalid("invalid IP address: \(address)")
        }
        try checkOptions(host)
        if spec.uts == .host, !config.hostname.isEmpty {
            throw BerthError.invalid("conflicting options: hostname and the UTS mode")
        }
        if spec.uts == .host, !config.domainname.isEmpty {
            throw BerthError.invalid("conflicting options: domainname and the UTS mode")
        }
        return warnings
    }

    /// What may have come to be wrong by an update.
    /// - Returns: warnings for the client.
    /// - Throws: `BerthError.invalid` with Docker's texts.
    package static func checkUpdate(_ spec: ContainerSpec, _ host: HostConfig) throws -> [String] {
        try check(spec.restart, host)
    }

    /// Options that other engines have.
    private static func checkOptions(_ host: HostConfig) throws {
        if !host.runtime.isEmpty, !RuntimeName.all.contains(host.runtime) {
            throw BerthError.invalid("unknown or invalid runtime name: \(host.runtime)")
        }
        if let option = host.storageOpt.keys.min() {
            throw BerthError.invalid("--storage-opt is not supported: unknown option \(option)")
        }
        if !host.cgroup.isEmpty {
            throw BerthError.invalid("invalid option: HostConfig.Cgroup is not supported, use CgroupParent")
        }
        if !["", "default"].contains(host.isolation) {
            throw BerthError.invalid("invalid isolation \"\(host.isolation)\": Linux has only \"default\"")
        }
    }

    private static func check(_ rule: RestartRule, _ host: HostConfig) throws -> [String] {
        guard rule != .never else { return [] }
        if host.autoRemove {
            throw BerthError.invalid("can't create 'AutoRemove' container with restart policy")
        }
        let name = host.restartPolicy?.name ?? ""
        return ["Restart policy '\(name)' is kept but not acted on yet: the container is not started again."]
    }

    /// What does not go together with the network mode.
    /// - Parameter config: as the client gave it: what an image adds, such as its ports, is not in the way.
    /// - Throws: `BerthError.invalid` with Docker's texts; `.notImplemented` for links.
    package static func checkNetworkMode(_ config: ContainerConfig, _ host: HostConfig) throws {
        let mode = try NetworkMode(host.networkMode)
        let isContainer = mode.isContainer
        if isContainer || mode == .host {
            let kind = isContainer ? "container" : "host"
            if isContainer, !config.hostname.isEmpty {
                throw BerthError.invalid("conflicting options: hostname and the network mode")
            }
            if !host.links.isEmpty {
                throw BerthError.invalid(
                    "conflicting options: \(kind) type networking can't be used with links. "
                        + "This would result in undefined behavior")
            }
            if !config.macAddress.isEmpty {
                throw BerthError.invalid("conflicting options: mac-address and the network mode")
            }
        }
        if isContainer {
            if !host.dns.isEmpty { throw BerthError.invalid("conflicting options: dns and the network mode") }
            if !host.extraHosts.isEmpty {
                throw BerthError.invalid("conflicting options: custom host-to-IP mapping and the network mode")
            }
            if !host.portBindings.isEmpty || host.publishAllPorts {
                throw BerthError.invalid("conflicting options: port publishing and the container type network mode")
            }
            if !config.exposedPorts.isEmpty {
                throw BerthError.invalid("conflicting options: port exposing and the container type network mode")
            }
        }
        if !host.links.isEmpty { throw BerthError.notImplemented("links between containers") }
    }
}
