import Addresses
import DriverKit
import Netlink

/// The subnets that the host has routes to.
enum HostRoutes {
    /// - Throws: `DriverError.system` when the kernel does not tell: a subnet chosen then could be one of the host's.
    static func read(_ family: IPFamily) throws(DriverError) -> [Subnet] {
        do {
            return try RouteSocket().destinations(family)
        } catch {
            throw .system("cannot choose a subnet: \(error)")
        }
    }
}
