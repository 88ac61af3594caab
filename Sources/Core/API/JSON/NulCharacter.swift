import FoundationEssentials
import Model

/// The character U+0000 in a body. What clients send becomes arguments, variables and paths, all of which end at the
/// first one for the kernel: what was checked would not be what is used.
enum NulCharacter {
    /// - Throws: `BerthError.invalid` naming the field whose value, or one of whose keys, has one.
    static func refuse(in data: Data) throws {
        guard mayContain(data), let tree = try? JSONDecoder().decode(Tree.self, from: data), let place = tree.nul else {
            return
        }
        throw BerthError.invalid("invalid JSON: field \(JSONBody.path(place)): it contains a NUL character")
    }

    /// In JSON it can only be written as an escape.
    private static func mayContain(_ data: Data) -> Bool {
        let escape = Array("\\u0000".utf8)
        var matched = 0
        for byte in data {
            matched = byte == escape[matched] ? matched + 1 : byte == escape[0] ? 1 : 0
            if matched == escape.count { return true }
        }
        return false
    }

    private struct Key: CodingKey {
        let stringValue: String
        let intValue: Int?

        init(stringValue: String) {
            self.stringValue = stringValue
            intValue = nil
        }

        init(intValue: Int) {
            stringValue = String(intValue)
            self.intValue = intValue
        }
    }

    /// Any JSON, searched while it is read.
    private struct Tree: Decodable {
        var nul: [any CodingKey]?

        init(from decoder: any Decoder) throws {
            if let object = try? decoder.container(keyedBy: Key.self) {
                for key in object.allKeys where nul == nil {
                    nul =
                        key.stringValue.utf8.contains(0)
                        ? decoder.codingPath : try object.decode(Tree.self, forKey: key).nul
                }
            } else if var list = try? decoder.unkeyedContainer() {
                while nul == nil, !list.isAtEnd { nul = try list.decode(Tree.self).nul }
            } else if let text = try? decoder.singleValueContainer().decode(String.self), text.utf8.contains(0) {
                nul = decoder.codingPath
            }
        }
    }
}
