import Server
import Testing

@Suite struct RouteTests {
    private func table() -> RouteTable {
        var table = RouteTable()
        for route in [
            "GET /images/json", "GET /images/get", "GET /images/{name...}/json", "GET /images/{name...}/get",
            "DELETE /images/{name...}", "GET /containers/{id}/json", "POST /containers/create",
        ] {
            table.on(route) { _ in .text(route) }
        }
        return table
    }

    @Test(
        arguments: [
            ("/images/json", [:]),
            ("/images/busybox/json", ["name": "busybox"]),
            ("/images/a/b/c:1/json", ["name": "a/b/c:1"]),
            ("/images/a%2Fb/json", ["name": "a/b"]),
            ("/images/json/json", ["name": "json"]),
            ("/containers/x/json", ["id": "x"]),
        ] as [(String, [String: String])])
    func pathsFindTheirRoute(_ path: String, _ parameters: [String: String]) throws {
        let found = try #require(table().find(method: "GET", path: Substring(path)))
        #expect(Dictionary(uniqueKeysWithValues: found.parameters.map { ($0.key.rawValue, $0.value) }) == parameters)
    }

    @Test(
        arguments: [
            "/", "/images", "/containers/x", "/containers/x/json/", "/containers/a/b/json", "/nothing/x/json",
        ])
    func othersFindNone(_ path: String) {
        #expect(table().find(method: "GET", path: Substring(path)) == nil)
        #expect(table().find(method: "PATCH", path: "/images/json") == nil)
    }

    @Test func namesWithSlashesAreRemoved() {
        #expect(table().find(method: "DELETE", path: "/images/a/b:c")?.parameters == [.name: "a/b:c"])
    }
}
