import Model

extension HostConfig: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            writeHost(to: &json)
            writeResources(to: &json)
            if !mounts.isEmpty { json.field("Mounts", mounts) }
            json.field("MaskedPaths", maskedPaths)
            json.field("ReadonlyPaths", readonlyPaths)
            json.optional("Init", runInit)
        }
    }

    private func writeHost(to json: inout JSONWriter) {
        json.fieldOrNull("Binds", binds)
        json.field("ContainerIDFile", containerIDFile)
        json.field("LogConfig", logConfig ?? LogConfig(type: "json-file"))
        json.field("NetworkMode", networkMode)
        json.field("PortBindings", portBindings)
        json.field("RestartPolicy", restartPolicy ?? RestartPolicy())
        json.field("AutoRemove", autoRemove)
        json.field("VolumeDriver", volumeDriver)
        json.fieldOrNull("VolumesFrom", volumesFrom)
        json.field("ConsoleSize", consoleSize.isEmpty ? [0, 0] : consoleSize)
        if !annotations.isEmpty { json.field("Annotations", annotations) }
        json.fieldOrNull("CapAdd", capAdd)
        json.fieldOrNull("CapDrop", capDrop)
        json.field("CgroupnsMode", cgroupnsMode)
        json.field("Dns", dns)
        json.field("DnsOptions", dnsOptions)
        json.field("DnsSearch", dnsSearch)
        json.fieldOrNull("ExtraHosts", extraHosts)
        json.fieldOrNull("GroupAdd", groupAdd)
        json.field("IpcMode", ipcMode)
        json.field("Cgroup", cgroup)
        json.fieldOrNull("Links", links)
        json.field("OomScoreAdj", oomScoreAdj)
        json.field("PidMode", pidMode)
        json.field("Privileged", privileged)
        json.field("PublishAllPorts", publishAllPorts)
        json.field("ReadonlyRootfs", readonlyRootfs)
        json.fieldOrNull("SecurityOpt", securityOpt)
        if !storageOpt.isEmpty { json.field("StorageOpt", storageOpt) }
        if !tmpfs.isEmpty { json.field("Tmpfs", tmpfs) }
        json.field("UTSMode", utsMode)
        json.field("UsernsMode", usernsMode)
        json.field("ShmSize", shmSize)
        if !sysctls.isEmpty { json.field("Sysctls", sysctls) }
        json.field("Runtime", runtime)
        json.field("Isolation", isolation)
    }

    private func writeResources(to json: inout JSONWriter) {
        json.field("CpuShares", cpuShares)
        json.field("Memory", memory)
        json.field("NanoCpus", nanoCpus)
        json.field("CgroupParent", cgroupParent)
        json.field("BlkioWeight", blkioWeight)
        json.field("BlkioWeightDevice", blkioWeightDevice)
        json.field("BlkioDeviceReadBps", blkioDeviceReadBps)
        json.field("BlkioDeviceWriteBps", blkioDeviceWriteBps)
        json.field("BlkioDeviceReadIOps", blkioDeviceReadIOps)
        json.field("BlkioDeviceWriteIOps", blkioDeviceWriteIOps)
        json.field("CpuPeriod", cpuPeriod)
        json.field("CpuQuota", cpuQuota)
        json.field("CpuRealtimePeriod", cpuRealtimePeriod)
        json.field("CpuRealtimeRuntime", cpuRealtimeRuntime)
        json.field("CpusetCpus", cpusetCpus)
        json.field("CpusetMems", cpusetMems)
        json.field("Devices", devices)
        json.fieldOrNull("DeviceCgroupRules", deviceCgroupRules)
        json.null("DeviceRequests")
        json.field("MemoryReservation", memoryReservation)
        json.field("MemorySwap", memorySwap)
        json.field("MemorySwappiness", memorySwappiness)
        json.field("OomKillDisable", oomKillDisable)
        json.field("PidsLimit", pidsLimit)
        json.field("Ulimits", ulimits)
        json.field("CpuCount", 0)
        json.field("CpuPercent", 0)
        json.field("IOMaximumIOps", 0)
        json.field("IOMaximumBandwidth", 0)
    }
}
