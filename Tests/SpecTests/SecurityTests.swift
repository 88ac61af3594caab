import Model
import Runtime
import Spec
import Testing

@Suite struct SecurityTests {
    private static let plain = KernelSecurity(hasAppArmor: false, hasSELinux: false)
    private static let labelling = KernelSecurity(hasAppArmor: true, hasSELinux: true)

    private func options(_ texts: String..., kernel: KernelSecurity = plain) throws -> SecurityOptions {
        try SecurityOptions.parse(texts, kernel: kernel)
    }

    @Test func nothingSaidIsTheStandard() throws {
        let options = try options()
        #expect(!options.noNewPrivileges && !options.systemPathsUnconfined && !options.writableCgroups)
        #expect(options.seccomp == .containerDefault)
    }

    @Test func everyFlagIsReadAsGoReadsIt() throws {
        for separator in ["=", ":"] {
            for (word, value) in [
                ("1", true), ("t", true), ("T", true), ("TRUE", true), ("true", true), ("True", true), ("0", false),
                ("f", false), ("F", false), ("FALSE", false), ("false", false), ("False", false),
            ] {
                #expect(try options("no-new-privileges\(separator)\(word)").noNewPrivileges == value)
                #expect(try options("writable-cgroups\(separator)\(word)").writableCgroups == value)
            }
            for word in ["", "yes", "no", "tRUE", "2", "01", " true"] {
                for name in ["no-new-privileges", "writable-cgroups"] {
                    let text = "\(name)\(separator)\(word)"
                    #expect(refusal { try options(text) } == "400 invalid --security-opt 2: \"\(text)\"")
                }
            }
        }
        #expect(try options("no-new-privileges").noNewPrivileges)
        #expect(try !options("no-new-privileges", "no-new-privileges=false").noNewPrivileges)
    }

    @Test(arguments: ["", "seccomp", "unconfined", "writable-cgroups", "label", "no-new-privilege", "systempaths"])
    func anOptionHasAValue(text: String) {
        #expect(refusal { try options(text) } == "400 invalid --security-opt 1: \"\(text)\"")
    }

    @Test(arguments: [
        "foo=bar", "=", ":", "=unconfined", "Seccomp=unconfined", "systempaths=", "systempaths=confined", "no-new=1",
        "credentialspec=file://x", "seccomp =unconfined",
    ]) func otherOptionsAreRefused(text: String) {
        #expect(refusal { try options(text) } == "400 invalid --security-opt 2: \"\(text)\"")
    }

    @Test func whereTheFilterComesFrom() throws {
        #expect(try options("seccomp=unconfined").seccomp == nil)
        for text in ["seccomp=builtin", "seccomp=", "seccomp:builtin"] {
            #expect(try options(text).seccomp == .containerDefault)
        }
        let profile = #"{"defaultAction":"SCMP_ACT_ALLOW"}"#
        #expect(try options("seccomp=\(profile)").seccomp == .json(profile))
        #expect(try options("seccomp=unconfined", "seccomp=builtin").seccomp == .containerDefault)
        for text in ["{", "profile.json", "[]", #"{"defaultAction":"NONE"}"#] {
            #expect(refusal { try options("seccomp=\(text)") }?.hasPrefix("400 ") == true)
        }
    }

    @Test func pathsAreUnconfinedWhenAskedFor() throws {
        #expect(try options("systempaths=unconfined").systemPathsUnconfined)
        #expect(try options("systempaths:unconfined").systemPathsUnconfined)
    }

    @Test func whatConfinesIsRefusedNeverPassedOver() throws {
        for (text, what, system) in [
            ("apparmor=mine", "AppArmor profile", "AppArmor"), ("label=type:mine", "SELinux label", "SELinux"),
            ("apparmor=docker-default", "AppArmor profile", "AppArmor"), ("label=user:u", "SELinux label", "SELinux"),
        ] {
            #expect(
                refusal { try options(text) }
                    == "400 invalid --security-opt: \"\(text)\": the \(what) cannot be applied: this kernel has no "
                    + system)
            #expect(
                refusal { try options(text, kernel: Self.labelling) }
                    == "501 --security-opt \"\(text)\": applying an \(what) is not implemented yet")
        }
        for kernel in [Self.plain, Self.labelling] {
            for text in ["apparmor=unconfined", "apparmor=", "label=disable", "label=", "label:disable"] {
                #expect(try options(text, kernel: kernel) == options(kernel: kernel))
            }
        }
    }

    // MARK: Capabilities

    @Test func everyCapabilityCanBeAddedAndDropped() throws {
        for capability in Capability.allKnown {
            let short = String(capability.name.dropFirst("CAP_".count))
            for name in [capability.name, short, short.lowercased(), capability.name.lowercased()] {
                let added = try Given { $0.host.capAdd = [name] }.spec().capabilities
                let dropped = try Given { $0.host.capDrop = [name] }.spec().capabilities
                let all = CapabilitySet(Capability.allKnown)
                func given(_ choice: CapabilityChoice) -> CapabilitySet {
                    ProcessCapabilities(choice, privileged: false, available: all).bounding
                }
                #expect(given(added) == CapabilitySet.containerDefault.union(CapabilitySet([capability])))
                #expect(given(dropped) == CapabilitySet.containerDefault.subtracting(CapabilitySet([capability])))
            }
        }
    }

    @Test(arguments: ["", "CAP_", "CAP_ALL", "NET ADMIN", "CAP_CAP_CHOWN", "EVERYTHING", "CHOWN,KILL", "-CHOWN"])
    func otherNamesAreRefused(name: String) {
        let full = name.hasPrefix("CAP_") ? name : "CAP_" + name
        #expect(
            refusal { try Given { $0.host.capAdd = [name] }.spec() }
                == "400 invalid CapAdd: unknown capability: \"\(full)\"")
        #expect(
            refusal { try Given { $0.host.capDrop = [name] }.spec() }
                == "400 invalid CapDrop: unknown capability: \"\(full)\"")
    }

    // MARK: Devices

    private func device(_ permissions: String) throws -> DeviceRequest? {
        let mapping = DeviceMapping.read(
            "{\"PathOnHost\":\"/dev/a\",\"PathInContainer\":\"/dev/b\",\"CgroupPermissions\":\"\(permissions)\"}")
        return try Given { $0.host.devices = [mapping].compactMap { $0 } }.spec().devices.first
    }

    @Test func everyChoiceOfPermissionsIsRead() throws {
        let letters: [(Character, DeviceRule.Access)] = [("r", .read), ("w", .write), ("m", .mknod)]
        for first in letters {
            for second in letters {
                for third in letters {
                    for text in ["\(first.0)", "\(first.0)\(second.0)", "\(first.0)\(second.0)\(third.0)"] {
                        let access = DeviceRule.Access(letters.filter { text.contains($0.0) }.map(\.1))
                        #expect(try device(text)?.access == access)
                    }
                }
            }
        }
        let all = try #require(try device(""))
        #expect(all.access == .all && all.hostPath == "/dev/a" && all.containerPath == "/dev/b")
    }

    @Test(arguments: ["x", "rwx", "R", "r w", "rw,m", "0", "ro"]) func otherPermissionsAreRefused(text: String) {
        #expect(refusal { try device(text) } == "400 invalid device mode: \(text)")
    }

    @Test func rulesAreRead() throws {
        for kind in ["a", "b", "c"] {
            for numbers in ["*:*", "1:*", "*:3", "1:3", "4294967295:4294967295"] {
                for access in ["r", "w", "m", "rw", "rwm", "mwr"] {
                    let rules = try Given { $0.host.deviceCgroupRules = ["\(kind) \(numbers) \(access)"] }.spec()
                        .deviceRules
                    let sorted = ["r", "w", "m"].filter(access.contains).joined()
                    #expect(rules.map(\.text) == ["\(kind) \(numbers) \(sorted)"])
                }
            }
        }
    }

    @Test(arguments: [
        "", "c", "c 1:3", "d 1:3 r", "c 1 r", "c 1:3 x", "c 1:3:4 r", "c -1:3 r", "c 1:3 ", "c  1:3 r", "c 1:3 r ",
        "c 4294967296:0 r", "c 1:٣ r", "c a:b r", "cc 1:3 r", "c 1:3 rwmr",
    ]) func otherRulesAreRefused(text: String) {
        #expect(
            refusal { try Given { $0.host.deviceCgroupRules = [text] }.spec() }
                == "400 invalid device cgroup format '\(text)'")
    }

    // MARK: Kernel parameters

    private static let ofNetwork = [
        "net.ipv4.ip_forward", "net/ipv4/ip_forward", "net.core.somaxconn", "net.ipv6.conf.all.disable_ipv6",
        "net.ipv4.conf.eth0/100.forwarding",
    ]
    private static let ofIPC = [
        "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax",
        "kernel.shmmni", "kernel.shm_rmid_forced", "fs.mqueue.msg_max", "kernel/sem",
    ]
    private static let ofUTS = ["kernel.domainname", "kernel/domainname"]

    private func sysctl(_ name: String, _ change: (inout HostConfig) -> Void = { _ in }) throws -> Sysctl? {
        try Given {
            $0.host.sysctls = [name: "1"]
            change(&$0.host)
        }.spec().sysctls.first
    }

    @Test func parametersOfNamespacesAreSetInTheContainersOwn() throws {
        for name in Self.ofNetwork {
            #expect(try sysctl(name)?.scope == .network)
            #expect(try sysctl(name) { $0.networkMode = "container:web" }?.scope == .network)
            #expect(
                refusal { try sysctl(name) { $0.networkMode = "host" } }
                    == "400 sysctl \"\(name)\" not allowed in host network namespace")
        }
        for name in Self.ofIPC {
            for mode in ["", "private", "shareable", "none", "container:web"] {
                #expect(try sysctl(name) { $0.ipcMode = mode }?.scope == .ipc)
            }
            #expect(
                refusal { try sysctl(name) { $0.ipcMode = "host" } }
                    == "400 sysctl \"\(name)\" is not allowed in the hosts ipc namespace")
        }
        for name in Self.ofUTS {
            #expect(try sysctl(name)?.scope == .uts)
            #expect(
                refusal { try sysctl(name) { $0.utsMode = "host" } }
                    == "400 sysctl \"\(name)\" is not allowed in the hosts uts namespace")
        }
    }

    @Test(arguments: ["kernel.pid_max", "vm.swappiness", "fs.file-max", "kernel.sem.x", "net", "fs.mqueue", "user.max"])
    func theHostsParametersAreTheHosts(name: String) {
        #expect(refusal { try sysctl(name) } == "400 sysctl \"\(name)\" is not in a separate kernel namespace")
    }

    @Test(arguments: ["", ".", "net.", ".net.x", "net..x", "net/../kernel/x", "net/./x", "net.x\0"])
    func whatIsNoNameIsRefused(name: String) {
        #expect(refusal { try sysctl(name) } == "400 invalid sysctl \"\(name)\"")
    }

    @Test func theHostNameHasAnOptionOfItsOwn() {
        #expect(
            refusal { try sysctl("kernel.hostname") }
                == "400 sysctl \"kernel.hostname\" is not allowed as it conflicts with the hostname option")
    }

    @Test func parametersAreSetInTheOrderOfTheirNames() throws {
        let given = Given { $0.host.sysctls = ["net.b": "2", "net.a": "1", "kernel.sem": "3"] }
        #expect(try given.spec().sysctls.map(\.name) == ["kernel.sem", "net.a", "net.b"])
        #expect(try given.spec().sysctls.map(\.value) == ["3", "1", "2"])
    }
}
