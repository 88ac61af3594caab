import Foundation
import Model
import Spec
import Testing

/// A container's configuration as a client could have sent it, and what is read from it.
struct Given {
    var config = ContainerConfig()
    var host = HostConfig()

    init(_ change: (inout Given) -> Void = { _ in }) {
        change(&self)
        host.fillDefaults(cgroups: .v1)
    }

    func spec() throws -> ContainerSpec { try ContainerSpec(config, host) }

    /// With what holds for new containers alone.
    func warnings() throws -> [String] {
        try RequestCheck.checkNetworkMode(config, host)
        return try RequestCheck.check(try spec(), config, host)
    }
}

/// What is said of a request that is refused; nil when it is not.
func refusal(_ body: () throws -> some Any) -> String? {
    do {
        _ = try body()
        return nil
    } catch let error as BerthError {
        return "\(error.code.rawValue) \(error.message)"
    } catch {
        return "\(error)"
    }
}

extension Decodable {
    /// From JSON, as a client sends it; for parts of a configuration that are made in no other way.
    static func read(_ json: String) -> Self? {
        try? JSONDecoder().decode(Self.self, from: Data(json.utf8))
    }
}
