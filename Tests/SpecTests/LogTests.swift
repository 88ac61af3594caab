import Model
import Spec
import Testing

@Suite struct LogOptionTests {
    private func log(_ type: String = "json-file", _ options: [String: String] = [:]) throws -> LogSettings {
        try given(type, options).spec().log
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
            ("0", 0), ("1", 1), ("10", 10), ("1b", 1), ("1k", 1024), ("1K", 1024), ("1kb", 1024), ("2m", 2 << 20),
            ("2MB", 2 << 20), ("3g", 3 << 30), ("3Gb", 3 << 30), ("18446744073709551615", .max), ("-1", 0),
        ] as [(String, UInt64)] {
            #expect(try log("json-file", ["max-size": text]).maxSize == bytes)
        }
        for text in [
            "", "k", "b", "1t", "1kk", "1.5m", "0x10", "-2", "10 m", "m1", "18446744073709551616",
            "18446744073709551615k",
            "1bb", "ten",
        ] {
            #expect(refusal { try log("json-file", ["max-size": text]) } == "400 invalid size: '\(text)'")
            let options = ["mode": "non-blocking", "max-buffer-size": text]
            #expect(
                refusal { try log("json-file", options) }
                    == "400 error parsing option max-buffer-size: invalid size: '\(text)'")
        }
    }

    @Test func numbersOfFiles() throws {
        for (text, files) in [("1", 1), ("2", 2), ("007", 7), ("4294967295", 4_294_967_295)] as [(String, UInt32)] {
            #expect(try log("json-file", ["max-file": text]).maxFiles == files)
        }
        #expect(refusal { try log("json-file", ["max-file": "0"]) } == "400 max-file cannot be less than 1")
        for text in ["", "-1", "x", "1.0", "4294967296", " 1"] {
            #expect(refusal { try log("json-file", ["max-file": text]) } == "400 invalid value for max-file: \(text)")
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
        for value in ["false", "0", "FALSE"] {
            #expect(refusal { try given("", ["compress": value]).warnings() } == nil)
        }
        for value in ["true", "1", "True"] {
            #expect(
                refusal { try given("json-file", ["compress": value]).warnings() }
                    == "400 log opt compress is not supported: rotated files stay as they are")
            // A record that has it is read all the same.
            #expect(refusal { try log("json-file", ["compress": value]) } == nil)
        }
        for value in ["", "yes", "2"] {
            #expect(
                refusal { try log("json-file", ["compress": value]) } == "400 invalid value for compress: \(value)")
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
            for pattern in ["(", "[a", "*"] {
                #expect(
                    refusal { try log("json-file", [name: pattern]) }
                        == "400 invalid value for \(name): `\(pattern)` is no regular expression")
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
                refusal { try log("json-file", ["tag": template]) }?.hasPrefix("400 invalid log tag `\(template)`: ")
                    == true)
        }
    }

    @Test func theMonitorGetsJSON() throws {
        let plan = try log("json-file", ["labels": "a", "env": "B", "max-size": "1k", "max-file": "3"]).plan(
            for: record {
                $0.labels = ["a": "q\"\\\n\t\u{1}é"]
                $0.env = ["B=2"]
            }, path: "/log")
        #expect(plan.path == "/log" && plan.maxSize == 1024 && plan.maxFiles == 3)
        #expect(plan.attributes == #"{"B":"2","a":"q\"\\\n\t\u0001é"}"#)
        #expect(try log().plan(for: record(), path: "/log").attributes == "")
    }
}
