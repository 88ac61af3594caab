import Glibc
import Model
import State
import Synchronization

/// Host ports: which are taken by containers, and which are free on the host.
final class PortAllocator: Sendable {
    /// Ports the engine picks from when none is asked for (RFC 6335, dynamic ports).
    static let dynamic = 49153...65535

    private struct Key: Hashable {
        var transport: String
        var port: Int
    }

    private struct State {
        /// Host addresses by transport and port; "0.0.0.0" stands for all.
        var taken: [Key: Set<String>] = [:]
        var next = PortAllocator.dynamic.lowerBound
    }

    private let state = Mutex(State())

    /// Takes a host port for each request, all or none. Those that leave least choice come first: a port that is picked
    /// must not be one that a later request names.
    /// - Throws: `BerthError.system` with Docker's text for a port that is taken.
    func allocate(_ requests: [PublishRequest], defaultAddress: String) throws -> [PublishedPort] {
        try state.withLock { state in
            var published: [Int: PublishedPort] = [:]
            do {
                let order = requests.indices.sorted { (requests[$0].choice, $0) < (requests[$1].choice, $1) }
                for index in order {
                    published[index] = try Self.allocate(requests[index], defaultAddress, &state)
                }
            } catch {
                Self.release(Array(published.values), &state)
                throw error
            }
            return requests.indices.compactMap { published[$0] }
        }
    }

    func release(_ ports: [PublishedPort]) {
        state.withLock { Self.release(ports, &$0) }
    }

    /// Takes just these ports, all or none.
    /// - Returns: false when one of them is taken.
    func claim(_ ports: [PublishedPort]) -> Bool {
        state.withLock { state in
            let isFree = ports.allSatisfy { port in
                let holders = state.taken[Key(transport: port.transport, port: port.hostPort)] ?? []
                return holders.isEmpty
                    || (!holders.contains(port.hostAddress) && !holders.contains("0.0.0.0")
                        && port.hostAddress != "0.0.0.0")
            }
            guard isFree else { return false }
            for port in ports {
                state.taken[Key(transport: port.transport, port: port.hostPort), default: []].insert(port.hostAddress)
            }
            return true
        }
    }

    /// Marks ports of containers that an earlier daemon started.
    func adopt(_ ports: [PublishedPort]) {
        state.withLock { state in
            for port in ports {
                state.taken[Key(transport: port.transport, port: port.hostPort), default: []].insert(port.hostAddress)
            }
        }
    }

    private static func release(_ ports: [PublishedPort], _ state: inout State) {
        for port in ports {
            let key = Key(transport: port.transport, port: port.hostPort)
            state.taken[key]?.remove(port.hostAddress)
            if state.taken[key]?.isEmpty == true { state.taken[key] = nil }
        }
    }

    private static func allocate(
        _ request: PublishRequest, _ defaultAddress: String, _ state: inout State
    ) throws -> PublishedPort {
        let address = request.hostAddress.isEmpty ? defaultAddress : request.hostAddress
        let transport = request.port.transport
        func isFree(_ port: Int) -> Bool {
            guard let holders = state.taken[Key(transport: transport, port: port)] else { return true }
            return !holders.contains(address) && !holders.contains("0.0.0.0") && address != "0.0.0.0"
        }
        func take(_ port: Int) -> PublishedPort {
            state.taken[Key(transport: transport, port: port), default: []].insert(address)
            return PublishedPort(
                transport: transport, containerPort: request.port.number, hostAddress: address, hostPort: port)
        }
        if let wanted = request.hostPorts {
            var cause: Int32 = 0
            for port in wanted where isFree(port) {
                cause = HostPort.probe(transport, address, port)
                if cause == 0 { return take(port) }
            }
            let shown = wanted.count == 1 ? String(wanted.lowerBound) : "\(wanted.lowerBound)-\(wanted.upperBound)"
            guard cause != 0 else {
                throw BerthError.system("Bind for \(address):\(shown) failed: port is already allocated")
            }
            throw BerthError.system(
                "listen \(transport)4 \(address):\(shown): bind: \(String(cString: strerror(cause)).lowercased())")
        }
        for _ in dynamic {
            let port = state.next
            state.next = port == dynamic.upperBound ? dynamic.lowerBound : port + 1
            if isFree(port), HostPort.probe(transport, address, port) == 0 { return take(port) }
        }
        throw BerthError.system("all ports are allocated")
    }
}

extension PublishRequest {
    /// How many host ports will do.
    fileprivate var choice: Int { hostPorts?.count ?? .max }
}

/// Whether a process of the host has a port already.
enum HostPort {
    /// Binds the port and lets it go: 0, or the errno that bind(2) gave. SCTP is not probed.
    static func probe(_ transport: String, _ address: String, _ port: Int) -> Int32 {
        guard transport != "sctp", let ip = IPv4.parse(address) else { return 0 }
        let type = transport == "udp" ? SOCK_DGRAM : SOCK_STREAM
        let descriptor = socket(AF_INET, Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return 0 }
        defer { close(descriptor) }
        if transport == "tcp" {
            var one: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        }
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = in_port_t(port).bigEndian
        name.sin_addr.s_addr = ip.value.bigEndian
        let result = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return result == 0 ? 0 : errno
    }
}
