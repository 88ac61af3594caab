import Engine
import Glibc
import Model
import Spec
import State
import Synchronization
import Testing

@Suite struct PortAllocatorTests {
    private static func ask(
        _ port: Int, _ host: ClosedRange<Int>? = nil, at address: String = "", _ transport: String = "tcp"
    ) throws -> PublishRequest {
        var config = HostConfig()
        let hostPort = host.map { "\($0.lowerBound)-\($0.upperBound)" } ?? ""
        config.portBindings = ["\(port)/\(transport)": [PortBinding(hostIP: address, hostPort: hostPort)]]
        return try #require(try PublishRequest.all(config: ContainerConfig(), hostConfig: config).first)
    }

    /// Nothing of the host has a port.
    private let free = PortAllocator { _, _, _ in 0 }

    @Test func allOrNone() throws {
        _ = try free.allocate([try Self.ask(80, 8081...8081)], defaultAddresses: ["0.0.0.0"])
        #expect(throws: BerthError.system("Bind for 0.0.0.0:8081 failed: port is already allocated")) {
            try free.allocate(
                [try Self.ask(80, 8080...8080), try Self.ask(81, 8081...8081)], defaultAddresses: ["0.0.0.0"])
        }
        let again = try free.allocate([try Self.ask(80, 8080...8080)], defaultAddresses: ["0.0.0.0"])
        #expect(again.map(\.hostPort) == [8080])
    }

    /// A port that is picked is none that a later request names; the answer is in the order of the requests.
    @Test func leastChoiceComesFirst() throws {
        let first = PortAllocator.dynamic.lowerBound
        let ports = try free.allocate(
            [try Self.ask(1), try Self.ask(2, first...first + 1), try Self.ask(3, first...first)],
            defaultAddresses: ["0.0.0.0"])
        #expect(ports.map(\.containerPort) == [1, 2, 3])
        #expect(ports.map(\.hostPort) == [first + 2, first + 1, first])
    }

    @Test(arguments: [
        ("0.0.0.0", "0.0.0.0", false), ("0.0.0.0", "127.0.0.1", false), ("127.0.0.1", "0.0.0.0", false),
        ("127.0.0.1", "127.0.0.1", false), ("127.0.0.1", "127.0.0.2", true),
    ])
    func addressesThatOverlap(first: String, second: String, fits: Bool) throws {
        _ = try free.allocate([try Self.ask(80, 8080...8080, at: first)], defaultAddresses: ["0.0.0.0"])
        let other = try? free.allocate([try Self.ask(80, 8080...8080, at: second)], defaultAddresses: ["0.0.0.0"])
        #expect((other != nil) == fits)
        #expect(try free.allocate([try Self.ask(80, 8080...8080, at: first, "udp")], defaultAddresses: [""]).count == 1)
    }

    /// A port that a program of the host has is passed over; where there is no other, its error is said.
    @Test func whatTheHostHasIsPassedOver() throws {
        let allocator = PortAllocator { _, _, port in port == 8080 ? EADDRINUSE : port == 8081 ? EACCES : 0 }
        #expect(
            try allocator.allocate([try Self.ask(80, 8080...8082)], defaultAddresses: ["0.0.0.0"]).first?.hostPort
                == 8082)
        #expect(throws: BerthError.system("listen tcp4 0.0.0.0:8080: bind: address already in use")) {
            try allocator.allocate([try Self.ask(80, 8080...8080)], defaultAddresses: ["0.0.0.0"])
        }
        #expect(throws: BerthError.system("listen tcp4 0.0.0.0:8080-8081: bind: permission denied")) {
            try allocator.allocate([try Self.ask(80, 8080...8081)], defaultAddresses: ["0.0.0.0"])
        }
        // What was passed over is nobody's.
        #expect(allocator.claim([PublishedPort(transport: "tcp", containerPort: 80, hostAddress: "", hostPort: 8080)]))
    }

    /// The host is asked without anything held: a probe may itself ask for a port.
    @Test func theHostIsAskedWithNothingHeld() throws {
        let inner = Mutex<PortAllocator?>(nil)
        let allocator = PortAllocator { _, _, port in
            if port == 7000 { inner.withLock { $0 }?.release([]) }
            _ = inner.withLock { $0 }?.claim([])
            return 0
        }
        inner.withLock { $0 = allocator }
        #expect(try allocator.allocate([try Self.ask(1, 7000...7000)], defaultAddresses: ["0.0.0.0"]).count == 1)
    }

    @Test func allDynamicPortsCanBeHadAndNoMore() throws {
        let count = PortAllocator.dynamic.count
        let ports = try free.allocate((1...count).map { try Self.ask($0) }, defaultAddresses: ["0.0.0.0"])
        #expect(Set(ports.map(\.hostPort)) == Set(PortAllocator.dynamic))
        #expect(throws: BerthError.system("all ports are allocated")) {
            try free.allocate([try Self.ask(1)], defaultAddresses: ["0.0.0.0"])
        }
        free.release([ports[1000]])
        #expect(
            try free.allocate([try Self.ask(1)], defaultAddresses: ["0.0.0.0"]).first?.hostPort == ports[1000].hostPort)
    }

    /// However many ask at once, no two have the same port, and what is given back can be had again.
    @Test func ofThoseWhoAskAtOnceNoTwoHaveTheSame() async throws {
        let free = free
        try await withThrowingTaskGroup(of: Void.self) { group in
            let held = Held()
            for number in 0..<16 {
                group.addTask {
                    for round in 0..<200 {
                        let range = round % 2 == 0 ? 9000...9040 : nil
                        guard
                            let ports = try? free.allocate(
                                [try Self.ask(number + 1, range), try Self.ask(number + 100)],
                                defaultAddresses: ["0.0.0.0"]
                            )
                        else { continue }
                        #expect(held.add(ports.map(\.hostPort)))
                        await Task.yield()
                        held.remove(ports.map(\.hostPort))
                        free.release(ports)
                    }
                }
            }
            try await group.waitForAll()
        }
        let all = try free.allocate((0...40).map { try Self.ask($0 + 1, 9000...9040) }, defaultAddresses: ["0.0.0.0"])
        #expect(all.count == 41)
    }
}

/// Ports that are somebody's now.
private final class Held: Sendable {
    private let ports = Mutex<Set<Int>>([])

    /// False when one is another's.
    func add(_ more: [Int]) -> Bool {
        ports.withLock { ports in
            defer { ports.formUnion(more) }
            return ports.isDisjoint(with: more) && Set(more).count == more.count
        }
    }

    func remove(_ some: [Int]) { ports.withLock { $0.subtract(some) } }
}
