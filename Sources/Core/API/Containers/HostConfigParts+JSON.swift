import Model

extension LogConfig: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object {
            $0.field("Type", type)
            $0.field("Config", config)
        }
    }
}

extension RestartPolicy: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object {
            $0.field("Name", name)
            $0.field("MaximumRetryCount", maximumRetryCount)
        }
    }
}

extension DeviceMapping: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object {
            $0.field("PathOnHost", pathOnHost)
            $0.field("PathInContainer", pathInContainer)
            $0.field("CgroupPermissions", cgroupPermissions)
        }
    }
}

extension WeightDevice: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object {
            $0.field("Path", path)
            $0.field("Weight", weight)
        }
    }
}

extension ThrottleDevice: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object {
            $0.field("Path", path)
            $0.field("Rate", rate)
        }
    }
}

extension Ulimit: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object {
            $0.field("Name", name)
            $0.field("Hard", hard)
            $0.field("Soft", soft)
        }
    }
}

extension PortBinding: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object {
            $0.field("HostIp", hostIP)
            $0.field("HostPort", hostPort)
        }
    }
}

extension MountPoint: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("Type", type)
            if !source.isEmpty { json.field("Source", source) }
            json.field("Target", target)
            if readOnly { json.field("ReadOnly", true) }
            if let consistency, !consistency.isEmpty { json.field("Consistency", consistency) }
            if let bind = bindOptions {
                json.object("BindOptions") { json in
                    if !bind.propagation.isEmpty { json.field("Propagation", bind.propagation) }
                    if bind.nonRecursive { json.field("NonRecursive", true) }
                    if bind.createMountpoint { json.field("CreateMountpoint", true) }
                    if bind.readOnlyNonRecursive { json.field("ReadOnlyNonRecursive", true) }
                    if bind.readOnlyForceRecursive { json.field("ReadOnlyForceRecursive", true) }
                }
            }
            if let volume = volumeOptions { write(volume, to: &json) }
            if let tmpfs = tmpfsOptions {
                json.object("TmpfsOptions") { json in
                    if tmpfs.sizeBytes != 0 { json.field("SizeBytes", tmpfs.sizeBytes) }
                    if tmpfs.mode != 0 { json.field("Mode", tmpfs.mode) }
                    if !tmpfs.options.isEmpty { json.field("Options", tmpfs.options) }
                }
            }
        }
    }

    private func write(_ volume: VolumeOptions, to json: inout JSONWriter) {
        json.object("VolumeOptions") { json in
            if volume.noCopy { json.field("NoCopy", true) }
            if !volume.labels.isEmpty { json.field("Labels", volume.labels) }
            if !volume.subpath.isEmpty { json.field("Subpath", volume.subpath) }
            if let driver = volume.driverConfig {
                json.object("DriverConfig") { json in
                    if !driver.name.isEmpty { json.field("Name", driver.name) }
                    if !driver.options.isEmpty { json.field("Options", driver.options) }
                }
            }
        }
    }
}
