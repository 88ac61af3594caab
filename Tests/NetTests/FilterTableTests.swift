import Addresses
import Glibc
import NetDriverKernel
import Netlink
import Testing

@Suite(.serialized, .enabled(if: getuid() == 0, "needs root")) struct FilterTableTests {
    @Test func publishTakesAsLongWithTenThousandPortsAsWithNone() throws {
        try inNewNamespace {
            let table = try FilterTable()
            #expect(try table.ensure())
            #expect(try !table.ensure())
            func port(_ number: Int, transport: UInt8 = 6) -> PublishedPort {
                PublishedPort(
                    transport: transport, hostAddress: nil, hostPort: UInt16(number),
                    address: IPAddress("172.17.0.2")!, port: 80, owner: "endpoint\(number)")
            }
            func measure() throws -> Double {
                var best = Double.infinity
                for _ in 0..<20 {
                    let clock = ContinuousClock()
                    let time = try clock.measure { try table.publish([port(60000)]) }
                    best = min(best, time / .milliseconds(1))
                    try table.unpublish([port(60000)])
                }
                return best
            }
            let empty = try measure()
            let many = (1...10_000).map { port($0) }
            let clock = ContinuousClock()
            let bulk = try clock.measure { try table.publish(many) }
            let full = try measure()
            // The kernel grows its hash table behind the answer, and a listing meanwhile may miss some.
            var listed = try Set(table.published())
            for _ in 0..<100 where listed != Set(many) {
                usleep(20_000)
                listed = try Set(table.published())
            }
            #expect(listed == Set(many))
            let list = try clock.measure { _ = try table.published() }
            let udp = try clock.measure { try table.publish([port(60000, transport: 17)]) }
            print(
                "publish one: \(empty) ms with none, \(full) ms with 10,000; 10,000 at once \(bulk), list \(list), UDP \(udp)"
            )
            #expect(full < empty * 10 + 5)
            try table.unpublish(many)
            #expect(try table.published() == [port(60000, transport: 17)])
        }
    }

    private static let port = PublishedPort(
        transport: 6, hostAddress: nil, hostPort: 8080, address: IPAddress("172.17.0.2")!, port: 80, owner: "endpoint")

    @Test func tableThatIsGoneIsMadeAgain() throws {
        try inNewNamespace {
            let table = try FilterTable()
            try table.ensure()
            let made = try nft("list table inet berth")
            try nft("flush ruleset")
            #expect(try table.published().isEmpty)
            #expect(throws: NetlinkError.self) { try table.publish([Self.port]) }
            #expect(try table.ensure())
            #expect(try nft("list table inet berth") == made)
            #expect(try !FilterTable().ensure())
        }
    }

    @Test func tableOfAnotherLayoutIsBroughtToThisOneAndKeepsElementsAndTheUsersRules() throws {
        try inNewNamespace {
            let table = try FilterTable()
            try table.ensure()
            try table.publish([Self.port])
            try nft(
                """
                add chain inet berth mine
                add rule inet berth user tcp dport 25 drop
                add rule inet berth user jump mine
                """)
            func lines() throws -> [String] {
                try nft("list table inet berth").split(separator: "\n").map(String.init).sorted()
            }
            let right = try lines()
            try nft(
                """
                flush chain inet berth guard
                add rule inet berth forward drop
                flush chain inet berth prerouting
                delete chain inet berth prerouting
                add chain inet berth prerouting { type filter hook prerouting priority -5; policy drop; }
                """)
            #expect(try lines() != right)
            #expect(try table.ensure())
            #expect(try lines() == right)
            #expect(try table.published() == [Self.port])
            #expect(try !table.ensure())
        }
    }
}
