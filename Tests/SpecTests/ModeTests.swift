import Model
import Spec
import Testing

@Suite struct ModeTests {
    private static let names = [
        "web", "a", "web.1", "web_1", "web-1", "0123456789ab", String(repeating: "f", count: 64), "host", "none",
        "container:web", "with space", "é", ":",
    ]

    @Test(arguments: names) func everyModeThatNamesAContainerIsReadAlike(name: String) throws {
        let text = "container:\(name)"
        let spec = try Given {
            $0.host.networkMode = text
            $0.host.pidMode = text
            $0.host.ipcMode = text
        }.spec()
        #expect(spec.network == .container(name) && spec.network.isContainer && spec.network.networkName == nil)
        #expect(spec.network.description == text)
        #expect(spec.pid == .container(name))
        #expect(spec.ipc == .container(name) && !spec.ipc.isOwn && spec.ipc.isJoinable)
        #expect(!spec.hasHostsName)
    }

    @Test func everyOtherNetworkModeIsANetworks() throws {
        let modes: [(String, NetworkMode, String)] = [
            ("", .standard, "bridge"), ("default", .standard, "bridge"), ("host", .host, "host"),
            ("none", .none, "none"), ("bridge", .network("bridge"), "bridge"), ("mine", .network("mine"), "mine"),
            ("Host", .network("Host"), "Host"), ("host ", .network("host "), "host "),
            ("containers", .network("containers"), "containers"), ("container", .network("container"), "container"),
            ("Container:web", .network("Container:web"), "Container:web"), ("a:b", .network("a:b"), "a:b"),
        ]
        for (text, mode, network) in modes {
            #expect(try NetworkMode(text) == mode)
            #expect(mode.networkName == network && !mode.isContainer)
            #expect(mode.isCalled(network) && !mode.isCalled("other"))
            #expect(mode.isCalled("default") == (mode == .standard))
            #expect(mode.description == (text.isEmpty ? "default" : text))
        }
    }

    @Test func whatAConfigurationShowsIsReadAsItWasGiven() throws {
        for mode in ["", "default"] {
            let given = Given { $0.host.networkMode = mode }
            #expect(given.host.networkMode == "default")
            #expect(try given.spec().network == .standard)
        }
    }

    @Test func ipcModes() throws {
        let modes: [(String, IPCMode, own: Bool, joinable: Bool)] = [
            ("", .private, true, false), ("private", .private, true, false), ("shareable", .shareable, true, true),
            ("none", .none, true, false), ("host", .host, false, true),
        ]
        for (text, mode, isOwn, isJoinable) in modes {
            let ipc = try Given { $0.host.ipcMode = text }.spec().ipc
            #expect(ipc == mode && ipc.isOwn == isOwn && ipc.isJoinable == isJoinable)
        }
    }

    @Test func otherModes() throws {
        #expect(try PIDMode("") == .private && PIDMode("host") == .host)
        #expect(try UTSMode("") == .private && UTSMode("host") == .host)
        #expect(try CgroupNamespaceMode("") == .private && CgroupNamespaceMode("private") == .private)
        #expect(try CgroupNamespaceMode("host") == .host)
        #expect(try UserNamespaceMode("") == .host && UserNamespaceMode("host") == .host)
    }

    private static let noModes = [
        "hosts", "HOST", "host ", " host", "container", "container:", "Container:web", "bridge", "default", "0", "ns:1",
        "/proc/1/ns/net", "host,private", "shareable:web", "\0",
    ]

    @Test(arguments: noModes) func whatIsNoModeIsRefused(text: String) {
        #expect(refusal { try Given { $0.host.pidMode = text }.spec() } == "400 invalid PID mode: \(text)")
        #expect(refusal { try Given { $0.host.ipcMode = text }.spec() } == "400 invalid IPC mode: \(text)")
        #expect(refusal { try Given { $0.host.utsMode = text }.spec() } == "400 invalid UTS mode: \(text)")
        #expect(refusal { try Given { $0.host.usernsMode = text }.spec() } == "400 invalid USER mode: \(text)")
        #expect(
            refusal { try Given { $0.host.cgroupnsMode = text }.spec() }
                == "400 invalid cgroup namespace mode: \(text)")
    }

    @Test(arguments: ["private", "container:web", "none", "shareable"])
    func someModesAreNotEverybodys(text: String) {
        #expect(refusal { try Given { $0.host.utsMode = text }.spec() } == "400 invalid UTS mode: \(text)")
        #expect(refusal { try Given { $0.host.usernsMode = text }.spec() } == "400 invalid USER mode: \(text)")
    }

    @Test func aNetworkModeWithoutItsContainerIsRefused() {
        let words = "400 Invalid network mode: invalid container format container:<name|id>"
        #expect(refusal { try Given { $0.host.networkMode = "container:" }.spec() } == words)
        #expect(refusal { try Given { $0.host.networkMode = "container:" }.warnings() } == words)
    }

    @Test func namesOfContainersAreMadeIDs() {
        var host = HostConfig()
        host.networkMode = "container:web"
        host.pidMode = "container:gone"
        host.ipcMode = "shareable"
        ContainerReference.pin(&host) { $0 == "web" ? "1234" : nil }
        #expect(host.networkMode == "container:1234")
        #expect(host.pidMode == "container:gone")
        #expect(host.ipcMode == "shareable")
    }

    @Test func theHostsNameComesWithTheHostsNetworkOrItsUTSNamespace() throws {
        #expect(try Given { $0.host.networkMode = "host" }.spec().hasHostsName)
        #expect(try Given { $0.host.utsMode = "host" }.spec().hasHostsName)
        #expect(try !Given { $0.host.pidMode = "host" }.spec().hasHostsName)
    }

    // MARK: What does not go together

    private struct Conflict: Sendable {
        var words: String
        var change: @Sendable (inout Given) -> Void
        init(_ words: String, _ change: @escaping @Sendable (inout Given) -> Void) {
            self.words = words
            self.change = change
        }
    }

    private static let withContainer = [
        Conflict("hostname and the network mode") { $0.config.hostname = "h" },
        Conflict("mac-address and the network mode") { $0.config.macAddress = "02:42:00:00:00:01" },
        Conflict("dns and the network mode") { $0.host.dns = ["1.1.1.1"] },
        Conflict("custom host-to-IP mapping and the network mode") { $0.host.extraHosts = ["a:1.1.1.1"] },
        Conflict("port publishing and the container type network mode") { $0.host.portBindings = ["80/tcp": nil] },
        Conflict("port publishing and the container type network mode") { $0.host.publishAllPorts = true },
        Conflict("port exposing and the container type network mode") {
            $0.config.exposedPorts = ["80": EmptyObject()]
        },
        Conflict(
            "container type networking can't be used with links. This would result in undefined behavior"
        ) { $0.host.links = ["a:b"] },
    ]

    private static let withHost = [
        Conflict("mac-address and the network mode") { $0.config.macAddress = "02:42:00:00:00:01" },
        Conflict("host type networking can't be used with links. This would result in undefined behavior") {
            $0.host.links = ["a:b"]
        },
    ]

    @Test func whatAnotherContainersNetworkRulesOut() {
        for conflict in Self.withContainer {
            let found = refusal {
                try Given {
                    $0.host.networkMode = "container:web"
                    conflict.change(&$0)
                }.warnings()
            }
            #expect(found == "400 conflicting options: \(conflict.words)")
        }
    }

    @Test func whatTheHostsNetworkRulesOut() {
        let words = Set(Self.withHost.map(\.words))
        for conflict in Self.withHost + Self.withContainer {
            let found = refusal {
                try Given {
                    $0.host.networkMode = "host"
                    conflict.change(&$0)
                }.warnings()
            }
            if words.contains(conflict.words) {
                #expect(found == "400 conflicting options: \(conflict.words)")
            } else if !conflict.words.contains("links") {
                #expect(found == nil)
            }
        }
    }

    @Test(arguments: ["", "bridge", "none", "mine"]) func otherNetworksRuleOutNothingButLinks(mode: String) {
        for conflict in Self.withContainer {
            let found = refusal {
                try Given {
                    $0.host.networkMode = mode
                    conflict.change(&$0)
                }.warnings()
            }
            #expect(
                found
                    == (conflict.words.contains("links") ? "501 links between containers is not implemented yet" : nil))
        }
    }

    @Test func theHostsNameIsNotToBeChanged() {
        for (field, words) in [(\ContainerConfig.hostname, "hostname"), (\.domainname, "domainname")] {
            let found = refusal {
                try Given {
                    $0.host.utsMode = "host"
                    $0.config[keyPath: field] = "h"
                }.warnings()
            }
            #expect(found == "400 conflicting options: \(words) and the UTS mode")
        }
    }
}
