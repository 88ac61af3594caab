import API
import Model
import Testing

@Suite struct JSONBodyTests {
    private func body(_ text: String) throws -> CreateContainerBody {
        try JSONBody.decode(CreateContainerBody.self, from: Array(text.utf8))
    }

    @Test func caseOfFieldNamesDoesNotMatter() throws {
        let body = try body(
            """
            {"image": "busybox", "CMD": ["sh"], "hostConfig": {"utsmode": "host", "mounts": [{"TYPE": "tmpfs", \
            "target": "/t", "tmpfsoptions": {"sizebytes": 5}}], "portBindings": {"80/tcp": [{"hostip": "1.2.3.4"}]}}, \
            "networkingconfig": {"endpointsconfig": {"net": {"IpamConfig": {"ipv4address": "10.0.0.9"}}}}}
            """)
        #expect(body.config.image == "busybox")
        #expect(body.config.cmd == WordList(["sh"]))
        #expect(body.hostConfig.utsMode == "host")
        #expect(body.hostConfig.mounts.first?.target == "/t")
        #expect(body.hostConfig.mounts.first?.tmpfsOptions?.sizeBytes == 5)
        #expect(body.hostConfig.portBindings["80/tcp"]??.first?.hostIP == "1.2.3.4")
        let endpoint = body.networking.endpointsConfig?["net"] ?? nil
        #expect(endpoint?.ipamConfig?.ipv4Address == "10.0.0.9")
        let exec = try JSONBody.decode(
            ExecConfig.self, from: Array(#"{"detachKeys": "ctrl-a", "consolesize": [1, 2]}"#.utf8))
        #expect(exec.detachKeys == "ctrl-a" && exec.consoleSize == [1, 2])
    }

    @Test func keysOfTheClientsOwnKeepTheirCase() throws {
        let body = try body(
            """
            {"Labels": {"image": "a", "HOSTNAME": "b", "Image": "c"}, "HostConfig": {"Sysctls": {"name": "1"}, \
            "LogConfig": {"Config": {"TAG": "x", "labels": "y"}}}, \
            "NetworkingConfig": {"EndpointsConfig": {"driver": {"aliases": ["z"]}}}}
            """)
        #expect(body.config.labels == ["image": "a", "HOSTNAME": "b", "Image": "c"])
        #expect(body.hostConfig.sysctls == ["name": "1"])
        #expect(body.hostConfig.logConfig?.config == ["TAG": "x", "labels": "y"])
        #expect((body.networking.endpointsConfig?["driver"] ?? nil)?.aliases == ["z"])
    }

    @Test func errorsNameTheFieldAsItIsKnown() {
        let error = #expect(throws: BerthError.self) { try body(#"{"hostconfig": {"MEMORY": "much"}}"#) }
        #expect(error?.message.contains("HostConfig.Memory") == true)
    }
}
