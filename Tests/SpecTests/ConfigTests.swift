import Model
import Spec
import Testing

/// What is left of a configuration: signals, restarts, health, names, and what other engines have.
@Suite struct ConfigTests {
    // MARK: Signals

    private static let signals: [(String, Int32)] = [
        ("HUP", 1), ("INT", 2), ("QUIT", 3), ("ILL", 4), ("TRAP", 5), ("ABRT", 6), ("IOT", 6), ("BUS", 7), ("FPE", 8),
        ("KILL", 9), ("USR1", 10), ("SEGV", 11), ("USR2", 12), ("PIPE", 13), ("ALRM", 14), ("TERM", 15), ("STKFLT", 16),
        ("CHLD", 17), ("CLD", 17), ("CONT", 18), ("STOP", 19), ("TSTP", 20), ("TTIN", 21), ("TTOU", 22), ("URG", 23),
        ("XCPU", 24), ("XFSZ", 25), ("VTALRM", 26), ("PROF", 27), ("WINCH", 28), ("IO", 29), ("POLL", 29), ("PWR", 30),
        ("SYS", 31), ("RTMIN", 34), ("RTMAX", 64), ("RTMIN+1", 35), ("RTMIN+30", 64), ("RTMAX-1", 63), ("RTMAX-30", 34),
    ]

    @Test func everySignalHasItsNames() throws {
        for (name, number) in Self.signals {
            for text in [name, "SIG" + name, name.lowercased(), "sig" + name.lowercased(), "Sig" + name] {
                #expect(try Given { $0.config.stopSignal = text }.spec().stopSignal == number)
            }
        }
        for number in 1...64 { #expect(try Signals.parse(String(number)) == Int32(number)) }
        #expect(try Given().spec().stopSignal == 15)
    }

    @Test(arguments: [
        "0", "65", "-1", "SIG", "SIGSIGTERM", "TERMINATE", "SIGRTMIN+0", "SIGRTMIN+31", "RTMAX-0", "RTMAX-31",
        "RTMIN-1",
        "RTMIN+", "99999999999", "TERM ", "9.0", "15,9",
    ]) func otherSignalsAreRefused(text: String) {
        #expect(refusal { try Given { $0.config.stopSignal = text }.spec() } == "400 Invalid signal: \(text)")
    }

    // MARK: Restarts

    private func restart(_ name: String, _ count: Int = 0, autoRemove: Bool = false) -> Given {
        Given {
            $0.host.restartPolicy = RestartPolicy(name: name)
            $0.host.restartPolicy?.maximumRetryCount = count
            $0.host.autoRemove = autoRemove
        }
    }

    @Test func restartPolicies() throws {
        for (name, rule) in [
            ("", RestartRule.never), ("no", .never), ("always", .always), ("unless-stopped", .unlessStopped),
            ("on-failure", .onFailure(retries: nil)),
        ] {
            #expect(try restart(name).spec().restart == rule)
            let warnings = try restart(name).warnings()
            #expect(warnings.contains { $0.hasPrefix("Restart policy '\(name)' is kept") } == (rule != .never))
            let found = refusal { try restart(name, autoRemove: true).warnings() }
            #expect(found == (rule == .never ? nil : "400 can't create 'AutoRemove' container with restart policy"))
        }
        for count in [1, 2, 1000] {
            #expect(try restart("on-failure", count).spec().restart == .onFailure(retries: count))
            for name in ["always", "unless-stopped", "no"] {
                #expect(
                    refusal { try restart(name, count).spec() }
                        == "400 maximum retry count cannot be used with restart policy '\(name)'")
            }
        }
        #expect(refusal { try restart("on-failure", -1).spec() } == "400 maximum retry count cannot be negative")
    }

    @Test(arguments: ["Always", "never", "on_failure", "on-failure:3", "unless stopped", " no"])
    func otherPoliciesAreRefused(name: String) {
        #expect(refusal { try restart(name).spec() } == "400 invalid restart policy '\(name)'")
    }

    // MARK: Health

    private func health(_ json: String) -> Given { Given { $0.config.healthcheck = .read(json) } }

    @Test func whatIsRunToFindOutTheHealth() throws {
        for (test, command) in [
            (#"["CMD","true"]"#, HealthProbe.Command.words(["true"])), (#"["CMD","a","b c"]"#, .words(["a", "b c"])),
            (#"["CMD-SHELL","exit 0"]"#, .shell(["exit 0"])), (#"["CMD-SHELL","echo","x"]"#, .shell(["echo", "x"])),
        ] {
            let given = health("{\"Test\":\(test)}")
            #expect(try given.spec().health?.command == command)
            #expect(try given.warnings().contains { $0.hasPrefix("The health check is kept") })
        }
        for test in ["[]", #"["NONE"]"#, #"["CMD"]"#, #"["CMD-SHELL"]"#, #"["cmd","x"]"#, #"["x"]"#, "null"] {
            #expect(try health("{\"Test\":\(test)}").spec().health == nil)
            #expect(try health("{\"Test\":\(test)}").warnings().isEmpty)
        }
    }

    @Test func timesOfProbes() throws {
        let standard = try #require(try health(#"{"Test":["CMD","true"]}"#).spec().health)
        #expect(standard.interval == 30 * HealthProbe.second && standard.timeout == 30 * HealthProbe.second)
        #expect(standard.startPeriod == 0 && standard.startInterval == 5 * HealthProbe.second && standard.retries == 3)
        let own = try #require(
            try health(
                #"{"Test":["CMD","true"],"Interval":1,"Timeout":2,"StartPeriod":3,"StartInterval":4,"Retries":5}"#
            ).spec().health)
        #expect(own.interval == 1 && own.timeout == 2 && own.startPeriod == 3 && own.startInterval == 4)
        #expect(own.retries == 5)
    }

    @Test(arguments: ["Interval", "Timeout", "StartPeriod", "StartInterval"]) func timesHaveALeast(name: String) {
        for value in [1, 999_999, -1, -1_000_000_000] {
            #expect(
                refusal { try health("{\"Test\":[\"CMD\",\"true\"],\"\(name)\":\(value)}").warnings() }
                    == "400 \(name) in Healthcheck cannot be less than 1ms")
        }
        for value in [0, 1_000_000, 3_600_000_000_000] {
            #expect(refusal { try health("{\"Test\":[\"CMD\",\"true\"],\"\(name)\":\(value)}").warnings() } == nil)
        }
    }

    @Test func retriesAreNotNegative() {
        #expect(
            refusal { try health(#"{"Test":["CMD","true"],"Retries":-1}"#).warnings() }
                == "400 Retries in Healthcheck cannot be negative")
    }

    // MARK: Names

    @Test func furtherHosts() throws {
        for (entry, name, address) in [
            ("a:1.2.3.4", "a", "1.2.3.4"), ("a.b:::1", "a.b", "::1"), ("a:2001:db8::1", "a", "2001:db8::1"),
            ("gate:host-gateway", "gate", "host-gateway"),
        ] {
            let host = try #require(try Given { $0.host.extraHosts = [entry] }.spec().extraHosts.first)
            #expect(host.name == name && host.address == address)
        }
        for entry in ["", "a", ":1.2.3.4", ":", "a=1.2.3.4"] {
            #expect(
                refusal { try Given { $0.host.extraHosts = [entry] }.spec() }
                    == "400 bad format for add-host: \"\(entry)\"")
        }
        for address in ["", "1.2.3", "b", "Host-Gateway", "1.2.3.4:80", " 1.2.3.4", ":"] {
            #expect(
                refusal { try Given { $0.host.extraHosts = ["a:\(address)"] }.spec() }
                    == "400 invalid IP address in add-host: \"\(address)\"")
        }
    }

    @Test func nameServers() {
        for address in ["1.1.1.1", "::1", "fe80::1%eth0", "2001:db8::1"] {
            #expect(refusal { try Given { $0.host.dns = [address] }.warnings() } == nil)
        }
        for address in ["", "1.1.1", "dns.example", "1.1.1.256", " 1.1.1.1", "1.1.1.1/32"] {
            #expect(
                refusal { try Given { $0.host.dns = [address] }.warnings() } == "400 invalid IP address: \(address)")
        }
    }

    @Test func namesOfObjects() {
        for name in ["ab", "a1", "A.b_c-d", "00", "a--", "a.."] { #expect(ObjectName.isValid(name)) }
        for name in ["", "a", "-a", ".a", "_a", "a b", "a/b", "aé", "a\0", "a\n", "é1", "a:b"] {
            #expect(!ObjectName.isValid(name))
        }
    }

    @Test func addressesOfInterfaces() {
        for address in ["", "02:42:ac:11:00:02", "02-42-AC-11-00-02", "00:00:00:00:00:01", "fe:ff:ff:ff:ff:ff"] {
            #expect(refusal { try Given { $0.config.macAddress = address }.warnings() } == nil)
        }
        for address in [
            "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01", "02:42:ac:11:00", "02:42:ac:11:00:02:03",
            "2:42:ac:11:0:2",
            "02:42:ac:11:00:0g", "0242ac110002", "02:42:ac:11:00:02 ", "+2:42:ac:11:00:02",
        ] {
            #expect(
                refusal { try Given { $0.config.macAddress = address }.warnings() }
                    == "400 invalid MAC address: \(address)")
        }
    }

    // MARK: The rest

    @Test func whatIsToBeSaidOtherwise() {
        let refusals: [(words: String, change: (inout Given) -> Void)] = [
            (
                "the working directory 'a/b' is invalid, it needs to be an absolute path",
                { $0.config.workingDir = "a/b" }
            ),
            ("invalid environment variable: =1", { $0.config.env = ["A=1", "=1"] }),
            ("invalid environment variable: ", { $0.config.env = [""] }),
            ("SHM size can not be less than 0", { $0.host.shmSize = -1 }),
            ("Invalid value -1001, range for oom score adj is [-1000, 1000]", { $0.host.oomScoreAdj = -1001 }),
            ("Invalid value 1001, range for oom score adj is [-1000, 1000]", { $0.host.oomScoreAdj = 1001 }),
            ("unknown or invalid runtime name: crun", { $0.host.runtime = "crun" }),
            ("--storage-opt is not supported: unknown option size", { $0.host.storageOpt = ["size": "1G"] }),
            (
                "invalid option: HostConfig.Cgroup is not supported, use CgroupParent",
                { $0.host.cgroup = "container:x" }
            ),
            ("invalid isolation \"hyperv\": Linux has only \"default\"", { $0.host.isolation = "hyperv" }),
        ]
        for refused in refusals {
            #expect(refusal { try Given(refused.change).warnings() } == "400 \(refused.words)")
        }
        let taken: [(inout Given) -> Void] = [
            { $0.config.workingDir = "/a" }, { $0.config.env = ["A", "B=", "C=="] }, { $0.host.shmSize = 1 },
            { $0.host.oomScoreAdj = -1000 }, { $0.host.oomScoreAdj = 1000 }, { $0.host.runtime = "runc" },
            { $0.host.runtime = "io.containerd.runc.v2" }, { $0.host.isolation = "default" },
        ]
        for change in taken { #expect(refusal { try Given(change).warnings() } == nil) }
    }

    @Test func aRecordIsReadAsItsRequestWas() throws {
        let given = Given {
            $0.host.networkMode = "host"
            $0.host.tmpfs = ["/t": "size=1m"]
            $0.host.portBindings = ["80": [PortBinding(hostPort: "1")]]
        }
        var record = ContainerRecord(
            id: "a", name: "b", created: 0, imageID: "c", config: given.config, hostConfig: given.host)
        record.mounts = try MountSpecs.resolve(config: given.config, hostConfig: given.host) { _ in [] }
        var spec = try given.spec()
        spec.mounts = try MountForm.all(record.mounts)
        #expect(try ContainerSpec(record) == spec)
        #expect(spec.mounts["/t"]?.tmpfs?.data == "size=1m")
        record.hostConfig.ipcMode = "no such"
        #expect(refusal { try ContainerSpec(record) } == "400 invalid IPC mode: no such")
    }

    @Test func defaultsAreThoseThatAreShown() {
        let v1 = Given().host
        #expect(v1.networkMode == "default" && v1.ipcMode == "private" && v1.cgroupnsMode == "host")
        #expect(v1.shmSize == 64 << 20 && v1.logConfig?.type == "json-file" && v1.restartPolicy?.name == "no")
        var v2 = HostConfig()
        v2.fillDefaults(cgroups: .v2)
        #expect(v2.cgroupnsMode == "private" && v2.maskedPaths == nil)
        var privileged = HostConfig()
        privileged.privileged = true
        privileged.fillDefaults(cgroups: .v2)
        #expect(privileged.maskedPaths == [] && privileged.readonlyPaths == [])
    }
}
