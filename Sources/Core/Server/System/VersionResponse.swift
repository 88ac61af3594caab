import API
import Engine

/// The answer to `GET /version`.
struct VersionResponse: JSONWritable {
    private let info: SystemInfo

    init(_ info: SystemInfo) {
        self.info = info
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.object("Platform") { $0.field("Name", "Berth") }
            json.array("Components", [info]) { json, info in
                json.object { json in
                    json.field("Name", "Engine")
                    json.field("Version", info.serverVersion)
                    json.object("Details") { writeDetails(to: &$0, isComponent: true) }
                }
            }
            json.field("Version", info.serverVersion)
            writeDetails(to: &json, isComponent: false)
        }
    }

    private func writeDetails(to json: inout JSONWriter, isComponent: Bool) {
        json.field("ApiVersion", APIVersion.maximum.description)
        json.field("MinAPIVersion", APIVersion.minimum.description)
        json.field("GitCommit", "")
        json.field("GoVersion", "")
        json.field("Os", "linux")
        json.field("Arch", SystemArchitecture.goName(info.architecture))
        json.field("KernelVersion", info.kernelVersion)
        json.field("BuildTime", "")
        if isComponent { json.field("Experimental", "false") }
    }
}

/// Names of processor architectures.
enum SystemArchitecture {
    /// What uname(2) calls "x86_64" is "amd64" in images and in `GET /version`.
    static func goName(_ machine: String) -> String {
        switch machine {
        case "x86_64": "amd64"
        case "aarch64": "arm64"
        case "armv7l", "armv6l": "arm"
        case "i686", "i386": "386"
        default: machine
        }
    }
}
