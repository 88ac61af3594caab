import PluginProtocol

/// How a driver, or a descriptor that did not become one, stands.
public struct DriverStatus: Sendable, Equatable {
    public enum Condition: Sendable, Equatable {
        /// The module is being opened; calls wait for it, within their timeout.
        case opening
        /// It may be called. A socket's plugin may still turn out to be unreachable.
        case ready
        /// It cannot be used, for this reason.
        case refused(String)
    }

    /// Empty if the descriptor could not be read that far.
    public var name: String
    public var kinds: [DriverKind]
    /// The path of the descriptor.
    public var descriptor: String
    public var condition: Condition
    /// Calls whose time was over and that have not returned from the driver.
    public var stuckCalls = 0
}
