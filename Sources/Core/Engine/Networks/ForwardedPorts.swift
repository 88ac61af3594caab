import Addresses
import LaunchPlan
import Model
import Runtime
import Spec
import State

extension PublishedPort {
    /// The forwarder's port; nil at an IPv4 address, which the network's driver publishes.
    var forwarded: ForwardedPort? { ForwardedPort(transport, hostAddress, hostPort) }
}

extension ForwardedPort {
    /// Nil at an IPv4 address.
    init?(_ transport: String, _ hostAddress: String, _ hostPort: Int) {
        guard HostAddress.isIPv6(hostAddress), let address = IPAddress(hostAddress),
            let port = UInt16(exactly: hostPort)
        else { return nil }
        let bytes = IPv6Bytes(high: UInt64(address.value >> 64), low: UInt64(truncatingIfNeeded: address.value))
        self.init(transport: transport == "udp" ? Self.udp : Self.tcp, address: bytes, port: port)
    }
}

extension EndpointRecord {
    /// Ports that the network's driver publishes.
    var driverPorts: [PublishedPort] { ports.filter { $0.forwarded == nil } }

    /// Ports that the forwarder serves, and where they lead.
    var forwardTargets: [(port: ForwardedPort, target: ForwardTarget)] {
        guard let address = IPAddress(v4: IPPrefix.withoutLength(address)) else { return [] }
        return ports.compactMap { port in
            guard let forwarded = port.forwarded, let number = UInt16(exactly: port.containerPort) else { return nil }
            return (forwarded, ForwardTarget(address: UInt32(address.value), port: number))
        }
    }
}

extension PortAllocator {
    /// Takes ports from the host: at IPv4 addresses it is only looked whether they are free, at IPv6 ones the forwarder's
    /// socket has them from then on.
    convenience init(forwarder: PortForwarder) {
        self.init(
            probe: { transport, address, port in
                ForwardedPort(transport, address, port).map { forwarder.take($0) }
                    ?? HostPort.probe(transport, address, port)
            },
            letGo: { ports in forwarder.discard(ports.compactMap(\.forwarded)) })
    }
}
