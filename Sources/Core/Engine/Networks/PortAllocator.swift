import Glibc
import Model
import Spec
import State
import Synchronization

/// Host ports: which are taken by containers, and which are free on the host.
package final class PortAllocator: Sendable {
    /// Ports the engine picks from when none is asked for (RFC 6335, dynamic ports).
    package static let dynamic = 49153...65535

    /// Whether a process of the host has a port: 0, or an errno. Not called with the mutex held.
    package typealias Probe = @Sendable (_ transport: String, _ address: String, _ port: Int) -> Int32

    private struct Key: Hashable {
        var transport: String
        var port: Int
    }

    private struct State {
        /// Host addresses by transport and port; "0.0.0.0" stands for all.
        var taken: [Key: Set<String>] = [:]
        var next = PortAllocator.dynamic.lowerBound
    }

    /// A request on its way to a port.
    private struct Search {
        let request: PublishRequest
        let address: String
        /// The ports of the host that are still to be tried.
        var left: Range<Int>
        /// What the host said of the last one that it has itself.
        var cause: Int32 = 0
        var port: PublishedPort?
    }

    private let state = Mutex(State())
    private let probe: Probe

    package init(probe: @escaping Probe = HostPort.probe) {
        self.probe = probe
    }

    /// Takes a host port for each request, all or none. Those that leave least choice come first: a port that is picked
    /// must not be one that a later request names.
    /// - Throws: `BerthError.system` with Docker's text for a port that is taken.
    package func allocate(_ requests: [PublishRequest], defaultAddress: String) throws -> [PublishedPort] {
        var searches = requests.map { request in
            Search(
                request: request, address: request.hostAddress.isEmpty ? defaultAddress : request.hostAddress,
                left: request.hostPorts.map(Range.init) ?? 0..<Self.dynamic.count)
        }
        var open = searches.indices.sorted { (requests[$0].choice, $0) < (requests[$1].choice, $1) }
        do {
            while !open.isEmpty {
                try state.withLock { state in
                    for index in open {
                        let port = try Self.next(&searches[index], &state)
                        Self.take(port, &state)
                        searches[index].port = port
                    }
                }
                // One that the host itself has is given up, and the next one tried.
                open = open.filter { index in
                    guard let port = searches[index].port else { return true }
                    searches[index].cause = probe(port.transport, port.hostAddress, port.hostPort)
                    return searches[index].cause != 0
                }
                release(open.compactMap { searches[$0].port })
                for index in open { searches[index].port = nil }
            }
        } catch {
            release(searches.compactMap(\.port))
            throw error
        }
        return searches.compactMap(\.port)
    }

    package func release(_ ports: [PublishedPort]) {
        guard !ports.isEmpty else { return }
        state.withLock { state in
            for port in ports {
                let key = Key(transport: port.transport, port: port.hostPort)
                state.taken[key]?.remove(port.hostAddress)
                if state.taken[key]?.isEmpty == true { state.taken[key] = nil }
            }
        }
    }

    /// Takes just these ports, all or none.
    /// - Returns: false when one of them is taken.
    package func claim(_ ports: [PublishedPort]) -> Bool {
        state.withLock { state in
            guard ports.allSatisfy({ Self.isFree($0.transport, $0.hostAddress, $0.hostPort, state) }) else {
                return false
            }
            for port in ports { Self.take(port, &state) }
            return true
        }
    }

    /// Marks ports of containers that an earlier daemon started.
    package func adopt(_ ports: [PublishedPort]) {
        state.withLock { state in
            for port in ports { Self.take(port, &state) }
        }
    }

    private static func take(_ port: PublishedPort, _ state: inout State) {
        state.taken[Key(transport: port.transport, port: port.hostPort), default: []].insert(port.hostAddress)
    }

    private static func isFree(_ transport: String, _ address: String, _ port: Int, _ state: State) -> Bool {
        guard let holders = state.taken[Key(transport: transport, port: port)], !holders.isEmpty else { return true }
        return !holders.contains(address) && !holders.contains("0.0.0.0") && address != "0.0.0.0"
    }

    /// The next port that no container has.
    private static func next(_ search: inout Search, _ state: inout State) throws -> PublishedPort {
        let (request, address) = (search.request, search.address)
        let transport = request.port.transport
        while let left = search.left.popFirst() {
            var port = left
            if request.hostPorts == nil {
                port = state.next
                state.next = port == dynamic.upperBound ? dynamic.lowerBound : port + 1
            }
            guard isFree(transport, address, port, state) else { continue }
            return PublishedPort(
                transport: transport, containerPort: request.port.number, hostAddress: address, hostPort: port)
        }
        guard let wanted = request.hostPorts else { throw BerthError.system("all ports are allocated") }
        let shown = wanted.count == 1 ? String(wanted.lowerBound) : "\(wanted.lowerBound)-\(wanted.upperBound)"
        guard search.cause != 0 else {
            throw BerthError.system("Bind for \(address):\(shown) failed: port is already allocated")
        }
        throw BerthError.system(
            "listen \(transport)4 \(address):\(shown): bind: "
                + String(cString: strerror(search.cause)).lowercased())
    }
}

extension PublishRequest {
    /// How many host ports will do.
    fileprivate var choice: Int { hostPorts?.count ?? .max }
}
