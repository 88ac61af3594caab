import Model
import Spec

/// What clients ask for in texts of their own grammar: ports, mounts, names, signals. The first byte says which.
enum Specs {
    static func read(_ bytes: UnsafeRawBufferPointer) throws {
        guard let kind = bytes.first else { return }
        let text = String(decoding: bytes.dropFirst(), as: UTF8.self)
        switch kind % 7 {
        case 0: try ports(text)
        case 1: try published(text)
        case 2: try mounts { $0.binds = lines(text) }
        case 3: try mounts { $0.tmpfs = ["/t": text] }
        case 4: _ = try ExtraHost(parsing: text)
        case 5: check((1...64).contains(try Signals.parse(text)), "`\(text)` is no signal")
        default: _ = ObjectName.isValid(text)
        }
    }

    private static func lines(_ text: String) -> [String] { text.split(separator: "\n").map(String.init) }

    private static func ports(_ text: String) throws {
        let range = try PortRange(parsing: text)
        check(
            (1...65535).contains(range.numbers.lowerBound) && range.numbers.upperBound <= 65535, "`\(text)` is no port")
        if range.numbers.count == 1 {
            let port = try ContainerPort.parse(text)
            check((try? ContainerPort.parse(port.description)) == port, "`\(port)` reads differently")
        }
    }

    /// A port of the container in the first line, addresses and ports of the host in the others.
    private static func published(_ text: String) throws {
        let lines = lines(text)
        guard let port = lines.first else { return }
        var host = HostConfig()
        host.portBindings = [
            port: lines.dropFirst().map { line in
                let ends = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                return PortBinding(hostIP: ends[0], hostPort: ends.count > 1 ? ends[1] : "")
            }
        ]
        for request in try PublishRequest.all(config: ContainerConfig(), hostConfig: host) {
            guard !request.hostAddress.isEmpty else { continue }
            check(
                HostAddress.canonical(request.hostAddress) == request.hostAddress,
                "\(request.hostAddress) is not canonical")
        }
    }

    private static func mounts(_ change: (inout HostConfig) -> Void) throws {
        var host = HostConfig()
        change(&host)
        let mounts = try MountSpecs.resolve(config: ContainerConfig(), hostConfig: host) { _ in [] }
        for mount in mounts {
            check(MountSpecs.cleaned(mount.destination) == mount.destination, "`\(mount.destination)` is not clean")
        }
        _ = try MountForm.all(mounts)
    }
}
