import Addresses
import Glibc
import Model
import Sandbox

/// What is wrong with a container's configuration is said before anything is made.
enum ContainerCheck {
    static let minimumMemory: Int64 = 6 * 1024 * 1024

    /// What an interface can have: neither a group's address nor zero. An empty text is none, and fine.
    /// - Throws: `BerthError.invalidParameter`.
    static func checkMACAddress(_ text: String) throws {
        guard !text.isEmpty else { return }
        guard let address = MACAddress(text), address.bytes[0] & 1 == 0, address.bytes.contains(where: { $0 != 0 })
        else {
            throw BerthError.invalid("invalid MAC address: \(text)")
        }
    }

    /// - Returns: warnings for the client.
    /// - Throws: `BerthError.invalid` with Docker's texts.
    static func check(_ config: ContainerConfig, _ host: HostConfig) throws -> [String] {
        var warnings: [String] = []
        if !config.workingDir.isEmpty, !config.workingDir.hasPrefix("/") {
            throw BerthError.invalid(
                "the working directory '\(config.workingDir)' is invalid, it needs to be an absolute path")
        }
        try checkMACAddress(config.macAddress)
        if !config.stopSignal.isEmpty { _ = try Signals.parse(config.stopSignal) }
        for assignment in config.env where assignment.isEmpty || assignment.hasPrefix("=") {
            throw BerthError.invalid("invalid environment variable: \(assignment)")
        }
        for name in config.exposedPorts.keys { _ = try ContainerPort.parseRange(name) }
        _ = try PublishRequest.all(config: config, hostConfig: host)
        _ = try SecurityOptions.parse(host.securityOpt)
        if host.shmSize < 0 { throw BerthError.invalid("SHM size can not be less than 0") }
        if host.oomScoreAdj < -1000 || host.oomScoreAdj > 1000 {
            throw BerthError.invalid(
                "Invalid value \(host.oomScoreAdj), range for oom score adj is [-1000, 1000]")
        }
        try LogSettings.check(host.logConfig)
        try checkRestart(host, &warnings)
        if let kind = config.healthcheck?.test?.first, kind != "NONE" {
            warnings.append("The health check is kept but not run yet: the container has no health status.")
        }
        try checkResources(host, &warnings)
        for entry in host.extraHosts {
            guard let extra = ExtraHost(entry) else {
                throw BerthError.invalid("bad format for add-host: \"\(entry)\"")
            }
            guard extra.isValid else {
                throw BerthError.invalid("invalid IP address in add-host: \"\(extra.address)\"")
            }
        }
        for address in host.dns where IPAddress(v4: address) == nil && !address.contains(":") {
            throw BerthError.invalid("invalid IP address: \(address)")
        }
        if !host.runtime.isEmpty, !RuntimeName.all.contains(host.runtime) {
            throw BerthError.invalid("unknown or invalid runtime name: \(host.runtime)")
        }
        for option in host.storageOpt.keys {
            throw BerthError.invalid("--storage-opt is not supported: unknown option \(option)")
        }
        if !host.cgroup.isEmpty {
            throw BerthError.invalid("invalid option: HostConfig.Cgroup is not supported, use CgroupParent")
        }
        if !["", "default"].contains(host.isolation) {
            throw BerthError.invalid("invalid isolation \"\(host.isolation)\": Linux has only \"default\"")
        }
        try checkModes(config, host)
        return warnings
    }

    /// What may have come to be wrong by an update.
    /// - Returns: warnings for the client.
    /// - Throws: `BerthError.invalid` with Docker's texts.
    static func checkUpdate(_ host: HostConfig) throws -> [String] {
        var warnings: [String] = []
        try checkRestart(host, &warnings)
        try checkResources(host, &warnings)
        return warnings
    }

    private static func checkModes(_ config: ContainerConfig, _ host: HostConfig) throws {
        if !host.usernsMode.isEmpty, host.usernsMode != "host" {
            throw BerthError.invalid("invalid USER mode: \(host.usernsMode)")
        }
        if !["", "host", "private"].contains(host.cgroupnsMode) {
            throw BerthError.invalid("invalid cgroup namespace mode: \(host.cgroupnsMode)")
        }
        if !["", "host"].contains(host.utsMode) { throw BerthError.invalid("invalid UTS mode: \(host.utsMode)") }
        if host.utsMode == "host", !config.hostname.isEmpty {
            throw BerthError.invalid("conflicting options: hostname and the UTS mode")
        }
        if host.utsMode == "host", !config.domainname.isEmpty {
            throw BerthError.invalid("conflicting options: domainname and the UTS mode")
        }
        if !["", "host"].contains(host.pidMode), !host.pidMode.hasPrefix("container:") {
            throw BerthError.invalid("invalid PID mode: \(host.pidMode)")
        }
        if !["", "host", "private", "shareable", "none"].contains(host.ipcMode), !host.ipcMode.hasPrefix("container:") {
            throw BerthError.invalid("invalid IPC mode: \(host.ipcMode)")
        }
    }

    private static func checkRestart(_ host: HostConfig, _ warnings: inout [String]) throws {
        let policy = host.restartPolicy?.name ?? ""
        guard ["", "no", "always", "on-failure", "unless-stopped"].contains(policy) else {
            throw BerthError.invalid("invalid restart policy '\(policy)'")
        }
        if policy != "on-failure", (host.restartPolicy?.maximumRetryCount ?? 0) != 0 {
            throw BerthError.invalid("maximum retry count cannot be used with restart policy '\(policy)'")
        }
        guard policy != "", policy != "no" else { return }
        if host.autoRemove {
            throw BerthError.invalid("can't create 'AutoRemove' container with restart policy")
        }
        warnings.append("Restart policy '\(policy)' is kept but not acted on yet: the container is not started again.")
    }

    /// What does not go together with the network mode.
    /// - Parameter config: as the client gave it: what an image adds, such as its ports, is not in the way.
    /// - Throws: `BerthError.invalid` with Docker's texts; `.notImplemented` for links.
    static func checkNetworkMode(_ config: ContainerConfig, _ host: HostConfig) throws {
        let mode = host.networkMode
        let isContainer = mode.hasPrefix("container:")
        if isContainer, mode.dropFirst("container:".count).isEmpty {
            throw BerthError.invalid("Invalid network mode: invalid container format container:<name|id>")
        }
        if isContainer || mode == "host" {
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

    private static func checkResources(_ host: HostConfig, _ warnings: inout [String]) throws {
        if host.memory != 0, host.memory < minimumMemory {
            throw BerthError.invalid("Minimum memory limit allowed is 6MB")
        }
        if host.memory > 0, host.memorySwap > 0, host.memorySwap < host.memory {
            throw BerthError.invalid("Minimum memoryswap limit should be larger than memory limit, see usage")
        }
        if host.memory == 0, host.memorySwap > 0 {
            throw BerthError.invalid("You should always set the Memory limit when using Memoryswap limit, see usage")
        }
        if let swappiness = host.memorySwappiness, swappiness < -1 || swappiness > 100 {
            throw BerthError.invalid("Invalid value: \(swappiness), valid memory swappiness range is 0-100")
        }
        if host.memoryReservation > 0, host.memoryReservation < minimumMemory {
            throw BerthError.invalid("Minimum memory reservation allowed is 6MB")
        }
        if host.memory > 0, host.memoryReservation > host.memory {
            throw BerthError.invalid("Minimum memory limit can not be less than memory reservation limit, see usage")
        }
        if host.nanoCpus > 0, host.cpuPeriod > 0 || host.cpuQuota > 0 {
            throw BerthError.invalid("Conflicting options: Nano CPUs and CPU Period/Quota cannot both be set")
        }
        let cpus = Int64(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        if host.nanoCpus < 0 || host.nanoCpus > cpus * 1_000_000_000 {
            throw BerthError.invalid(
                "Range of CPUs is from 0.01 to \(cpus).00, as there are only \(cpus) CPUs available")
        }
        if host.cpuShares < 0 {
            throw BerthError.invalid("invalid CPU shares (\(host.cpuShares)): value must be a positive integer")
        }
        if host.cpuPeriod != 0, host.cpuPeriod < 1000 || host.cpuPeriod > 1_000_000 {
            throw BerthError.invalid(
                "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)")
        }
        if host.cpuQuota > 0, host.cpuQuota < 1000 {
            throw BerthError.invalid("CPU cfs quota can not be less than 1ms (i.e. 1000)")
        }
        if host.blkioWeight != 0, host.blkioWeight < 10 || host.blkioWeight > 1000 {
            throw BerthError.invalid("Range of blkio weight is from 10 to 1000")
        }
    }
}

/// The json-file log's limits.
enum LogLimits {
    /// "10m" and the like: a number with an optional k, m or g (powers of 1024); nil when it is not one.
    static func bytes(_ text: String) -> UInt64? {
        var digits = text.lowercased()
        if digits.hasSuffix("b") { digits.removeLast() }
        var factor: UInt64 = 1
        if let unit = digits.last, let power = ["k": 1, "m": 2, "g": 3][String(unit)] {
            factor = (0..<power).reduce(1) { product, _ in product * 1024 }
            digits.removeLast()
        }
        guard let number = UInt64(digits) else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }
}
