import API
import Foundation

/// What a client reads: parsed JSON, looked into by path.
struct JSONValue {
    let value: Any?

    init(_ encoded: some JSONWritable) throws {
        value = try JSONSerialization.jsonObject(with: Data(JSONWriter.encode(encoded)), options: .fragmentsAllowed)
    }

    private init(value: Any?) { self.value = value }

    subscript(key: String) -> JSONValue { JSONValue(value: (value as? [String: Any])?[key]) }
    subscript(index: Int) -> JSONValue {
        let list = value as? [Any]
        return JSONValue(value: list.flatMap { $0.indices.contains(index) ? $0[index] : nil })
    }

    var string: String? { value as? String }
    var int: Int? { (value as? NSNumber)?.intValue }
    var bool: Bool? { value as? Bool }
    var strings: [String]? { value as? [String] }
    var keys: Set<String> { Set((value as? [String: Any] ?? [:]).keys) }
    var count: Int? { (value as? [Any])?.count }
    var isNull: Bool { value is NSNull }
    var isAbsent: Bool { value == nil }
}
