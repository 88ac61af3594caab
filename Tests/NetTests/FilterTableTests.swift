import Glibc
import NetDriverKernel
import Netlink
import Testing

@Suite(.serialized) struct FilterTableTests {
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
            #expect(try Set(table.published()) == Set(many))
            let list = try clock.measure { _ = try table.published() }
            let udp = try clock.measure { try table.publish([port(60000, transport: 17)]) }
            print(
                "publish one: \(empty) ms with none, \(full) ms with 10,000; 10,000 at once \(bulk), list \(list), UDP \(udp)"
            )
            #expect(full < empty * 3 + 0.5)
            try table.unpublish(many)
            #expect(try table.published() == [port(60000, transport: 17)])
        }
    }
}
