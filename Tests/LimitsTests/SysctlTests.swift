import Runtime
import Testing

@Suite struct SysctlTests {
    @Test(arguments: [
        ("net.ipv4.ip_forward", "net/ipv4/ip_forward", Sysctl.Scope.network),
        ("net/ipv4/ip_forward", "net/ipv4/ip_forward", .network),
        ("net.ipv4.conf.eth0/100.forwarding", "net/ipv4/conf/eth0.100/forwarding", .network),
        ("net/ipv4/conf/eth0.100/forwarding", "net/ipv4/conf/eth0.100/forwarding", .network),
        ("kernel.msgmax", "kernel/msgmax", .ipc),
        ("kernel.shm_rmid_forced", "kernel/shm_rmid_forced", .ipc),
        ("fs.mqueue.msg_max", "fs/mqueue/msg_max", .ipc),
        ("kernel.domainname", "kernel/domainname", .uts),
    ])
    func parametersOfNamespacesAreKnown(name: String, path: String, scope: Sysctl.Scope) throws {
        let sysctl = try Sysctl(name: name, value: "1")
        #expect(sysctl.path == path && sysctl.scope == scope && sysctl.value == "1")
    }

    @Test(arguments: [
        "vm.swappiness", "kernel.core_pattern", "kernel/core_pattern", "kernel.msgmax.x", "fs.file-max", "fs.mqueue",
        "net", "network.x", "netx.y", "kernel", "user.max_user_namespaces",
    ])
    func parametersOfTheHostAreRefused(name: String) {
        #expect { try Sysctl(name: name, value: "1") } throws: {
            "\($0)" == "sysctl \"\(name)\" is not in a separate kernel namespace"
        }
    }

    @Test(arguments: [
        "", "/", ".", "..", "net/../vm/swappiness", "net.//.vm.swappiness", "../../etc/passwd", "/etc/passwd", "net/",
        "net..ipv4", "net/./ipv4", "net.ipv4\0.x",
    ])
    func namesThatLeadElsewhereAreRefused(name: String) {
        #expect { try Sysctl(name: name, value: "1") } throws: { "\($0)" == "invalid sysctl \"\(name)\"" }
    }

    @Test func theHostNameIsLeftToItsOption() {
        #expect { try Sysctl(name: "kernel.hostname", value: "x") } throws: {
            "\($0)" == "sysctl \"kernel.hostname\" is not allowed as it conflicts with the hostname option"
        }
    }

    @Test func errorsSayWhoseNamespaceItWouldBe() throws {
        let sysctl = try Sysctl(name: "net.core.somaxconn", value: "1")
        #expect(sysctl.sharedWithHost.kind == .invalidParameter)
        #expect("\(sysctl.sharedWithHost)" == "sysctl \"net.core.somaxconn\" not allowed in host network namespace")
    }
}
