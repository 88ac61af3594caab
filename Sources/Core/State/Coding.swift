import Foundation
import GRDB
import Model

/// JSON columns.
enum Coding {
    static func encode(_ value: some Kept) throws -> Data {
        try JSONEncoder().encode(Form(value))
    }

    /// What is wrong with a JSON text, and where in it.
    static func cause(of error: DecodingError) -> String {
        let (context, what): (DecodingError.Context, String) =
            switch error {
            case .keyNotFound(let key, let context): (context, "`\(key.stringValue)` is missing")
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
                (context, context.debugDescription)
            @unknown default: (.init(codingPath: [], debugDescription: ""), "\(error)")
            }
        let place = context.codingPath.map(\.stringValue).joined(separator: ".")
        return place.isEmpty ? what : "\(place): \(what)"
    }
}

/// A row that is there but cannot be understood. It is left as it is.
public struct UnreadableRow: Sendable {
    public var table: String
    /// Its primary key, if that much can be read.
    public var id: String
    public var cause: String
    /// The row's record as it is, to be searched for what it may still tell.
    public var record: Data

    /// A text member of the record, if that much can be read.
    public func text(_ member: String) -> String? {
        let object = try? JSONSerialization.jsonObject(with: record)
        return (object as? [String: Any])?[member] as? String
    }
}

/// The rows of a table.
public struct StoredRows<Record: Sendable>: Sendable {
    public var records: [Record] = []
    public var unreadable: [UnreadableRow] = []

    /// - Parameter query: its columns have the primary key as "id".
    init(_ query: String, table: String, _ db: GRDB.Database, read: (Row) throws -> Record) throws {
        for row in try Row.fetchAll(db, sql: query) {
            do {
                records.append(try read(row))
            } catch let error as BerthError {
                unreadable.append(
                    UnreadableRow(
                        table: table, id: String.fromDatabaseValue(row["id"]) ?? "", cause: error.message,
                        record: Data.fromDatabaseValue(row["record"]) ?? Data()))
            }
        }
    }
}

extension Row {
    /// A column's value: GRDB's own subscript traps on one of another type.
    /// - Throws: `BerthError` naming row and column.
    func value<Value: DatabaseValueConvertible>(_ type: Value.Type, _ column: String, table: String) throws -> Value {
        let stored: DatabaseValue = self[column]
        guard let value = Value.fromDatabaseValue(stored) else {
            throw BerthError.system("read database: row `\(name)` of \(table): \(column) is no \(type)")
        }
        return value
    }

    /// A column of JSON.
    /// - Throws: `BerthError` naming row and column, and what is wrong with it.
    func json<Value: Kept>(_ type: Value.Type, _ column: String, table: String) throws -> Value {
        let data = try value(Data.self, column, table: table)
        do {
            return try JSONDecoder().decode(Form<Value>.self, from: data).value
        } catch let error as DecodingError {
            throw BerthError.system("read database: row `\(name)` of \(table): \(column): \(Coding.cause(of: error))")
        } catch let error as NewerForm {
            throw BerthError.system("read database: row `\(name)` of \(table): \(column): \(error)")
        }
    }

    private var name: String { String.fromDatabaseValue(self["id"]) ?? "?" }
}
