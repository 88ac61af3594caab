import Model
import Spec
import Testing

@Suite struct LogOptionTests {
    private func log(_ type: String = "json-file", _ options: [String: String] = [:]) throws -> LogSettings {
        try given(type, options).spec().log
    }

    /// What the start of a container with such a log is answered.
    private func startRefusal(_ options: [String: String]) -> String? {
        let prefix = "400 failed to create task for container: failed to initialize logging driver: "
        return refusal { try log("json-file", options).checkForStart() }.map {
            $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : "at create: \($0)"
        }
    }

    private func given(_ type: String, _ options: [String: String]) -> Given {
        Given { $0.host.logConfig = LogConfig(type: type, config: options) }
    }

    private func record(_ change: (inout ContainerConfig) -> Void = { _ in }) -> ContainerRecord {
        var config = ContainerConfig()
        config.image = "web:1"
        change(&config)
        return ContainerRecord(
            id: String(repeating: "ab", count: 32), name: "web", created: 0,
            imageID: "sha256:" + String(repeating: "cd", count: 32), config: config, hostConfig: HostConfig())
    }

    @Test func driversThatThereAre() throws {
        #expect(try !log("").isOff && !log("json-file").isOff && log("none").isOff)
        // Options of a log that is not kept are not looked at, as with Docker.
        #expect(try log("none", ["foo": "bar"]).isOff)
        #expect(log("none", [:], plan: "/log")?.path == "")
        for name in ["syslog", "journald", "local", "JSON-FILE", "None", "fluentd", " "] {
            #expect(refusal { try log(name) } == "400 logger: no log driver named '\(name)' is registered")
        }
    }

    private func log(_ type: String, _ options: [String: String], plan path: String) -> (path: String, size: UInt64)? {
        guard let plan = try? log(type, options).plan(for: record(), path: path) else { return nil }
        return (plan.path, plan.maxSize)
    }

    @Test func sizes() throws {
        for (text, bytes) in [
            ("1", 1), ("10", 10), ("1b", 1), ("1k", 1000), ("1K", 1000), ("1kb", 1000), ("1KiB", 1000),
            ("2m", 2_000_000),
            ("2MB", 2_000_000), ("3g", 3_000_000_000), ("3Gb", 3_000_000_000), ("1t", 1_000_000_000_000),
            ("1.5m", 1_500_000),
            ("10 m", 10_000_000), ("1e3", 1000), ("-1", 0),
        ] as [(String, UInt64)] {
            #expect(startRefusal(["max-size": text]) == nil)
            #expect(try log("json-file", ["max-size": text]).maxSize == bytes)
        }
        for (text, reason) in [
            ("", "invalid size: ''"), ("k", "invalid size: 'k'"), ("1kk", "invalid suffix: 'kk'"),
            ("1x", "invalid suffix: 'x'"),
            ("0x10", "invalid size: '0x10'"), ("-2", "invalid size: '-2'"), ("1bb", "invalid suffix: 'bb'"),
            ("1e300", "invalid size: '1e300'"), ("ten", "invalid size: 'ten'"),
        ] {
            #expect(startRefusal(["max-size": text]) == reason)
            #expect(
                refusal { try log("json-file", ["mode": "non-blocking", "max-buffer-size": text]) }
                    == "400 error parsing option max-buffer-size: \(reason)")
        }
        for text in ["0", "0k", "0.5"] {
            #expect(startRefusal(["max-size": text]) == "max-size must be a positive number")
        }
    }

    @Test func numbersOfFiles() throws {
        for (text, files) in [("1", 1), ("2", 2), ("007", 7), ("4294967295", 4_294_967_295)] as [(String, UInt32)] {
            #expect(try log("json-file", ["max-file": text]).maxFiles == files)
        }
        for text in ["0", "-1"] { #expect(startRefusal(["max-file": text]) == "max-file cannot be less than 1") }
        for text in ["", "x", "1.0", " 1"] {
            #expect(startRefusal(["max-file": text]) == "invalid value for max-file: \(text)")
        }
    }

    @Test func modes() throws {
        for mode in ["", "blocking"] { #expect(try log("json-file", ["mode": mode]).bufferSize == 0) }
        #expect(try log("json-file", ["mode": "non-blocking"]).bufferSize == 1 << 20)
        #expect(try log("json-file", ["mode": "non-blocking", "max-buffer-size": "4k"]).bufferSize == 4096)
        for mode in ["Blocking", "non-block", "nonblocking", " "] {
            #expect(
                refusal { try log("json-file", ["mode": mode]) } == "400 logger: logging mode not supported: \(mode)")
        }
        for mode in [nil, "", "blocking"] {
            var options = ["max-buffer-size": "1m"]
            if let mode { options["mode"] = mode }
            #expect(
                refusal { try log("json-file", options) }
                    == "400 logger: max-buffer-size option is only supported with 'mode=non-blocking'")
        }
    }

    @Test func compression() throws {
        let rotation = ["max-size": "1m", "max-file": "2"]
        for (values, isOn) in [(["false", "0", "FALSE", "f"], false), (["true", "1", "True", "t"], true)] {
            for value in values {
                let options = rotation.merging(["compress": value]) { $1 }
                #expect(startRefusal(options) == nil)
                #expect(try log("json-file", options).compress == isOn)
            }
        }
        for options in [["max-size": "1m"], ["max-file": "2"], [:]] {
            #expect(
                startRefusal(options.merging(["compress": "true"]) { $1 })
                    == "compress cannot be true when max-file is less than 2 or max-size is not set")
        }
        for value in ["", "yes", "2"] {
            #expect(startRefusal(["compress": value]) == "invalid value for compress: \(value)")
        }
    }

    @Test(arguments: ["", "max_size", "Max-Size", "syslog-address", "env_regex", "tags"])
    func otherOptionsAreRefused(name: String) {
        #expect(
            refusal { try log("json-file", [name: "1"]) } == "400 unknown log opt '\(name)' for json-file log driver")
    }

    // MARK: What goes with each line

    private func attributes(
        _ options: [String: String], _ change: (inout ContainerConfig) -> Void = { _ in }
    ) throws -> [String: String] {
        try log("json-file", options).attributes(of: record(change))
    }

    @Test func labelsAndVariablesAreChosenByNameOrPattern() throws {
        let change: (inout ContainerConfig) -> Void = {
            $0.labels = ["one": "1", "two": "2", "three": "3"]
            $0.env = ["ONE=1", "TWO=2=2", "THREE", "FOUR="]
        }
        for (options, expected) in [
            ([:], [:]), (["labels": "one"], ["one": "1"]), (["labels": "one,three,x"], ["one": "1", "three": "3"]),
            (["labels": ""], [:]), (["labels-regex": "^t"], ["two": "2", "three": "3"]),
            (["labels": "one", "labels-regex": "wo"], ["one": "1", "two": "2"]), (["labels-regex": ""], [:]),
            (["env": "ONE,TWO"], ["ONE": "1", "TWO": "2=2"]), (["env": "THREE,FOUR"], ["FOUR": ""]),
            (["env-regex": "O$"], ["TWO": "2=2"]), (["env": "ONE", "labels": "one"], ["ONE": "1", "one": "1"]),
        ] as [([String: String], [String: String])] {
            #expect(try attributes(options, change) == expected)
        }
        for name in ["labels-regex", "env-regex"] {
            for pattern in ["(", "[a", "*", "(?=a)"] {
                #expect(
                    refusal { try given("json-file", [name: pattern]).warnings() }?
                        .hasPrefix("400 invalid value for \(name): error parsing regexp: ") == true)
            }
        }
    }

    @Test func tags() throws {
        for (template, text) in [
            ("plain", "plain"), ("{{.Name}}", "web"), ("{{ .Name }}", "web"), ("{{.ID}}", "abababababab"),
            ("{{.FullID}}", String(repeating: "ab", count: 32)), ("{{.ImageID}}", "cdcdcdcdcdcd"),
            ("{{.ImageFullID}}", "sha256:" + String(repeating: "cd", count: 32)), ("{{.ImageName}}", "web:1"),
            ("{{.DaemonName}}", "berth"), ("a{{.Name}}b{{.Name}}", "awebbweb"), ("}}{", "}}{"),
        ] {
            #expect(try attributes(["tag": template]) == ["tag": text])
        }
        #expect(try attributes(["tag": ""]) == [:])
        for template in ["{{", "{{.Name", "{{}}", "{{Name}}", "{{.Nam}}", "{{.name}}", "{{.Name.x}}", "{{json .}}"] {
            #expect(
                startRefusal(["tag": template])?.hasPrefix("invalid log tag `\(template)`: ") == true)
        }
    }

    @Test func theMonitorGetsJSON() throws {
        let plan = try log("json-file", ["labels": "a", "env": "B", "max-size": "1k", "max-file": "3"]).plan(
            for: record {
                $0.labels = ["a": "q\"\\\n\t\u{1}é"]
                $0.env = ["B=2"]
            }, path: "/log")
        #expect(plan.path == "/log" && plan.maxSize == 1000 && plan.maxFiles == 3)
        #expect(plan.attributes == #"{"B":"2","a":"q\"\\\n\t\u0001é"}"#)
        #expect(try log().plan(for: record(), path: "/log").attributes == "")
    }
}
