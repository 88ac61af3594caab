import Model

/// A running container on the default bridge and on another network, for tests of what is said about it.
func sampleContainer() -> ContainerSnapshot {
    var config = ContainerConfig()
    config.hostname = "web"
    config.cmd = WordList(["httpd", "-f", "-p 80"])
    config.env = ["A=1"]
    config.exposedPorts = ["80/tcp": EmptyObject(), "53/udp": EmptyObject(), "9000": EmptyObject()]
    config.labels = ["b": "2", "a": "1"]
    var host = HostConfig()
    host.networkMode = "bridge"
    host.shmSize = 67_108_864
    host.portBindings = ["80/tcp": [PortBinding(hostIP: "", hostPort: "8080")]]
    var record = ContainerRecord(
        id: String(repeating: "ab", count: 32), name: "web", created: 1_700_000_000_123_000_000,
        imageID: "sha256:" + String(repeating: "0", count: 64), config: config, hostConfig: host)
    record.path = "httpd"
    record.args = ["-f", "-p 80"]
    record.state.status = .running
    record.state.pid = 4242
    record.state.startedAt = 1_700_000_001_000_000_000
    var bridge = EndpointSettings()
    bridge.ipAddress = "172.17.0.2"
    bridge.ipPrefixLen = 16
    bridge.gateway = "172.17.0.1"
    bridge.macAddress = "02:42:ac:11:00:02"
    bridge.networkID = "n1"
    bridge.endpointID = "e1"
    record.networks = ["bridge": bridge, "other": EndpointSettings()]
    record.ports = [
        "80/tcp": [PortBinding(hostIP: "0.0.0.0", hostPort: "8080"), PortBinding(hostIP: "::", hostPort: "8080")]
    ]
    record.sandboxID = "s1"
    record.sandboxKey = "/run/netns/s1"
    var volume = ContainerMount(kind: .volume, source: "/v/_data", destination: "/data")
    volume.name = "data"
    volume.driver = "local"
    volume.mode = "z"
    record.mounts = [volume]
    return ContainerSnapshot(
        record: record, imageName: "busybox:latest", execIDs: [], logPath: "/l.log", resolvConfPath: "/r",
        hostnamePath: "/hn", hostsPath: "/h",
        overlay: .init(lower: ["/l2", "/l1"], upper: "/u", work: "/w", merged: "/m"))
}

func sampleImage() -> ImageRecord {
    var image = ImageRecord(id: "sha256:" + String(repeating: "1", count: 64))
    image.tags = ["busybox:latest"]
    image.created = 1_700_000_000_000_000_000
    image.size = 4_200_000
    image.diffIDs = ["sha256:aa"]
    image.config.cmd = WordList(["sh"])
    image.config.env = ["PATH=/bin"]
    return image
}
