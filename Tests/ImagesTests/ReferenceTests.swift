import Images
import Model
import Testing

@Suite struct ReferenceTests {
    @Test(arguments: [
        ("busybox", "docker.io/library/busybox:latest", "busybox:latest"),
        ("busybox:1.36", "docker.io/library/busybox:1.36", "busybox:1.36"),
        ("library/busybox", "docker.io/library/busybox:latest", "busybox:latest"),
        ("team/app", "docker.io/team/app:latest", "team/app:latest"),
        ("docker.io/team/app", "docker.io/team/app:latest", "team/app:latest"),
        ("index.docker.io/busybox", "docker.io/library/busybox:latest", "busybox:latest"),
        ("localhost/app", "localhost/app:latest", "localhost/app:latest"),
        ("localhost:5000/app:v1", "localhost:5000/app:v1", "localhost:5000/app:v1"),
        ("registry.example.com/a/b/c:t", "registry.example.com/a/b/c:t", "registry.example.com/a/b/c:t"),
        ("[2001:db8::1]:5000/app", "[2001:db8::1]:5000/app:latest", "[2001:db8::1]:5000/app:latest"),
        ("a__b/c---d.e_f", "docker.io/a__b/c---d.e_f:latest", "a__b/c---d.e_f:latest"),
        ("Host/app", "Host/app:latest", "Host/app:latest"),
    ])
    func namesAreNormalisedAsDockerDoes(text: String, canonical: String, familiar: String) throws {
        let reference = try ImageReference(parsing: text).tagged
        #expect(reference.canonical == canonical)
        #expect(reference.familiar == familiar)
    }

    @Test func digestReferencesHaveNoDefaultTag() throws {
        let digest = "sha256:" + String(repeating: "ab", count: 32)
        let reference = try ImageReference(parsing: "busybox@\(digest)").tagged
        #expect(reference.tag == nil)
        #expect(reference.digest == digest)
        #expect(reference.familiar == "busybox@\(digest)")
        #expect(try ImageReference(parsing: "busybox:1@\(digest)").familiar == "busybox:1@\(digest)")
    }

    @Test(arguments: [
        "", " ", "a b", "/a", "a/", "a//b", ":tag", "a:", "a:-x", "a:t/x", "-a", "a-", "a..b", "a___b", "a._b",
        "a@sha256:12", "a@md5:" + String(repeating: "0", count: 64), "host:port/app", "-host.com/app", "ä",
        "a:" + String(repeating: "t", count: 129), "[::1/app", "a\nb",
    ])
    func malformedNamesAreRefused(text: String) {
        #expect(throws: BerthError.invalid("invalid reference format")) { try ImageReference(parsing: text) }
    }

    @Test func upperCaseIsNamedInTheError() {
        let expected = BerthError.invalid("invalid reference format: repository name (library/Foo) must be lowercase")
        #expect(throws: expected) { try ImageReference(parsing: "Foo") }
        #expect(throws: expected) { try ImageReference(parsing: "Foo:tag") }
    }

    @Test func identifiersAreNoNames() {
        let id = String(repeating: "0a", count: 32)
        #expect(
            throws: BerthError.invalid("invalid repository name (\(id)), cannot specify 64-byte hexadecimal strings")
        ) {
            try ImageReference(parsing: id)
        }
    }

    @Test func namesHaveALimit() {
        #expect(throws: BerthError.invalid("repository name must not be more than 255 characters")) {
            try ImageReference(parsing: String(repeating: "a", count: 256))
        }
    }

    @Test func repositoryAndTagAreJoined() throws {
        #expect(try ImageReference(repository: "app", tag: "v1").familiar == "app:v1")
        #expect(try ImageReference(repository: "app", tag: "").familiar == "app")
        #expect(throws: BerthError.invalid("invalid tag format")) { try ImageReference(repository: "app", tag: "v 1") }
    }

    @Test(arguments: [
        ("abc", "abc"), ("sha256:0123", "0123"), ("ABC", nil), ("xyz", nil), ("", nil),
        (String(repeating: "a", count: 65), nil),
    ])
    func identifierPrefixesAreRecognised(text: String, digits: String?) {
        #expect(ImageReference.idPrefix(text) == digits)
    }

    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2024-05-06T07:08:09.5Z", 1_714_979_289_500_000_000),
        ("2024-05-06T09:08:09.123456789+02:00", 1_714_979_289_123_456_789), ("1969-12-31T23:59:59Z", -1_000_000_000),
    ])
    func timesAreRead(text: String, nanoseconds: Int64) {
        #expect(Timestamp.nanoseconds(text) == nanoseconds)
        #expect(Timestamp.nanoseconds(Timestamp.text(nanoseconds)) == nanoseconds)
    }

    @Test(arguments: ["", "2024-05-06", "2024-13-06T07:08:09Z", "2024-05-06T07:08:09", "2024-05-06T07:08:09.Z"])
    func whatIsNoTimeIsRefused(text: String) {
        #expect(Timestamp.nanoseconds(text) == nil)
    }
}
