import Foundation
import Model

/// JSON columns.
enum Coding {
    static func encode(_ value: some Encodable) throws -> Data {
        try JSONEncoder().encode(value)
    }

    static func decode<T: Decodable>(_ type: T.Type, _ data: Data, table: String, id: String) throws -> T {
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch {
            throw BerthError.system("read database: row `\(id)` of \(table): \(error)")
        }
    }
}
