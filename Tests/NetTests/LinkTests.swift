import Glibc
import Netlink
import Testing

@Suite(.serialized, .enabled(if: getuid() == 0, "needs root")) struct LinkTests {
    private static let pairs = (0..<50).map { "pair\($0)" }

    private static func make(_ links: RouteSocket) throws {
        try links.perform(pairs.map { try Request.createVeth($0, LinkSettings(), peer: $0 + "x", LinkSettings()) })
    }

    @Test func linksThatAreDeletedTogetherTakeOneWait() throws {
        try inNewNamespace {
            let links = try RouteSocket()
            try Self.make(links)
            try links.perform([Request.createBridge("other")])
            let them = try links.links().filter { Self.pairs.contains($0.name) }
            #expect(them.count == 50)
            let time = try ContinuousClock().measure { try links.delete(them) }
            // One after another they take a second.
            #expect(time < .milliseconds(500))
            #expect(try Set(links.links().map(\.name)) == ["lo", "other"])
        }
    }

    @Test func deletingWhatIsGoneIsNoError() throws {
        try inNewNamespace {
            let links = try RouteSocket()
            try Self.make(links)
            let them = try links.links().filter { Self.pairs.contains($0.name) }
            try links.perform([Request.deleteLink(index: them[0].index, named: them[0].name)])
            try links.delete(them)
            try links.delete(them)
            try links.delete([])
            #expect(try links.links().map(\.name) == ["lo"])
        }
    }

    @Test func manyRequestsAreAllAnswered() throws {
        try inNewNamespace {
            let links = try RouteSocket()
            let settings = LinkSettings(alias: "same")
            let lo = try #require(try links.link(named: "lo"))
            let request = try Request.changeLink(index: lo.index, named: "lo", settings)
            let absent = try Request.changeLink(index: 4711, named: "absent", settings)
            try links.perform((0..<1000).map { _ in request })
            let error = #expect(throws: NetlinkError.self) {
                try links.perform([request, absent] + (0..<500).map { _ in request })
            }
            #expect(error?.code == ENODEV)
            #expect(try links.link(named: "lo")?.alias == "same")
        }
    }
}
