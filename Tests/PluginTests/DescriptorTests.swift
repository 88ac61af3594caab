import Foundation
import PluginLoader
import PluginProtocol
import Testing

@Suite struct DescriptorTests {
    @Test func completeDescriptorIsRead() throws {
        let area = try Area()
        let file = try area.write(
            "x.json",
            """
            {
              "$schema": "plugin-descriptor.schema.json",
              "name": "x-1", "kinds": ["network", "volume"], "socket": "/run/x.sock",
              "options": {"a": [1, 2.5, true, null, "\\u00e9\\ud83d\\ude00"]}, "timeout-ms": 250
            }
            """)
        let descriptor = try DescriptorReader.read(file: file, modulesDirectory: "/nowhere")
        #expect(descriptor.name == "x-1")
        #expect(descriptor.kinds == [.network, .volume])
        #expect(descriptor.location == .unixSocket("/run/x.sock"))
        #expect(descriptor.options == ["a": [1, 2.5, true, nil, "é😀"]])
        #expect(descriptor.timeoutMilliseconds == 250)
    }

    @Test func defaultsAreFilledIn() throws {
        let area = try Area()
        let file = try area.write("x.json", #"{"name": "x", "kinds": ["ipam"], "socket": "http://127.0.0.1:81/"}"#)
        let descriptor = try DescriptorReader.read(file: file, modulesDirectory: "/nowhere")
        #expect(descriptor.location == .http("http://127.0.0.1:81"))
        #expect(descriptor.options.isEmpty)
        #expect(descriptor.timeoutMilliseconds == 30_000)
    }

    struct Bad: Sendable {
        var text: String
        var line: Int
        /// What the reason begins with.
        var reason: String

        init(_ text: String, _ line: Int, _ reason: String) {
            (self.text, self.line, self.reason) = (text, line, reason)
        }
    }

    static let malformed: [Bad] = [
        Bad("", 1, "the file ends where a value should begin"),
        Bad("{\n \"name\": \"x\",\n}", 3, "\"}\" where a key in quotes should begin"),
        Bad("{\n \"name\" \"x\"}", 2, "\"\"\" where a colon should follow key \"name\""),
        Bad("{\"name\": \"x\"\n\"kinds\": []}", 2, "\"\"\" where a comma or the end of the object should be"),
        Bad("{\"name\": \"x\nyz\"}", 1, "a control character in a string must be escaped"),
        Bad("{\"name\": \"\\q\"}", 1, "\"\\q\" is no escape sequence"),
        Bad("{\"name\": \"\\ud800\"}", 1, "half a surrogate pair in a string"),
        Bad("{\"name\": \"\\u12\"}", 1, "\"\\u\" must be followed by four hexadecimal digits"),
        Bad("{\"name\": \"x", 1, "the file ends inside a string"),
        Bad("{\"timeout-ms\": 01}", 1, "malformed number"),
        Bad("{\"timeout-ms\": 1e999}", 1, "number 1e999 is too large"),
        Bad("{\"name\": nul}", 1, "\"n\" where a value should begin"),
        Bad("{} {}", 1, "\"{\" after the end of the JSON value"),
        Bad("{\n\"name\": \"x\",\n\n\"name\": \"y\"}", 4, "key \"name\" is there already, on line 2"),
        Bad(String(repeating: "[", count: 100), 1, "nested deeper than 64 levels"),
    ]

    static let wrong: [Bad] = [
        Bad("[]", 1, "a descriptor must be an object, not an array"),
        Bad("{\n\"nmae\": \"x\"}", 2, "unknown key \"nmae\""),
        Bad("{\"kinds\": [\"ipam\"]}", 1, "\"name\" is missing"),
        Bad("{\"name\": \"x\"}", 1, "\"kinds\" is missing"),
        Bad("{\n\"name\": 7, \"kinds\": []}", 2, "\"name\" must be a string, not a number"),
        Bad("{\"name\": \"a/b\", \"kinds\": [\"ipam\"], \"socket\": \"/s\"}", 1, "\"name\" must be made of letters"),
        Bad("{\"name\": \"x\",\n\"kinds\": \"ipam\"}", 2, "\"kinds\" must be an array of strings, not a string"),
        Bad("{\"name\": \"x\",\n\"kinds\": [\n1]}", 3, "\"kinds\" must be an array of strings, and has a number"),
        Bad("{\"name\": \"x\", \"kinds\": [\n\"teleport\"]}", 2, "unknown kind \"teleport\"; there are network, ipam"),
        Bad("{\"name\": \"x\", \"kinds\": [\"ipam\", \"ipam\"]}", 1, "kind \"ipam\" is there twice"),
        Bad("{\"name\": \"x\", \"kinds\": []}", 1, "\"kinds\" is empty"),
        Bad("{\"name\": \"x\", \"kinds\": [\"ipam\"]}", 1, "one of \"module\" and \"socket\" must be given"),
    ]

    /// What comes behind a name and a kind.
    static let wrongRest: [Bad] = [
        Bad(
            "\n\"module\": \"a\",\n\"socket\": \"/b\"}", 3,
            "only one of \"module\", \"socket\" and \"cni\" can be given"),
        Bad("\n\"cni\": {}}", 2, "transport \"cni\" is not supported yet"),
        Bad("\n\"module\": \"absent.so\"}", 2, "open module `/nowhere/absent.so`: No such file or directory"),
        Bad("\n\"module\": \"/tmp\"}", 2, "open module `/tmp`: not a regular file"),
        Bad("\n\"module\": \"\"}", 2, "\"module\" is empty"),
        Bad("\n\"socket\": \"x.sock\"}", 2, "\"socket\" must be an absolute path"),
        Bad("\n\"socket\": \"http://a/b\"}", 2, "\"socket\" must be an absolute path"),
        Bad("\n\"socket\": \"/\(String(repeating: "x", count: 107))\"}", 2, "\"socket\": the path is longer than"),
        Bad("\"socket\": \"/s\",\n\"options\": []}", 2, "\"options\" must be an object, not an array"),
        Bad("\"socket\": \"/s\", \"options\": {\n\"berth\": 1}}", 2, "option \"berth\" is the daemon's own"),
        Bad("\"socket\": \"/s\",\n\"timeout-ms\": \"5\"}", 2, "\"timeout-ms\" must be a whole number, not a string"),
        Bad("\"socket\": \"/s\",\n\"timeout-ms\": 0}", 2, "\"timeout-ms\" must be from 1 to 600000"),
    ].map { Bad("{\"name\": \"x\", \"kinds\": [\"ipam\"]," + $0.text, $0.line, $0.reason) }

    @Test(arguments: malformed + wrong + wrongRest) func badDescriptorIsRefusedWithLineAndReason(_ bad: Bad) throws {
        let area = try Area()
        let file = try area.write("x.json", bad.text)
        let error = #expect(throws: DescriptorError.self) {
            try DescriptorReader.read(file: file, modulesDirectory: "/nowhere")
        }
        #expect(error?.file == file)
        #expect(error?.line == bad.line)
        #expect(error?.reason.hasPrefix(bad.reason) == true, "\(error?.reason ?? "")")
    }

    @Test func badBytesAreRefused() throws {
        let area = try Area()
        let file = area.plugins + "/x.json"
        try Data([0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D]).write(to: URL(fileURLWithPath: file))
        #expect(throws: DescriptorError(file: file, line: 1, reason: "a string is not valid UTF-8")) {
            try DescriptorReader.read(file: file, modulesDirectory: "/nowhere")
        }
    }

    @Test func whatIsNoFileIsRefused() throws {
        let area = try Area()
        try FileManager.default.createDirectory(atPath: area.plugins + "/d.json", withIntermediateDirectories: false)
        let read = DescriptorReader.read(directory: area.plugins, modulesDirectory: "/nowhere")
        let error = DescriptorError(file: area.plugins + "/d.json", line: nil, reason: "not a regular file")
        #expect(read == [.failure(error)])
    }

    @Test func missingDirectoryHasNoDescriptors() {
        #expect(DescriptorReader.read(directory: "/nowhere/plugins.d", modulesDirectory: "/nowhere").isEmpty)
    }

    @Test func secondDriverOfANameIsRefusedAndTheRestGoesOn() async throws {
        let area = try Area()
        let first = try area.write("a.json", #"{"name": "x", "kinds": ["ipam"], "socket": "/s"}"#)
        let second = try area.write("b.json", "{\n\"name\": \"x\", \"kinds\": [\"volume\"], \"socket\": \"/t\"}")
        try area.write("c.json", "oops")
        try area.write("ignored.txt", "oops")
        let registry = try await area.registry()
        #expect(try registry.driver(kind: .ipam, name: "x").name == "x")
        let reasons = registry.statuses().compactMap { status -> String? in
            if case .refused(let reason) = status.condition { return reason }
            return nil
        }
        #expect(
            reasons == [
                "\(second):2: driver \"x\" is there already, in \(first)",
                "\(area.plugins)/c.json:1: \"o\" where a value should begin",
            ])
        for reason in reasons { #expect(area.host.lines.contains(": descriptor refused: \(reason)")) }
    }

    @Test func descriptorsOfTheProjectAreRight() throws {
        let read = DescriptorReader.read(directory: Area.package + "/plugins.d", modulesDirectory: "/nowhere")
        #expect(read.count >= 4)
        for result in read {
            // All that can be wrong with them here is that their modules are not built.
            guard case .failure(let error) = result else { continue }
            #expect(error.reason.hasPrefix("open module `/nowhere/"), "\(error)")
        }
    }
}
