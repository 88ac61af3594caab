/// Why JSON could not be read, in one line and without the decoder's own vocabulary.
enum JSONCause {
    static func text(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "\(error)" }
        switch error {
        case .keyNotFound(let key, let context):
            return "\"\(path(context.codingPath + [key]))\" is missing"
        case .typeMismatch(let type, let context):
            return "\"\(path(context.codingPath))\" is not of type \(type)"
        case .valueNotFound(_, let context):
            return "\"\(path(context.codingPath))\" is null"
        case .dataCorrupted(let context):
            let place = path(context.codingPath)
            return place.isEmpty ? "not valid JSON" : "\"\(place)\": \(context.debugDescription)"
        @unknown default:
            return "\(error)"
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.map(\.stringValue).joined(separator: ".")
    }
}
