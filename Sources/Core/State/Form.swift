import Foundation
import GRDB
import Model

/// What is kept on disk as JSON, with the number of its form in the member `format`.
///
/// A form gets a new number only when a reader of the old one would misunderstand it. A member that is new, and has a
/// meaning when it is missing, is no new form: readers pass over what they do not know, and give a default to what they
/// do not find. Whoever raises the number keeps reading the forms before.
protocol Kept: Codable, Sendable {
    /// The form that is written, and the newest that can be read.
    static var format: Int { get }
}

extension Kept {
    static var format: Int { 1 }
}

extension ContainerRecord: Kept {}
extension ContainerState: Kept {}
extension NetworkRecord: Kept {}
extension VolumeRecord: Kept {}
extension ImageRecord: Kept {}
extension EndpointRecord: Kept {}
extension KeptContainer: Kept {}
extension KeptNetwork: Kept {}
extension KeptVolume: Kept {}
extension KeptImage: Kept {}
extension Mark: Kept {}

/// The number of a form, which has been found to be one that can be read.
struct FormNumber<Value: Kept>: Decodable {
    private enum Key: String, CodingKey { case format }

    /// - Throws: `DecodingError` or `NewerForm`.
    init(from decoder: any Decoder) throws {
        // What was written before forms had numbers is of the first.
        let format = try decoder.container(keyedBy: Key.self).decodeIfPresent(Int.self, forKey: .format) ?? 1
        guard format <= Value.format else { throw NewerForm(format: format, known: Value.format) }
    }
}

/// A value beside the number of its form, in one object.
struct Form<Value: Kept>: Codable {
    var value: Value

    private enum Key: String, CodingKey { case format }

    init(_ value: Value) {
        self.value = value
    }

    /// - Throws: `DecodingError`; `NewerForm` without a look at the rest.
    init(from decoder: any Decoder) throws {
        _ = try FormNumber<Value>(from: decoder)
        value = try Value(from: decoder)
    }

    func encode(to encoder: any Encoder) throws {
        try value.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(Value.format, forKey: .format)
    }
}

/// What was read has been written by a newer version, which may mean something else by the same words.
struct NewerForm: Error, CustomStringConvertible {
    var format: Int
    var known: Int

    var description: String {
        "a newer version of berthd has written it (format \(format), this one reads up to \(known))"
    }
}

extension NewerForm {
    /// Each table with JSON columns: its name, the key's column, and the newest form of each of the others.
    private static let tables: [(name: String, key: String, columns: [(name: String, known: Int)])] = [
        ("containers", "id", [("record", ContainerRecord.format), ("state", ContainerState.format)]),
        ("networks", "id", [("record", NetworkRecord.format)]),
        ("endpoints", "id", [("record", EndpointRecord.format)]),
        ("volumes", "name", [("record", VolumeRecord.format)]),
        ("images", "id", [("record", ImageRecord.format)]),
    ]

    /// The first row of a newer form, as "row `…` of containers"; nil when there is none. Some microseconds a row.
    static func row(_ db: GRDB.Database) throws -> String? {
        for table in tables {
            for column in table.columns {
                let text = "CAST(\(column.name) AS TEXT)"
                let found = try String.fetchOne(
                    db,
                    sql: """
                        SELECT \(table.key) FROM \(table.name) WHERE CASE WHEN json_valid(\(text))
                            THEN json_extract(\(text), '$.format') > ? ELSE 0 END LIMIT 1
                        """, arguments: [column.known])
                if let found { return "row `\(found)` of \(table.name)" }
            }
        }
        return nil
    }
}
