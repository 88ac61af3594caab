import FoundationEssentials

/// The `options` of a driver's descriptor, and what the daemon tells every driver.
public struct DriverOptions: Sendable {
    /// The descriptor's options, with the daemon's under "berth".
    public let values: [String: JSONValue]

    public init(_ values: [String: JSONValue]) { self.values = values }

    /// Throws `DriverError.invalid` if `json` is not an object.
    init(json: String) throws(DriverError) {
        do {
            values = try JSONDecoder().decode([String: JSONValue].self, from: Data(json.utf8))
        } catch {
            throw .invalid("malformed driver options: \(error)")
        }
    }

    public subscript(name: String) -> JSONValue? { values[name] }

    /// What the daemon tells every driver: "data-root", "exec-root", "bridge", "bip", ….
    public func daemon(_ name: String) -> JSONValue? { values["berth"]?[name] }

    /// Refuses options that the driver does not have: a misspelt one must not be passed over in silence.
    /// Throws `DriverError.invalid`.
    public func allow(_ names: Set<String>) throws(DriverError) {
        for name in values.keys.sorted() where name != "berth" && !names.contains(name) {
            throw .invalid("unknown driver option \"\(name)\"")
        }
    }
}
