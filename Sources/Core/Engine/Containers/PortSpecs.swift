import Addresses
import Model

/// A container port, "80/tcp".
struct ContainerPort: Hashable, Sendable, CustomStringConvertible {
    var number: Int
    var transport: String

    var description: String { "\(number)/\(transport)" }

    /// - Throws: `BerthError.invalid` naming the text.
    static func parse(_ text: String) throws -> ContainerPort {
        let range = try parseRange(text)
        guard range.count == 1, let port = range.first else {
            throw BerthError.invalid("invalid port specification: \"\(text)\"")
        }
        return port
    }

    /// "80", "80/udp" or "8000-8010/tcp".
    static func parseRange(_ text: String) throws -> [ContainerPort] {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let transport = parts.count == 2 ? parts[1].lowercased() : "tcp"
        guard ["tcp", "udp", "sctp"].contains(transport) else {
            throw BerthError.invalid("invalid port specification: \"\(text)\": unknown protocol \"\(transport)\"")
        }
        guard let numbers = PortNumbers.parse(String(parts[0])), numbers.lowerBound > 0 else {
            throw BerthError.invalid("invalid port specification: \"\(text)\"")
        }
        return numbers.map { ContainerPort(number: $0, transport: transport) }
    }
}

enum PortNumbers {
    /// "80" or "80-90"; nil when it is neither or out of 0…65535.
    static func parse(_ text: String) -> ClosedRange<Int>? {
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = Int(ends[0]), (0...65535).contains(first), ends[0].allSatisfy(\.isNumber) else { return nil }
        guard ends.count == 2 else { return first...first }
        guard let last = Int(ends[1]), (first...65535).contains(last) else { return nil }
        return first...last
    }
}

/// What a client asked to publish, checked.
struct PublishRequest: Sendable, Hashable {
    var port: ContainerPort
    /// "" for all addresses.
    var hostAddress: String
    /// Nil for one the engine picks; else the first free one of these.
    var hostPorts: ClosedRange<Int>?

    /// Everything that `PortBindings`, and with `PublishAllPorts` the exposed ports, ask for.
    /// - Throws: `BerthError` naming the port or address: `.invalid`, or `.notImplemented` for an IPv6 address.
    static func all(config: ContainerConfig, hostConfig: HostConfig) throws -> [PublishRequest] {
        var requests: [PublishRequest] = []
        var bound: Set<ContainerPort> = []
        for (key, bindings) in hostConfig.portBindings.sorted(by: { $0.key < $1.key }) {
            let port = try ContainerPort.parse(key)
            for binding in bindings ?? [] {
                if !binding.hostIP.isEmpty, IPAddress(v4: binding.hostIP) == nil {
                    guard binding.hostIP != "::" else { continue }
                    if IPAddress(binding.hostIP)?.isIPv6 == true {
                        throw BerthError.notImplemented("publishing a port at the IPv6 address \(binding.hostIP)")
                    }
                    throw BerthError.invalid("invalid IP address: \(binding.hostIP)")
                }
                var hostPorts: ClosedRange<Int>?
                if !binding.hostPort.isEmpty, binding.hostPort != "0" {
                    guard let numbers = PortNumbers.parse(binding.hostPort), numbers.lowerBound > 0 else {
                        throw BerthError.invalid("invalid port specification: \"\(binding.hostPort)\"")
                    }
                    hostPorts = numbers
                }
                requests.append(PublishRequest(port: port, hostAddress: binding.hostIP, hostPorts: hostPorts))
                bound.insert(port)
            }
            if hostConfig.publishAllPorts, (bindings ?? []).isEmpty {
                requests.append(PublishRequest(port: port, hostAddress: "", hostPorts: nil))
                bound.insert(port)
            }
        }
        if hostConfig.publishAllPorts {
            for key in config.exposedPorts.keys.sorted() {
                for port in try ContainerPort.parseRange(key) where !bound.contains(port) {
                    requests.append(PublishRequest(port: port, hostAddress: "", hostPorts: nil))
                    bound.insert(port)
                }
            }
        }
        return requests
    }
}
