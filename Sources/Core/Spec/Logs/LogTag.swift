import Model

/// A log's tag: text with fields of the container, in the form of Docker's templates, `{{.Name}}/{{.ID}}`.
struct LogTag: Sendable, Hashable {
    private enum Part: Hashable {
        case text(String)
        case field(Field)
    }

    private enum Field: String, CaseIterable {
        case id = "ID"
        case fullID = "FullID"
        case name = "Name"
        case imageID = "ImageID"
        case imageFullID = "ImageFullID"
        case imageName = "ImageName"
        case daemonName = "DaemonName"
    }

    private static let idLength = 12

    private var parts: [Part] = []

    /// - Throws: `BerthError.invalid` for a field that there is not, and for anything in braces that is no field.
    init(_ template: String) throws {
        var rest = template[...]
        while let opening = rest.firstRange(of: "{{") {
            if opening.lowerBound > rest.startIndex { parts.append(.text(String(rest[..<opening.lowerBound]))) }
            rest = rest[opening.upperBound...]
            guard let closing = rest.firstRange(of: "}}") else {
                throw BerthError.invalid("invalid log tag `\(template)`: `{{` without `}}`")
            }
            let name = rest[..<closing.lowerBound].filter { !$0.isWhitespace }
            guard name.hasPrefix("."), let field = Field(rawValue: String(name.dropFirst())) else {
                let known = Field.allCases.map { "." + $0.rawValue }.joined(separator: ", ")
                throw BerthError.invalid("invalid log tag `\(template)`: unknown `{{\(name)}}`; there are \(known)")
            }
            parts.append(.field(field))
            rest = rest[closing.upperBound...]
        }
        if !rest.isEmpty { parts.append(.text(String(rest))) }
    }

    func text(for record: ContainerRecord) -> String {
        parts.map { part in
            switch part {
            case .text(let text): text
            case .field(let field): Self.value(of: field, record)
            }
        }.joined()
    }

    private static func value(of field: Field, _ record: ContainerRecord) -> String {
        switch field {
        case .id: String(record.id.prefix(idLength))
        case .fullID: record.id
        case .name: record.name
        case .imageID: String(record.imageID.split(separator: ":").last?.prefix(idLength) ?? "")
        case .imageFullID: record.imageID
        case .imageName: record.config.image
        case .daemonName: "berth"
        }
    }
}
