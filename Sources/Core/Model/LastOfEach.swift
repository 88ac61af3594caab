extension Sequence {
    /// One element for each key: of those that share one the last, in the place of the first. For whatever a client, an
    /// image and the engine may each say, and that can be only once: variables, limits, devices.
    public func lastOfEach<Key: Hashable>(_ key: (Element) throws -> Key) rethrows -> [Element] {
        var places: [Key: Int] = [:]
        var result: [Element] = []
        for element in self {
            let key = try key(element)
            if let place = places[key] {
                result[place] = element
            } else {
                places[key] = result.count
                result.append(element)
            }
        }
        return result
    }
}

/// Variables of a process's environment, each as "NAME=value", or "NAME" alone to take one away.
public enum Variables {
    public static func name(_ assignment: String) -> Substring {
        assignment.prefix { $0 != "=" }
    }

    /// All lists as one with a single entry for each name; a later one wins.
    public static func merged(_ lists: [String]...) -> [String] {
        lists.joined().lastOfEach(name)
    }

    /// What a process gets of them.
    public static func set(_ assignments: [String]) -> [String] {
        assignments.filter { $0.utf8.contains(UInt8(ascii: "=")) }
    }
}
