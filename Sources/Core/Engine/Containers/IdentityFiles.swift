import Glibc
import Model

/// A container's /etc/hosts, /etc/hostname and /etc/resolv.conf. Blocking.
struct IdentityFiles {
    let record: ContainerRecord
    let files: ContainerPaths
    /// The container's address on its first network.
    let address: String?
    /// What `host-gateway` stands for in `--add-host`; nil where there is nothing it could.
    let hostGateway: String?

    /// - Throws: `BerthError.system` naming the file, or saying that there is no address for `host-gateway`.
    func write() throws {
        try Self.write(
            files.hostname, (record.config.hostname.isEmpty ? Self.hostName() : record.config.hostname) + "\n")
        try Self.write(files.hosts, try hosts())
        try Self.write(files.resolvConf, resolvConf())
    }

    private func hosts() throws -> String {
        if record.hostConfig.networkMode == "host" {
            return (Self.read("/etc/hosts") ?? "127.0.0.1\tlocalhost\n") + (try extraHosts())
        }
        var text = """
            127.0.0.1\tlocalhost
            ::1\tlocalhost ip6-localhost ip6-loopback
            fe00::0\tip6-localnet
            ff00::0\tip6-mcastprefix
            ff02::1\tip6-allnodes
            ff02::2\tip6-allrouters

            """
        text += try extraHosts()
        if let address, !address.isEmpty {
            let name = record.config.hostname
            let full = record.config.domainname.isEmpty ? name : "\(name).\(record.config.domainname) \(name)"
            text += "\(address)\t\(full)\n"
        }
        return text
    }

    private func extraHosts() throws -> String {
        try (record.hostConfig.extraHosts ?? []).compactMap(ExtraHost.init).map { host in
            guard host.address == ExtraHost.gateway else { return "\(host.address)\t\(host.name)\n" }
            guard let hostGateway, !hostGateway.isEmpty else {
                throw BerthError.system("unable to derive the IP value for host-gateway")
            }
            return "\(hostGateway)\t\(host.name)\n"
        }.joined()
    }

    /// The host's resolv.conf, less the servers that only the host can reach (loopback addresses); options of the
    /// container's own win.
    private func resolvConf() -> String {
        let host = record.hostConfig
        let text = Self.read("/etc/resolv.conf") ?? ""
        if host.networkMode == "host", host.dns == nil, host.dnsSearch == nil, host.dnsOptions == nil { return text }
        var servers: [String] = []
        var search: [String] = []
        var options: [String] = []
        for line in text.split(separator: "\n") {
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            switch words.first {
            case "nameserver" where words.count > 1 && !words[1].hasPrefix("127.") && words[1] != "::1":
                servers.append(words[1])
            case "search", "domain": search = Array(words.dropFirst())
            case "options": options += words.dropFirst()
            default: break
            }
        }
        if let own = host.dns, !own.isEmpty { servers = own }
        if let own = host.dnsSearch, !own.isEmpty { search = own.filter { $0 != "." } }
        if let own = host.dnsOptions, !own.isEmpty { options = own }
        if servers.isEmpty { servers = ["8.8.8.8", "8.8.4.4"] }
        var result = servers.map { "nameserver \($0)\n" }.joined()
        if !search.isEmpty { result += "search \(search.joined(separator: " "))\n" }
        if !options.isEmpty { result += "options \(options.joined(separator: " "))\n" }
        return result
    }

    static func hostName() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        gethostname(&buffer, 255)
        return buffer.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return count >= 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }

    static func write(_ path: String, _ text: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw BerthError.system("open `\(path)`: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw BerthError.system("write `\(path)`: \(String(cString: strerror(errno)))") }
            bytes = bytes.dropFirst(count)
        }
    }
}

extension Engine {
    /// The default bridge's gateway; nil without a default bridge.
    var hostGateway: String? { (try? networks.find("bridge"))?.record.pools.first?.gateway }
}
