extension DriverMethod where Request == CreateVolumeRequest, Reply == Empty {
    public static var createVolume: Self { Self("VolumeDriver.Create") }
}

extension DriverMethod where Request == VolumeRequest, Reply == Empty {
    public static var removeVolume: Self { Self("VolumeDriver.Remove") }
}

extension DriverMethod where Request == MountVolumeRequest, Reply == MountpointReply {
    public static var mountVolume: Self { Self("VolumeDriver.Mount") }
}

extension DriverMethod where Request == VolumeRequest, Reply == MountpointReply {
    public static var volumePath: Self { Self("VolumeDriver.Path") }
}

extension DriverMethod where Request == MountVolumeRequest, Reply == Empty {
    public static var unmountVolume: Self { Self("VolumeDriver.Unmount") }
}

extension DriverMethod where Request == VolumeRequest, Reply == VolumeReply {
    public static var getVolume: Self { Self("VolumeDriver.Get") }
}

extension DriverMethod where Request == Empty, Reply == VolumeListReply {
    public static var listVolumes: Self { Self("VolumeDriver.List") }
}

extension DriverMethod where Request == Empty, Reply == VolumeCapabilitiesReply {
    public static var volumeCapabilities: Self { Self("VolumeDriver.Capabilities") }
}
