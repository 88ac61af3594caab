import Glibc
import Model
import Spec
import State

/// A container's /etc/hosts, /etc/hostname and /etc/resolv.conf at its start. Blocking.
struct IdentityFiles {
    let record: ContainerRecord
    let spec: ContainerSpec
    let files: ContainerPaths
    /// The container's addresses, on its first network first.
    let addresses: [String]
    /// What `host-gateway` stands for in `--add-host`; nil where there is nothing it could.
    let hostGateway: String?

    private var host: HostConfig { record.hostConfig }
    private var isHosts: Bool { spec.network == .host }

    /// - Throws: `BerthError.system` naming the file, or saying that there is no address for `host-gateway`.
    func write() throws {
        let name = record.config.hostname.isEmpty ? Self.hostName() : record.config.hostname
        try TextFile.write(files.hostname, Array("\(name)\n".utf8))
        try TextFile.write(files.hosts, try hosts())
        try TextFile.write(files.resolvConf, Array(resolvConf().utf8))
    }

    private func hosts() throws -> [UInt8] {
        let extra = try extraHosts()
        guard isHosts else {
            return Array((HostsFile.head + extra + addresses.map { HostsFile.line($0, record.config) }.joined()).utf8)
        }
        var content = (try? TextFile.bytes("/etc/hosts")) ?? Array("127.0.0.1\tlocalhost\n".utf8)
        if !extra.isEmpty, let last = content.last, last != UInt8(ascii: "\n") { content.append(UInt8(ascii: "\n")) }
        return content + Array(extra.utf8)
    }

    /// A name may have several addresses, so each entry has its line.
    private func extraHosts() throws -> String {
        try spec.extraHosts.map { host in
            guard host.address == ExtraHost.gateway else { return "\(host.address)\t\(host.name)\n" }
            guard let hostGateway, !hostGateway.isEmpty else {
                throw BerthError.system("unable to derive the IP value for host-gateway")
            }
            return "\(hostGateway)\t\(host.name)\n"
        }.lastOfEach(\.self).joined()
    }

    /// The host's resolv.conf, less the servers that the container does not reach; options of the container's own win.
    private func resolvConf() -> String {
        let text = TextFile.readIfPresent("/etc/resolv.conf") ?? ""
        if isHosts, host.dns.isEmpty, host.dnsSearch.isEmpty, host.dnsOptions.isEmpty { return text }
        var conf = ResolvConf(text)
        if !isHosts {
            if conf.isLocal, let other = TextFile.readIfPresent(ResolvConf.ofSystemd) { conf = ResolvConf(other) }
            conf.keepReachable(ipv6: addresses.contains { $0.contains(":") })
        }
        if !host.dns.isEmpty { conf.servers = host.dns }
        if !host.dnsSearch.isEmpty { conf.search = host.dnsSearch.filter { $0 != "." } }
        if !host.dnsOptions.isEmpty { conf.options = host.dnsOptions }
        if conf.servers.isEmpty { conf.servers = ["8.8.8.8", "8.8.4.4"] }
        return conf.text
    }

    static func hostName() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        gethostname(&buffer, 255)
        return buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    }
}

extension ConnectionService {
    /// Names a running container's further address in its /etc/hosts.
    func addToHosts(_ endpoint: EndpointRecord, of record: ContainerRecord) async throws {
        guard !endpoint.address.isEmpty else { return }
        let path = paths.container(record.id).hosts
        try await blocking.run { try HostsFile.add(HostsFile.line(endpoint.address, record.config), to: path) }
    }

    /// Takes an address out of a running container's /etc/hosts that it has no longer.
    func removeFromHosts(_ endpoint: EndpointRecord, of record: ContainerRecord) async {
        guard !endpoint.address.isEmpty else { return }
        let path = paths.container(record.id).hosts
        do {
            try await blocking.run { try HostsFile.remove(HostsFile.line(endpoint.address, record.config), from: path) }
        } catch {
            logger.warning("container \(record.id.prefix(12)): \(error)")
        }
    }
}
