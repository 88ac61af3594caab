import Images
import Model
import Testing

@Suite struct PlatformTests {
    @Test(arguments: [
        ("linux/amd64", "linux/amd64"), ("Linux/x86_64", "linux/amd64"), ("linux/arm64/v8", "linux/arm64/v8"),
        ("arm64", "linux/arm64"), ("aarch64", "linux/arm64"), ("linux", "linux/\(HostPlatform.architecture)"),
        ("windows/amd64", "windows/amd64"),
    ]) func isReadAsClientsWriteIt(text: String, expected: String) throws {
        #expect(try "\(Platform(parsing: text))" == expected)
    }

    @Test(arguments: ["", "linux/", "/amd64", "a/b/c/d"]) func whatIsNoneIsRefused(text: String) {
        #expect(throws: BerthError.invalid("\"\(text)\" is an invalid OS/architecture: invalid argument")) {
            try Platform(parsing: text)
        }
    }

    @Test func aPlatformRunsItsOwnAndOlderPrograms() throws {
        let amd64 = Platform(os: "linux", architecture: "amd64")
        #expect(amd64.runs(amd64) && amd64.runs(Platform(os: "linux", architecture: "386")))
        #expect(!amd64.runs(Platform(os: "linux", architecture: "arm64")))
        #expect(!amd64.runs(Platform(os: "windows", architecture: "amd64")))
        #expect(!Platform(os: "linux", architecture: "386").runs(amd64))
        let arm64 = Platform(os: "linux", architecture: "arm64")
        #expect(arm64.runs(Platform(os: "linux", architecture: "arm", variant: "v7")))
    }
}
