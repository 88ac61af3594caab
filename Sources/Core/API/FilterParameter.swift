import FoundationEssentials
import Model

/// The `filters` parameter, in both of its forms: `{"label":["a"]}` and `{"label":{"a":true}}`.
package enum FilterParameter {
    private enum Values: Decodable {
        case list([String])
        case set([String: Bool])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let list = try? container.decode([String].self) {
                self = .list(list)
            } else {
                self = .set(try container.decode([String: Bool].self))
            }
        }
    }

    /// - Throws: `BerthError.invalid` when the text is neither of the two.
    package static func parse(_ text: String) throws -> Filters {
        if text.isEmpty || text == "{}" || text == "null" { return Filters() }
        guard let decoded = try? JSONDecoder().decode([String: Values].self, from: Data(text.utf8)) else {
            throw BerthError.invalid("invalid filters: cannot parse \(text)")
        }
        return Filters(
            decoded.mapValues { values in
                switch values {
                case .list(let list): list
                case .set(let set): set.filter(\.value).keys.sorted()
                }
            })
    }
}
