import Glibc
import Model
import Spec
import State
import Synchronization

/// Host ports: which are taken by containers, and which are free on the host.
package final class PortAllocator: Sendable {
    /// Ports the engine picks from when none is asked for (RFC 6335, dynamic ports).
    package static let dynamic = 49153...65535

    /// Whether a process of the host has a port: 0, or an errno. It may take the port. Not called with the mutex held.
    package typealias Probe = @Sendable (_ transport: String, _ address: String, _ port: Int) -> Int32

    private struct Key: Hashable {
        var transport: String
        var port: Int
    }

    private struct State {
        /// Host addresses by transport and port; "0.0.0.0" and "::" stand for all of their family.
        var taken: [Key: Set<String>] = [:]
        var next = PortAllocator.dynamic.lowerBound
    }

    /// A request on its way to a port.
    private struct Search {
        let request: PublishRequest
        /// It is to be the same port at all of them.
        let addresses: [String]
        /// The ports of the host that are still to be tried.
        var left: Range<Int>
        /// What the host said of the last one that it has itself, and where.
        var refusal: (address: String, cause: Int32)?
        /// One port, at each address.
        var ports: [PublishedPort] = []
    }

    private let state = Mutex(State())
    private let probe: Probe
    private let letGo: @Sendable ([PublishedPort]) -> Void

    /// - Parameter letGo: Called with ports that the probe may have taken and that are not used after all.
    package init(
        probe: @escaping Probe = HostPort.probe, letGo: @escaping @Sendable ([PublishedPort]) -> Void = { _ in }
    ) {
        self.probe = probe
        self.letGo = letGo
    }

    /// Takes a host port for each request, all or none, at each address that it is for. Those that leave least choice come
    /// first: a port that is picked must not be one that a later request names.
    /// - Parameter defaultAddresses: for requests without an address. SCTP is published at the first of them alone.
    /// - Throws: `BerthError.system` with Docker's text for a port that is taken.
    package func allocate(_ requests: [PublishRequest], defaultAddresses: [String]) throws -> [PublishedPort] {
        var searches = requests.map { request in
            Search(
                request: request, addresses: request.addresses(otherwise: defaultAddresses),
                left: request.hostPorts.map(Range.init) ?? 0..<Self.dynamic.count)
        }
        var open = searches.indices.sorted { (requests[$0].choice, $0) < (requests[$1].choice, $1) }
        do {
            while !open.isEmpty {
                try state.withLock { state in
                    for index in open {
                        let ports = try Self.next(&searches[index], &state)
                        for port in ports { Self.take(port, &state) }
                        searches[index].ports = ports
                    }
                }
                // One that the host itself has is given up, and the next one tried.
                open = open.filter { !occupy(&searches[$0]) }
                release(open.flatMap { searches[$0].ports })
                for index in open { searches[index].ports = [] }
            }
        } catch {
            let taken = searches.flatMap(\.ports)
            letGo(taken)
            release(taken)
            throw error
        }
        return searches.flatMap(\.ports)
    }

    /// Asks the host for the port at all its addresses. False: it has it itself at one of them.
    private func occupy(_ search: inout Search) -> Bool {
        for (index, port) in search.ports.enumerated() {
            let cause = probe(port.transport, port.hostAddress, port.hostPort)
            guard cause != 0 else { continue }
            letGo(Array(search.ports[..<index]))
            search.refusal = (port.hostAddress, cause)
            // Where any port would do, it is not for the port's sake.
            if search.request.hostPorts == nil, cause != EADDRINUSE { search.left = 0..<0 }
            return false
        }
        return true
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
        return holders.allSatisfy { !HostAddress.overlap($0, address) }
    }

    /// The next port that no container has.
    private static func next(_ search: inout Search, _ state: inout State) throws -> [PublishedPort] {
        let request = search.request
        let transport = request.port.transport
        var holder = search.addresses[0]
        while let left = search.left.popFirst() {
            var port = left
            if request.hostPorts == nil {
                port = state.next
                state.next = port == dynamic.upperBound ? dynamic.lowerBound : port + 1
            }
            if let taken = search.addresses.first(where: { !isFree(transport, $0, port, state) }) {
                holder = taken
                continue
            }
            return search.addresses.map { address in
                PublishedPort(
                    transport: transport, containerPort: request.port.number, hostAddress: address, hostPort: port)
            }
        }
        throw failure(search, holder)
    }

    private static func failure(_ search: Search, _ holder: String) -> BerthError {
        let wanted = search.request.hostPorts ?? 0...0
        let shown = wanted.count == 1 ? String(wanted.lowerBound) : "\(wanted.lowerBound)-\(wanted.upperBound)"
        guard let (address, cause) = search.refusal, search.request.hostPorts != nil || cause != EADDRINUSE else {
            return search.request.hostPorts == nil
                ? BerthError.system("all ports are allocated")
                : BerthError.system("Bind for \(holder):\(shown) failed: port is already allocated")
        }
        let place = HostAddress.isIPv6(address) ? "6 [\(address)]" : "4 \(address)"
        return BerthError.system(
            "listen \(search.request.port.transport)\(place):\(shown): bind: "
                + String(cString: strerror(cause)).lowercased())
    }
}

extension PublishRequest {
    /// How many host ports will do.
    fileprivate var choice: Int { hostPorts?.count ?? .max }

    fileprivate func addresses(otherwise defaults: [String]) -> [String] {
        if !hostAddress.isEmpty { return [hostAddress] }
        return port.transport == "sctp" ? Array(defaults.prefix(1)) : defaults
    }
}
