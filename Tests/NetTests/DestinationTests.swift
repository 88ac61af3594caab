import Addresses
import Glibc
import Netlink
import Testing

@Suite(.serialized, .enabled(if: getuid() == 0, "needs root")) struct DestinationTests {
    private static func net(_ text: String) throws -> Subnet { try #require(Subnet(text)) }

    @Test func destinationsAreThoseOfEachFamilyWithoutTheDefault() throws {
        try inNewNamespace {
            let links = try RouteSocket()
            #expect(try links.destinations(.v4).isEmpty)
            try links.perform([.createVeth("near", LinkSettings(), peer: "far", LinkSettings())])
            let near = try #require(try links.link(named: "near"))
            let far = try #require(try links.link(named: "far"))
            try links.perform([
                .changeLink(index: far.index, named: "far", LinkSettings(isUp: true)),
                .changeLink(index: near.index, named: "near", LinkSettings(isUp: true)),
                .addAddress(#require(IPPrefix("172.17.3.4/16")), index: near.index, named: "near"),
                .addAddress(#require(IPPrefix("fd00:1::4/64")), index: near.index, named: "near"),
            ])
            let routes = try [
                Route(destination: #require(IPPrefix("10.1.0.0/24")), gateway: #require(IPAddress("172.17.0.9"))),
                Route(destination: #require(IPPrefix("10.2.0.0/32"))),
                Route(destination: #require(IPPrefix("fd00:2::/48"))),
                .byDefault(through: #require(IPAddress("172.17.0.9"))),
                .byDefault(through: #require(IPAddress("fd00:1::9"))),
            ]
            try links.perform(routes.map { try .setRoute($0, index: near.index, named: "near") })
            #expect(
                try Set(links.destinations(.v4))
                    == Set([Self.net("172.17.0.0/16"), Self.net("10.1.0.0/24"), Self.net("10.2.0.0/32")]))
            let six = try Set(links.destinations(.v6))
            #expect(try six.isSuperset(of: [Self.net("fd00:1::/64"), Self.net("fd00:2::/48")]))
            #expect(try !six.contains(Self.net("::/0")))
        }
    }
}
