import Model
import Runtime

extension HostConfig {
    /// Fills what the client left open, as an inspect shows it.
    package mutating func fillDefaults(cgroups: CgroupLayout.Version) {
        if logConfig == nil || logConfig?.type == "" {
            logConfig = LogConfig(type: "json-file", config: logConfig?.config ?? [:])
        }
        if networkMode.isEmpty { networkMode = "default" }
        if runtime.isEmpty { runtime = RuntimeName.standard }
        if shmSize == 0 { shmSize = 64 * 1024 * 1024 }
        if restartPolicy == nil || restartPolicy?.name == "" { restartPolicy = RestartPolicy() }
        if ipcMode.isEmpty { ipcMode = "private" }
        if cgroupnsMode.isEmpty {
            // As with Docker: on v1 programs look for their cgroup by the path that the host has for it.
            cgroupnsMode = cgroups == .v1 ? "host" : "private"
        }
        if memory > 0, memorySwap == 0 {
            let (double, isTooMuch) = memory.multipliedReportingOverflow(by: 2)
            memorySwap = isTooMuch ? .max : double
        }
        if pidsLimit == 0 { pidsLimit = nil }
        if memorySwappiness == -1 { memorySwappiness = nil }
        if privileged {
            maskedPaths = []
            readonlyPaths = []
        }
    }

    /// What `--mount type=volume,volume-label=…,volume-opt=…` says of a volume that is made for it.
    package func volumeOptions(for mount: ContainerMount) -> MountPoint.VolumeOptions? {
        mounts.first { MountSpecs.cleaned($0.target) == mount.destination }?.volumeOptions
    }
}
