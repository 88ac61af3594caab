import Glibc
import Model
import Runtime

extension SystemService {
    /// Facts about the daemon and its host.
    public func info() async throws -> SystemInfo {
        var info = SystemInfo()
        info.id = daemonID
        info.name = IdentityFiles.hostName()
        for entry in containers.all {
            info.containers += 1
            switch entry.record.state.status {
            case .running: info.running += 1
            case .paused: info.paused += 1
            default: info.stopped += 1
            }
        }
        info.images = images.all.count
        var name = utsname()
        uname(&name)
        info.kernelVersion = Self.text(&name.release)
        info.architecture = Self.text(&name.machine)
        let (release, forwarding, descriptors, threads) = try await blocking.run {
            (
                Self.osRelease(), TextFile.readIfPresent("/proc/sys/net/ipv4/ip_forward"),
                DirectoryListing.names("/proc/self/fd").count, DirectoryListing.names("/proc/self/task").count
            )
        }
        info.operatingSystem = release["PRETTY_NAME"] ?? "Linux"
        info.osVersion = release["VERSION_ID"] ?? ""
        info.cpus = HostProcessors.online
        info.memory = Int64(sysconf(Int32(_SC_PHYS_PAGES))) * Int64(sysconf(Int32(_SC_PAGESIZE)))
        info.cgroupVersion = runtime.layout.version == .v2 ? "2" : "1"
        info.dataRoot = configuration.dataRoot
        info.networkDrivers = drivers.names(of: .network) + DriverDefaults.withoutDriver
        info.volumeDrivers = drivers.names(of: .volume)
        info.ipamDrivers = drivers.names(of: .ipam)
        info.insecureRegistries = configuration.insecureRegistries
        info.serverVersion = configuration.version
        info.securityOptions = ["name=seccomp,profile=builtin"]
        info.ipv4Forwarding = forwarding?.hasPrefix("1") ?? false
        info.swapLimit = runtime.layout.features.swapLimit
        info.pidsLimit = runtime.layout.features.pids
        (info.fileDescriptors, info.threads) = (descriptors, threads)
        info.eventListeners = events.listenerCount
        if !info.swapLimit { info.warnings.append("WARNING: No swap limit support") }
        for status in drivers.statuses() {
            if status.stuckCalls > 0 {
                info.warnings.append(
                    "WARNING: driver \(status.name): \(status.stuckCalls) calls have not returned")
            }
            if case .refused(let reason) = status.condition {
                info.warnings.append(
                    "WARNING: driver \(status.name.isEmpty ? status.descriptor : status.name): \(reason)")
            }
        }
        return info
    }

    private static func text<T>(_ field: inout T) -> String {
        withUnsafePointer(to: &field) { pointer in
            pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout<T>.size) { String(cString: $0) }
        }
    }

    private static func osRelease() -> [String: String] {
        let text = TextFile.readIfPresent("/etc/os-release") ?? ""
        var values: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { continue }
            values[String(parts[0])] =
                parts[1].trimmingPrefix("\"").hasSuffix("\"")
                ? String(parts[1].trimmingPrefix("\"").dropLast()) : String(parts[1])
        }
        return values
    }

    /// What everything takes on disk.
    public func diskUsage() async throws -> DiskUsage {
        var snapshots: [ContainerSnapshot] = []
        for entry in containers.all { snapshots.append(try await shown.listed(entry, size: true)) }
        return DiskUsage(
            layersSize: try await images.layersSize(), images: try await images.measured(), containers: snapshots,
            volumes: try await volumes.measured())
    }
}
