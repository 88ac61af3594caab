import Model
import Spec
import Testing

@Suite struct PortTests {
    private func published(
        _ bindings: [String: [PortBinding]?], exposed: [String] = [], all: Bool = false
    ) throws -> [String] {
        let given = Given {
            $0.host.portBindings = bindings
            $0.host.publishAllPorts = all
            for port in exposed { $0.config.exposedPorts[port] = EmptyObject() }
        }
        return try given.spec().published.map { request in
            let ports = request.hostPorts.map { "\($0.lowerBound)-\($0.upperBound)" } ?? "*"
            return "\(request.hostAddress):\(ports)>\(request.port)"
        }
    }

    private static let ends = [1, 2, 21, 80, 443, 1023, 1024, 8080, 32767, 32768, 49152, 49153, 65534, 65535]

    @Test func everyPortAndTransportIsRead() throws {
        for number in Self.ends {
            for (suffix, transport) in [
                ("", "tcp"), ("/tcp", "tcp"), ("/udp", "udp"), ("/sctp", "sctp"), ("/TCP", "tcp"), ("/Udp", "udp"),
            ] {
                let range = try PortRange(parsing: "\(number)\(suffix)")
                #expect(range.numbers == number...number && range.transport == transport)
                #expect(try ContainerPort.parse("\(number)\(suffix)").description == "\(number)/\(transport)")
            }
        }
    }

    @Test func everyRangeIsReadThatDoesNotGoBackwards() throws {
        for first in Self.ends {
            for last in Self.ends {
                let text = "\(first)-\(last)/udp"
                guard first <= last else {
                    #expect(refusal { try PortRange(parsing: text) } == "400 invalid port specification: \"\(text)\"")
                    continue
                }
                let range = try PortRange(parsing: text)
                #expect(range.numbers == first...last && range.transport == "udp")
            }
        }
    }

    private static let noPorts = [
        "", "0", "-1", "+80", "65536", "99999999999999999999", "0x50", "8e1", "80.0", "80 ", " 80", "80,81", "http",
        "80:80", "-", "80-", "-80", "80-+81", "80--81", "80-65536", "80-0x51", "90-80", "0-80", "８０", "٨٠", "80\0",
        "80-81-82", "80\n",
    ]

    @Test(arguments: noPorts) func whatIsNoPortIsRefused(text: String) {
        for suffix in ["", "/tcp", "/udp", "/sctp"] {
            let words = "400 invalid port specification: \"\(text)\(suffix)\""
            #expect(refusal { try PortRange(parsing: text + suffix) } == words)
            #expect(refusal { try published([text + suffix: nil]) } == words)
            #expect(refusal { try published([:], exposed: [text + suffix]) } == words)
        }
        if !text.isEmpty, text != "0" {
            #expect(
                refusal { try published(["80/tcp": [PortBinding(hostPort: text)]]) }
                    == "400 invalid port specification: \"\(text)\"")
        }
    }

    @Test(arguments: ["", "icmp", "tcp4", "tc p", "tcp/", "tcp/udp", "6", "udplite", "dccp", "tcp "])
    func otherTransportsAreRefused(transport: String) {
        let text = "80/\(transport)"
        #expect(
            refusal { try PortRange(parsing: text) }
                == "400 invalid port specification: \"\(text)\": unknown protocol \"\(transport)\"")
    }

    @Test func aRangeOfContainerPortsCannotBeBoundAtOnce() {
        #expect(refusal { try published(["80-81/tcp": nil]) } == "400 invalid port specification: \"80-81/tcp\"")
        #expect(refusal { try published(["80-80/tcp": nil]) } == nil)
    }

    @Test(arguments: ["", "0.0.0.0", "127.0.0.1", "10.1.2.3", "255.255.255.255", "192.168.0.1"])
    func everyAddressIsKeptAsItWasGiven(address: String) throws {
        for (hostPort, shown) in [("", "*"), ("0", "*"), ("8080", "8080-8080"), ("8000-8010", "8000-8010")] {
            for port in ["80/tcp", "53/udp", "9/sctp", "7"] {
                let expected = "\(address):\(shown)>\(port.contains("/") ? port : port + "/tcp")"
                #expect(
                    try published([port: [PortBinding(hostIP: address, hostPort: hostPort)]]) == [expected])
            }
        }
    }

    @Test(arguments: [
        "1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4x", "localhost", "1.2.3.4/24", " 1.2.3.4", "1.2.3.4 ", ":", "*",
        "::1%lo", "[::1]", "::g", "-",
    ])
    func whatIsNoAddressIsRefused(address: String) {
        #expect(
            refusal { try published(["80/tcp": [PortBinding(hostIP: address)]]) }
                == "400 invalid IP address: \(address)")
    }

    @Test(arguments: [
        ("::", "::"), ("::1", "::1"), ("0:0::0:1", "::1"), ("2001:DB8::1", "2001:db8::1"),
        ("::ffff:1.2.3.4", "1.2.3.4"),
    ])
    func addressesOfTheOtherFamilyAreWrittenInOneWay(address: String, canonical: String) throws {
        for port in ["80/tcp", "80/udp"] {
            #expect(
                try published([port: [PortBinding(hostIP: address, hostPort: "80")]]) == ["\(canonical):80-80>\(port)"])
        }
    }

    @Test(arguments: ["::", "::1", "2001:db8::1"])
    func sctpIsForOneFamilyAlone(address: String) {
        #expect(
            refusal { try published(["80/sctp": [PortBinding(hostIP: address)]]) }
                == "501 publishing the SCTP port 80/sctp at the IPv6 address \(address) is not implemented yet")
    }

    @Test(arguments: [
        ("0.0.0.0", "0.0.0.0", true), ("0.0.0.0", "127.0.0.1", true), ("127.0.0.1", "127.0.0.1", true),
        ("127.0.0.1", "10.0.0.1", false), ("::", "::1", true), ("::1", "::1", true), ("::1", "2001:db8::1", false),
        ("::", "0.0.0.0", false), ("::", "127.0.0.1", false), ("0.0.0.0", "::1", false),
    ])
    func addressesAreInEachOthersWayWithinOneFamily(first: String, second: String, isSo: Bool) {
        #expect(HostAddress.overlap(first, second) == isSo)
        #expect(HostAddress.overlap(second, first) == isSo)
    }

    @Test func bindingsComeInTheOrderOfTheirPortsAndAsTheyWereGiven() throws {
        #expect(
            try published([
                "90/udp": [PortBinding(hostPort: "3"), PortBinding(hostPort: "2")], "80/tcp": [PortBinding()],
                "70/tcp": [], "60/tcp": nil,
            ]) == [":*>80/tcp", ":3-3>90/udp", ":2-2>90/udp"])
    }

    @Test func allThatIsExposedIsPublishedWhenAskedFor() throws {
        #expect(
            try published(
                ["80/tcp": [PortBinding(hostPort: "8080")], "70/tcp": nil], exposed: ["80", "81/udp", "90-92"],
                all: true) == [":*>70/tcp", ":8080-8080>80/tcp", ":*>81/udp", ":*>90/tcp", ":*>91/tcp", ":*>92/tcp"])
        #expect(try published([:], exposed: ["80", "81/udp"]) == [])
        #expect(try published([:], exposed: ["80", "80/tcp", "79-80/tcp"], all: true) == [":*>79/tcp", ":*>80/tcp"])
    }

    @Test func whatIsExposedIsKeptAsRanges() throws {
        let given = Given { $0.config.exposedPorts = ["1-65535/udp": EmptyObject(), "80": EmptyObject()] }
        let exposed = try given.spec().exposed
        #expect(exposed.count == 2)
        #expect(exposed.contains { $0.numbers == 1...65535 && $0.transport == "udp" })
        #expect(exposed.first { $0.transport == "tcp" }?.ports.map(\.description) == ["80/tcp"])
    }
}
