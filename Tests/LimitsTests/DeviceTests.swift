import Glibc
import Runtime
import Testing

@Suite struct DeviceTests {
    @Test(arguments: ["c 42:* rmw", "b *:* m", "a *:* rwm", "c 1:3 r"])
    func rulesAreRead(text: String) throws {
        let rule = try DeviceRule(parsing: text)
        #expect(rule.text == text.replacing("rmw", with: "rwm"))
    }

    @Test(arguments: [
        "", "c", "c 1:3", "x 1:3 r", "c 1 r", "c 1:3 q", "c 1:-3 r", "c 1:3  r", "c 1:3 rwmr", "cc 1:3 r",
    ])
    func otherTextsAreRefused(text: String) {
        #expect { try DeviceRule(parsing: text) } throws: {
            "\($0)" == "invalid device cgroup format '\(text)'"
        }
    }

    @Test func aNodeOfTheHostIsFound() throws {
        let found = try HostDevice.find(hostPath: "/dev/null", containerPath: "/dev/nothing", access: .read)
        #expect(found.count == 1)
        #expect(found[0].path == "/dev/nothing" && found[0].kind == .character)
        #expect(found[0].hostPath == "/dev/null")
        #expect(found[0].rule.text == "c 1:3 r" && found[0].mode & 0o777 == 0o666)
    }

    @Test(.enabled(if: getuid() == 0, "needs root")) func aDirectoryMeansAllNodesInIt() throws {
        let directory = "/tmp/berth-devices-\(getpid())"
        try #require(mkdir(directory, 0o755) == 0 && mkdir(directory + "/deep", 0o755) == 0)
        let nodes = [directory + "/one", directory + "/deep/two"]
        defer {
            nodes.forEach { unlink($0) }
            rmdir(directory + "/deep")
            rmdir(directory)
        }
        #expect { try HostDevice.find(hostPath: directory) } throws: { "\($0)".hasSuffix("not a device node") }
        // Numbers that need the upper halves of the packed form: 4095 and 1048575.
        let packed = dev_t(0xfff << 8 | 0xff | 0xfff00 << 12)
        for node in nodes { try #require(mknod(node, S_IFBLK | 0o600, packed) == 0) }
        let found = try HostDevice.find(hostPath: directory, containerPath: "/dev/x")
        #expect(found.map(\.path) == ["/dev/x/deep/two", "/dev/x/one"])
        #expect(found.map(\.hostPath) == [directory + "/deep/two", directory + "/one"])
        #expect(found.allSatisfy { $0.major == 4095 && $0.minor == 1_048_575 && $0.kind == .block })
    }

    @Test func whatIsNoDeviceIsRefused() {
        #expect { try HostDevice.find(hostPath: "/dev/absent") } throws: {
            "\($0)"
                == "error gathering device information while adding custom device \"/dev/absent\": no such file or directory"
        }
        #expect { try HostDevice.find(hostPath: "/etc/passwd") } throws: { "\($0)".hasSuffix("not a device node") }
    }

    @Test func whoMaySetUpItsNetworkMayUseTunOnceItHasTheNode() throws {
        func allows(_ device: String, _ capabilities: [String]) throws -> Bool {
            let granted = CapabilitySet(capabilities.compactMap(Capability.init(name:)))
            guard case .allowOnly(let rules) = DevicePolicy.container(privileged: false, capabilities: granted) else {
                return true
            }
            return rules.contains(try DeviceRule(parsing: "c \(device) rwm"))
        }
        #expect(try allows("10:200", ["NET_ADMIN"]))
        #expect(try !allows("10:200", ["NET_RAW"]))
        #expect(try !allows("5:1", ["NET_ADMIN"]))
        #expect(try allows("5:0", []))
    }

    @Test func privilegedContainersSeeTheHostsNodes() {
        let paths = HostDevice.all().map(\.path)
        #expect(paths.contains("/dev/null"))
        #expect(!paths.contains { $0.hasPrefix("/dev/pts/") || $0 == "/dev/ptmx" || $0 == "/dev/console" })
    }
}
