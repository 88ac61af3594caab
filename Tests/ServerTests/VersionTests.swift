import API
import Model
import Testing

@Suite struct VersionTests {
    @Test func pathWithVersionIsTakenApart() throws {
        let path = try VersionedPath("/v1.41/containers/json")
        #expect(path.version == APIVersion(1, 41))
        #expect(path.path == "/containers/json")
    }

    @Test(arguments: ["/containers/json", "/volumes/v1", "/version", "/vx/y", "/"])
    func pathWithoutVersionHasTheNewest(_ text: String) throws {
        let path = try VersionedPath(Substring(text))
        #expect(path.version == .maximum)
        #expect(path.path == text)
    }

    @Test func versionsOutsideOfTheRangeAreRefusedInDockersWords() {
        #expect(
            throws: BerthError.invalid(
                "client version 1.99 is too new. Maximum supported API version is 1.51")
        ) { try VersionedPath("/v1.99/info") }
        #expect(
            throws: BerthError.invalid(
                "client version 1.10 is too old. Minimum supported API version is 1.24, "
                    + "please upgrade your client to a newer version")
        ) { try VersionedPath("/v1.10/info") }
        #expect(throws: BerthError.self) { try VersionedPath("/v2/info") }
        #expect(throws: BerthError.self) { try VersionedPath("/v1.99999999999999999999/info") }
    }

    @Test(arguments: ["1.24", "1.41", "1.51"]) func versionsOfTheRangeAreTaken(_ text: String) throws {
        #expect(try VersionedPath("/v\(text)/info").version.description == text)
    }

    @Test func versionsCompareByNumberNotByText() {
        #expect(APIVersion(1, 9) < APIVersion(1, 24))
        #expect(APIVersion(1, 51) < APIVersion(2, 0))
    }
}
