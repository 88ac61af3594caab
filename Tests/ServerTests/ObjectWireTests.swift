import API
import Model
import Testing

/// Images, networks, volumes and events on the wire.
@Suite struct ObjectWireTests {
    @Test func virtualSizeEndsWith144() throws {
        #expect(try JSONValue(ImageSummary(sampleImage(), containers: -1, version: .maximum))["VirtualSize"].isAbsent)
        let old = try JSONValue(ImageSummary(sampleImage(), containers: -1, version: APIVersion(1, 43)))
        #expect(old["VirtualSize"].int == 4_200_000 && old["Size"].int == 4_200_000)
        #expect(old["Containers"].int == -1 && old["Created"].int == 1_700_000_000)
        #expect(try JSONValue(ImageInspect(sampleImage(), version: .maximum))["VirtualSize"].isAbsent)
        #expect(try JSONValue(ImageInspect(sampleImage(), version: APIVersion(1, 41)))["VirtualSize"].int == 4_200_000)
    }

    @Test func danglingImagesHadNamesOnce() throws {
        var image = sampleImage()
        image.tags = []
        #expect(try JSONValue(ImageSummary(image, containers: 0, version: .maximum))["RepoTags"].strings == [])
        #expect(
            try JSONValue(ImageSummary(image, containers: 0, version: APIVersion(1, 41)))["RepoTags"].strings
                == ["<none>:<none>"])
    }

    @Test func imageInspectChangedItsShape() throws {
        let new = try JSONValue(ImageInspect(sampleImage(), version: .maximum))
        #expect(new["Container"].isAbsent)
        #expect(new["ContainerConfig"]["Volumes"].isNull && new["ContainerConfig"]["Image"].string == "")
        #expect(new["Config"].keys == ["Cmd", "Env"])
        #expect(new["RootFS"]["Layers"].strings == ["sha256:aa"])
        #expect(new["Created"].string == "2023-11-14T22:13:20Z")
        #expect(new["Architecture"].string == "amd64" && new["Os"].string == "linux")
        let old = try JSONValue(ImageInspect(sampleImage(), version: APIVersion(1, 40)))
        #expect(old["Container"].string == "")
        #expect(old["ContainerConfig"]["Env"].count == 0)
        #expect(old["Config"]["Hostname"].string == "")
    }

    @Test func removalsSayWhatWasDone() throws {
        let json = try JSONValue([ImageDeleteItem.untagged("a:1"), .deleted("sha256:x")])
        #expect(json[0]["Untagged"].string == "a:1" && json[1]["Deleted"].string == "sha256:x")
        let none = try JSONValue(ImagePruneResponse(deleted: [], spaceReclaimed: 0))
        #expect(none["ImagesDeleted"].isNull && none["SpaceReclaimed"].int == 0)
    }

    @Test func networkHasItsPoolsAndMembers() throws {
        var record = NetworkRecord(id: "n1", name: "net", created: 1_700_000_000_000_000_000, driver: "bridge")
        var pool = NetworkPool(subnet: "10.1.0.0/24")
        pool.gateway = "10.1.0.1"
        record.pools = [pool]
        let member = NetworkSnapshot.Member(
            containerID: "c1", name: "web", endpointID: "e1", macAddress: "02:00:00:00:00:01",
            ipv4Address: "10.1.0.2/24")
        let snapshot = NetworkSnapshot(record: record, members: [member])
        let json = try JSONValue(NetworkResource(snapshot, version: .maximum, showsContainers: true))
        #expect(json["IPAM"]["Config"][0].keys == ["Subnet", "Gateway"])
        #expect(json["IPAM"]["Options"].isNull && json["IPAM"]["Driver"].string == "default")
        #expect(json["Containers"]["c1"]["IPv4Address"].string == "10.1.0.2/24")
        #expect(json["ConfigFrom"]["Network"].string == "" && json["Scope"].string == "local")
        #expect(json["EnableIPv4"].bool == true)
        let list = try JSONValue(NetworkResource(snapshot, version: APIVersion(1, 41), showsContainers: false))
        #expect(list["Containers"].keys.isEmpty && !list["Containers"].isAbsent && list["EnableIPv4"].isAbsent)
    }

    @Test func networkBodyBecomesASpec() throws {
        let body = try JSONBody.decode(
            CreateNetworkBody.self,
            from: Array(
                #"""
                {"Name":"net","CheckDuplicate":true,"Internal":true,"EnableIPv6":false,"Options":{"o":"1"},"Labels":null,
                 "IPAM":{"Driver":"","Options":null,"Config":[{"Subnet":"10.1.0.0/24","IPRange":"10.1.0.128/25",
                 "Gateway":"10.1.0.1","AuxiliaryAddresses":{"a":"10.1.0.9"}}]}}
                """#.utf8))
        let spec = try body.spec()
        #expect(spec.name == "net" && spec.driver == "bridge" && spec.ipamDriver == "default")
        #expect(spec.isInternal && !spec.isAttachable && spec.options == ["o": "1"] && spec.labels.isEmpty)
        #expect(spec.ipam.first?.ipRange == "10.1.0.128/25" && spec.ipam.first?.auxAddresses == ["a": "10.1.0.9"])
        let plain = try JSONBody.decode(CreateNetworkBody.self, from: Array(#"{"Name":"x"}"#.utf8))
        #expect(try plain.spec().name == "x")
        let configOnly = try JSONBody.decode(
            CreateNetworkBody.self, from: Array(#"{"Name":"x","ConfigOnly":true}"#.utf8))
        #expect(throws: BerthError.self) { try configOnly.spec() }
    }

    @Test func volumeSaysItsUsageOnlyWhenAsked() throws {
        var volume = VolumeRecord(name: "v", driver: "local", created: 1_700_000_000_999_000_000)
        volume.mountpoint = "/x"
        var json = try JSONValue(VolumeResource(volume))
        #expect(json["CreatedAt"].string == "2023-11-14T22:13:20Z")
        #expect(json["Labels"].isNull && json["Options"].isNull && json["UsageData"].isAbsent)
        volume.size = 12
        volume.referenceCount = 1
        json = try JSONValue(VolumeResource(volume))
        #expect(json["UsageData"]["Size"].int == 12 && json["UsageData"]["RefCount"].int == 1)
        #expect(try JSONValue(VolumeList(volumes: [], warnings: []))["Warnings"].isNull)
    }

    @Test func eventsHaveTheOldFieldsToo() throws {
        let event = Event(
            kind: .container, action: "start", actorID: "c1", attributes: ["image": "busybox", "name": "web"],
            time: 1_700_000_000_000_000_001)
        let json = try JSONValue(EventMessage(event))
        #expect(json["status"].string == "start" && json["id"].string == "c1" && json["from"].string == "busybox")
        #expect(json["Type"].string == "container" && json["Action"].string == "start")
        #expect(json["Actor"]["Attributes"]["name"].string == "web")
        #expect(json["time"].int == 1_700_000_000 && json["timeNano"].int == 1_700_000_000_000_000_001)
        let network = Event(kind: .network, action: "create", actorID: "n", attributes: [:], time: 1)
        #expect(try JSONValue(EventMessage(network))["status"].isAbsent)
    }
}
