import API
import Foundation
import Model
import Testing

@Suite struct ContainerWireTests {
    @Test func inspectHasDockersNames() throws {
        let json = try JSONValue(ContainerInspect(sampleContainer(), version: .maximum))
        #expect(json["Id"].string?.count == 64)
        #expect(json["Name"].string == "/web")
        #expect(json["Created"].string == "2023-11-14T22:13:20.123Z")
        #expect(json["Path"].string == "httpd")
        #expect(json["Args"].strings == ["-f", "-p 80"])
        #expect(json["ExecIDs"].isNull)
        #expect(json["Config"]["Image"].string == "busybox:latest")
        #expect(
            json["Config"]["Entrypoint"].isNull && json["Config"]["Volumes"].isNull && json["Config"]["OnBuild"].isNull)
        #expect(json["Config"]["Cmd"].strings == ["httpd", "-f", "-p 80"])
        #expect(json["GraphDriver"]["Name"].string == "overlay2")
        #expect(json["GraphDriver"]["Data"]["LowerDir"].string == "/l2:/l1")
        #expect(json["GraphDriver"]["Data"].keys == ["ID", "LowerDir", "MergedDir", "UpperDir", "WorkDir"])
        let mount = json["Mounts"][0]
        #expect(mount.keys == ["Type", "Name", "Source", "Destination", "Driver", "Mode", "RW", "Propagation"])
        #expect(mount["Type"].string == "volume" && mount["RW"].bool == true)
        #expect(json["SizeRw"].isAbsent)
    }

    @Test func stateHasTimesAndFlags() throws {
        let json = try JSONValue(ContainerInspect(sampleContainer(), version: .maximum))["State"]
        #expect(
            json.keys == [
                "Status", "Running", "Paused", "Restarting", "OOMKilled", "Dead", "Pid", "ExitCode", "Error",
                "StartedAt", "FinishedAt",
            ])
        #expect(json["Status"].string == "running" && json["Running"].bool == true && json["Paused"].bool == false)
        #expect(json["Pid"].int == 4242)
        #expect(json["StartedAt"].string == "2023-11-14T22:13:21Z")
        #expect(json["FinishedAt"].string == "0001-01-01T00:00:00Z")
    }

    @Test func portsShowWhatIsPublishedAndWhatIsOnlyExposed() throws {
        let json = try JSONValue(ContainerInspect(sampleContainer(), version: .maximum))["NetworkSettings"]
        #expect(json["Ports"].keys == ["80/tcp", "53/udp", "9000/tcp"])
        #expect(json["Ports"]["53/udp"].isNull)
        #expect(json["Ports"]["80/tcp"][0]["HostIp"].string == "0.0.0.0")
        #expect(json["Ports"]["80/tcp"][1]["HostPort"].string == "8080")
        #expect(json["IPAddress"].string == "172.17.0.2" && json["IPPrefixLen"].int == 16)
        #expect(json["Networks"].keys == ["bridge", "other"])
        #expect(json["Networks"]["bridge"]["Gateway"].string == "172.17.0.1")
        #expect(json["Networks"]["bridge"]["IPAMConfig"].isNull && json["Networks"]["bridge"]["Links"].isNull)

        var stopped = sampleContainer()
        stopped.record.state.status = .exited
        #expect(try JSONValue(ContainerInspect(stopped, version: .maximum))["NetworkSettings"]["Ports"].keys.isEmpty)
    }

    @Test func hostConfigSaysNullAndEmptyAsDockerDoes() throws {
        let json = try JSONValue(ContainerInspect(sampleContainer(), version: .maximum))["HostConfig"]
        for name in [
            "Binds", "VolumesFrom", "CapAdd", "CapDrop", "ExtraHosts", "GroupAdd", "Links", "SecurityOpt",
            "MemorySwappiness", "OomKillDisable", "PidsLimit", "DeviceCgroupRules", "DeviceRequests",
        ] {
            #expect(json[name].isNull, "\(name)")
        }
        for name in ["Dns", "DnsOptions", "DnsSearch", "Devices", "Ulimits", "BlkioWeightDevice"] {
            #expect(json[name].count == 0, "\(name)")
        }
        #expect(json["RestartPolicy"]["Name"].string == "no")
        #expect(json["LogConfig"]["Type"].string == "json-file")
        #expect(json["PortBindings"]["80/tcp"][0]["HostPort"].string == "8080")
        #expect(json["Tmpfs"].isAbsent && json["Mounts"].isAbsent && json["Init"].isAbsent)
    }

    @Test func everyFieldOfHostConfigComesBack() throws {
        var host = HostConfig()
        host.binds = ["/a:/b:ro"]
        host.memory = 1 << 30
        host.pidsLimit = 10
        host.memorySwappiness = 0
        host.oomKillDisable = true
        host.capAdd = ["NET_ADMIN"]
        host.ulimits = try JSONDecoder().decode(
            [Ulimit].self, from: Data(#"[{"Name":"nofile","Soft":1,"Hard":2}]"#.utf8))
        host.devices = try JSONDecoder().decode(
            [DeviceMapping].self,
            from: Data(#"[{"PathOnHost":"/dev/a","PathInContainer":"/dev/b","CgroupPermissions":"rwm"}]"#.utf8))
        var mount = MountPoint()
        mount.type = "volume"
        mount.target = "/d"
        mount.readOnly = true
        host.mounts = [mount]
        host.sysctls = ["net.x": "1"]
        host.tmpfs = ["/t": "size=1m"]
        host.runInit = true
        host.runtime = ""
        host.logConfig = LogConfig(type: "none")
        host.restartPolicy = RestartPolicy(name: "always")
        let again = try JSONDecoder().decode(HostConfig.self, from: Data(JSONWriter.encode(host)))
        var expected = host
        // Written as empty lists, which mean the same.
        expected.portBindings = [:]
        expected.consoleSize = [0, 0]
        expected.dns = []
        expected.dnsOptions = []
        expected.dnsSearch = []
        expected.blkioWeightDevice = []
        expected.blkioDeviceReadBps = []
        expected.blkioDeviceWriteBps = []
        expected.blkioDeviceReadIOps = []
        expected.blkioDeviceWriteIOps = []
        #expect(again == expected)
    }

    @Test func summaryIsWhatListsPrint() throws {
        let now: Int64 = 1_700_000_006_000_000_000
        let json = try JSONValue(ContainerSummary(sampleContainer(), version: .maximum, now: now))
        #expect(json["Names"].strings == ["/web"])
        #expect(json["Image"].string == "busybox:latest")
        #expect(json["Command"].string == "httpd -f '-p 80'")
        #expect(json["Created"].int == 1_700_000_000)
        #expect(json["State"].string == "running" && json["Status"].string == "Up 5 seconds")
        #expect(json["HostConfig"]["NetworkMode"].string == "bridge")
        #expect(json["Labels"]["a"].string == "1")
        #expect(json["Ports"].count == 4)
        #expect(json["Ports"][0]["PrivatePort"].int == 53 && json["Ports"][0]["PublicPort"].isAbsent)
        #expect(json["Ports"][1]["IP"].string == "0.0.0.0" && json["Ports"][1]["PublicPort"].int == 8080)
        #expect(json["Ports"][2]["IP"].string == "::" && json["Ports"][2]["Type"].string == "tcp")
        #expect(json["NetworkSettings"]["Networks"].keys == ["bridge", "other"])
        #expect(json["SizeRw"].isAbsent)
    }

    @Test func createBodyIsOneObjectWithTwoParts() throws {
        let body = try JSONBody.decode(
            CreateContainerBody.self,
            from: Array(
                #"""
                {"Image":"busybox","Cmd":"true","Env":null,"ExposedPorts":{"80/tcp":{}},"New":{"x":1},
                 "HostConfig":{"Memory":1024,"PortBindings":{"80/tcp":[{"HostPort":"8080"}],"81/tcp":null},"Isolation":""},
                 "NetworkingConfig":{"EndpointsConfig":{"n":{"IPAMConfig":{"IPv4Address":"10.0.0.2"}},"m":null}}}
                """#.utf8))
        #expect(body.config.image == "busybox")
        #expect(body.config.cmd?.words == ["true"])
        #expect(body.config.env.isEmpty)
        #expect(body.hostConfig.memory == 1024)
        #expect(body.hostConfig.portBindings["80/tcp"] == [PortBinding(hostPort: "8080")])
        #expect(body.networking.endpointsConfig?["n"]??.ipamConfig?.ipv4Address == "10.0.0.2")
        #expect(body.networking.endpointsConfig?.keys.contains("m") == true)
    }

    @Test func mistakesInABodyAreNamed() throws {
        let error = #expect(throws: BerthError.self) {
            try JSONBody.decode(CreateContainerBody.self, from: Array(#"{"HostConfig":{"Memory":"1g"}}"#.utf8))
        }
        #expect(error?.code == .invalidParameter)
        #expect(error?.message == "invalid JSON: field HostConfig.Memory: cannot read the value as a number")
    }

    @Test func olderClientsHadOtherDefaults() throws {
        let body = try JSONBody.decode(
            CreateContainerBody.self, from: Array(#"{"HostConfig":{"ConsoleSize":[1,2]}}"#.utf8))
        #expect(body.hostConfig(version: APIVersion(1, 51)).consoleSize == [1, 2])
        #expect(body.hostConfig(version: APIVersion(1, 41)).consoleSize.isEmpty)
        #expect(body.hostConfig(version: APIVersion(1, 41)).ipcMode == "")
        #expect(body.hostConfig(version: APIVersion(1, 39)).ipcMode == "shareable")
    }

    @Test func waitSaysAnErrorOnlyWhenThereIsOne() throws {
        #expect(try JSONValue(WaitResponse(statusCode: 3, error: nil)).keys == ["StatusCode"])
        let json = try JSONValue(WaitResponse(statusCode: 1, error: "gone"))
        #expect(json["Error"]["Message"].string == "gone" && json["StatusCode"].int == 1)
    }

    @Test func execIsSplitIntoEntrypointAndArguments() throws {
        var config = ExecConfig()
        config.cmd = ["ls", "-l"]
        var exec = ExecSnapshot(id: "x", containerID: "c", config: config)
        var json = try JSONValue(ExecInspect(exec))
        #expect(json["ExitCode"].isNull && json["Running"].bool == false)
        #expect(json["ProcessConfig"]["entrypoint"].string == "ls")
        #expect(json["ProcessConfig"]["arguments"].strings == ["-l"])
        exec.exitCode = 2
        json = try JSONValue(ExecInspect(exec))
        #expect(json["ExitCode"].int == 2)
    }
}
