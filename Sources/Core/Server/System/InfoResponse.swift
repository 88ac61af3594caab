import API
import Engine
import Model

/// The answer to `GET /info`.
struct InfoResponse: JSONWritable {
    private let info: SystemInfo
    private let version: APIVersion

    init(_ info: SystemInfo, version: APIVersion) {
        self.info = info
        self.version = version
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            writeCounts(to: &json)
            writePlugins(to: &json)
            writeAbilities(to: &json)
            writeHost(to: &json)
            writeRuntime(to: &json)
            json.field("Warnings", info.warnings.isEmpty ? nil : info.warnings)
        }
    }

    private func writeCounts(to json: inout JSONWriter) {
        json.field("ID", info.id)
        json.field("Containers", info.containers)
        json.field("ContainersRunning", info.running)
        json.field("ContainersPaused", info.paused)
        json.field("ContainersStopped", info.stopped)
        json.field("Images", info.images)
        json.field("Driver", "overlay2")
        json.field("DriverStatus", [[String]]())
    }

    private func writePlugins(to json: inout JSONWriter) {
        json.object("Plugins") { json in
            json.field("Volume", info.volumeDrivers)
            json.field("Network", info.networkDrivers)
            json.null("Authorization")
            json.field("Log", ["json-file", "none"])
        }
    }

    private func writeAbilities(to json: inout JSONWriter) {
        let isV1 = info.cgroupVersion == "1"
        json.field("MemoryLimit", true)
        json.field("SwapLimit", info.swapLimit)
        if version < APIVersion(1, 42) { json.field("KernelMemory", false) }
        json.field("CpuCfsPeriod", true)
        json.field("CpuCfsQuota", true)
        json.field("CPUShares", true)
        json.field("CPUSet", true)
        json.field("PidsLimit", info.pidsLimit)
        json.field("IPv4Forwarding", info.ipv4Forwarding)
        if version < APIVersion(1, 50) {
            // Read only to warn that bridged packets pass by the filter; Berth's rules do not depend on it.
            json.field("BridgeNfIptables", true)
            json.field("BridgeNfIp6tables", true)
        }
        json.field("Debug", false)
        json.field("NFd", info.fileDescriptors)
        json.field("OomKillDisable", isV1)
        json.field("NGoroutines", info.threads)
        json.field("SystemTime", Timestamp.rfc3339(WallClock.now()))
        json.field("LoggingDriver", "json-file")
        json.field("CgroupDriver", "cgroupfs")
        json.field("CgroupVersion", info.cgroupVersion)
        json.field("NEventsListener", info.eventListeners)
    }

    private func writeHost(to json: inout JSONWriter) {
        json.field("KernelVersion", info.kernelVersion)
        json.field("OperatingSystem", info.operatingSystem)
        json.field("OSVersion", info.osVersion)
        json.field("OSType", "linux")
        json.field("Architecture", info.architecture)
        json.field("IndexServerAddress", "https://index.docker.io/v1/")
        json.object("RegistryConfig") { json in
            if version < APIVersion(1, 49) {
                json.field("AllowNondistributableArtifactsCIDRs", [String]())
                json.field("AllowNondistributableArtifactsHostnames", [String]())
            }
            json.field("InsecureRegistryCIDRs", ["127.0.0.0/8", "::1/128"])
            json.object("IndexConfigs") { json in
                for registry in Set(["docker.io"] + info.insecureRegistries).sorted() {
                    json.object(registry) { json in
                        json.field("Name", registry)
                        json.field("Mirrors", [String]())
                        json.field("Secure", !info.insecureRegistries.contains(registry))
                        json.field("Official", registry == "docker.io")
                    }
                }
            }
            json.field("Mirrors", [String]())
        }
        json.field("NCPU", info.cpus)
        json.field("MemTotal", info.memory)
        json.null("GenericResources")
        json.field("DockerRootDir", info.dataRoot)
        json.field("HttpProxy", "")
        json.field("HttpsProxy", "")
        json.field("NoProxy", "")
        json.field("Name", info.name)
        json.field("Labels", [String]())
        json.field("ExperimentalBuild", false)
        json.field("ServerVersion", info.serverVersion)
    }

    private func writeRuntime(to json: inout JSONWriter) {
        json.object("Runtimes") { json in
            for name in RuntimeName.all { json.object(name) { $0.field("path", "berth-monitor") } }
        }
        json.field("DefaultRuntime", RuntimeName.standard)
        json.object("Swarm") { json in
            json.field("NodeID", "")
            json.field("NodeAddr", "")
            json.field("LocalNodeState", "inactive")
            json.field("ControlAvailable", false)
            json.field("Error", "")
            json.null("RemoteManagers")
        }
        json.field("LiveRestoreEnabled", true)
        json.field("Isolation", "")
        json.field("InitBinary", "berth-monitor")
        for commit in ["ContainerdCommit", "RuncCommit", "InitCommit"] {
            json.object(commit) { json in
                json.field("ID", "")
                if version < APIVersion(1, 49) { json.field("Expected", "") }
            }
        }
        json.field("SecurityOptions", info.securityOptions)
        if version >= APIVersion(1, 46) { json.field("CDISpecDirs", [String]()) }
    }
}
