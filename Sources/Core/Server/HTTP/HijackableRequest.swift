/// Which requests may take the connection away from HTTP. Nothing behind such a request is read as another one, so it
/// is the last of its connection, however it is answered.
enum HijackableRequest {
    /// - Parameters:
    ///   - target: the path, with or without a query.
    ///   - asksForUpgrade: the request has an `Upgrade` field.
    static func matches(method: String, target: String, asksForUpgrade: Bool) -> Bool {
        if asksForUpgrade { return true }
        guard method == "POST" else { return false }
        // Older clients attach without asking for an upgrade.
        let path = target.prefix { $0 != "?" }.split(separator: "/").suffix(3)
        guard path.count == 3, let kind = path.first, let action = path.last else { return false }
        return kind == "containers" && action == "attach" || kind == "exec" && action == "start"
    }
}
