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

    /// Nothing but the type says what its fields are.
    struct NewBody: Decodable {
        struct Part: Decodable {
            @OrEmpty var sizeBytes: Int64
            var names: [String: [Part?]?]?

            enum CodingKeys: String, CodingKey { case sizeBytes = "SizeBytes", names = "Names" }
        }

        var part: Part?
        var parts: [Part]?

        enum CodingKeys: String, CodingKey { case part = "ThePart", parts = "TheParts" }
    }

    private func new(_ text: String) throws -> NewBody {
        try JSONBody.decode(NewBody.self, from: Array(text.utf8))
    }

    @Test func aTypeNeedsNoListOfItsFields() throws {
        let body = try new(
            """
            {"thepart": {"sizebytes": 1, "NAMES": {"Own": [{"sizeBytes": 2}, null], "own": null}}, \
            "THEPARTS": [{}, {"SIZEBYTES": 3}]}
            """)
        #expect(body.part?.sizeBytes == 1)
        #expect(Set(try #require(body.part?.names).keys) == ["Own", "own"])
        let own = try #require(body.part?.names?["Own"] ?? nil)
        #expect(own.map { $0?.sizeBytes } == [2, nil])
        #expect(body.parts?.map(\.sizeBytes) == [0, 3])
    }

    @Test func theTypesOwnSpellingGoesFirst() throws {
        #expect(
            try new(#"{"thepart": {"SizeBytes": 1}, "ThePart": {"sizebytes": 2, "SizeBytes": 3}}"#).part?.sizeBytes == 3
        )
    }

    @Test(arguments: [
        (#"{"theparts": [{}, {"sizebytes": "x"}]}"#, "TheParts.1.SizeBytes: cannot read the value as a number"),
        (#"{"theparts": {}}"#, "TheParts: cannot read the value as a list"),
        (#"{"thepart": []}"#, "ThePart: cannot read the value as an object"),
        (#"{"thepart": {"names": {"Own": [{"SIZEBYTES": 1.5}]}}}"#, "ThePart.Names.Own.0.SizeBytes: the number is"),
        (#"{"thepart": {"sizebytes": 99999999999999999999}}"#, "ThePart.SizeBytes: the number is"),
        ("[]", "(top level)"),
    ]) func errorsHaveTheTypesSpelling(text: String, words: String) {
        let error = #expect(throws: BerthError.self) { try new(text) }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }
}
