import CNftables
import Glibc

extension Transaction {
    /// Elements that fit in one message with room to spare.
    private static let perMessage = 64

    /// Adds elements. One that is there already with the same value is left; with another value the commit fails (EBUSY).
    mutating func insert(_ elements: [Element], into set: ElementSet) {
        change(elements, of: set, "add element to", type: Int(NFT_MSG_NEWSETELEM.rawValue), flags: NLM_F_CREATE)
    }

    /// Deletes elements by their keys. One that is not there makes the commit fail (ENOENT).
    mutating func delete(_ elements: [Element], from set: ElementSet) {
        change(elements, of: set, "delete element from", type: Int(NFT_MSG_DELSETELEM.rawValue), flags: 0)
    }

    private mutating func change(
        _ elements: [Element], of set: ElementSet, _ operation: String, type: Int, flags: Int32
    ) {
        for start in stride(from: 0, to: elements.count, by: Self.perMessage) {
            let part = elements[start..<min(start + Self.perMessage, elements.count)]
            let object = nftnl_set_alloc()!
            defer { nftnl_set_free(object) }
            nftnl_set_set_str(object, UInt16(NFTNL_SET_TABLE.rawValue), FilterTable.name)
            nftnl_set_set_str(object, UInt16(NFTNL_SET_NAME.rawValue), set.name)
            for element in part {
                nftnl_set_elem_add(object, Self.build(element, comment: type == Int(NFT_MSG_NEWSETELEM.rawValue)))
            }
            add(operation, set.name, type: type, flags: flags) { nftnl_set_elems_nlmsg_build_payload($0, object) }
        }
    }

    private static func build(_ element: Element, comment: Bool) -> OpaquePointer {
        let object = nftnl_set_elem_alloc()!
        nftnl_set_elem_set(object, UInt16(NFTNL_SET_ELEM_KEY), element.key, UInt32(element.key.count))
        guard comment else { return object }
        if !element.value.isEmpty {
            nftnl_set_elem_set(object, UInt16(NFTNL_SET_ELEM_DATA), element.value, UInt32(element.value.count))
        }
        let note = UserData.comment(element.comment)
        nftnl_set_elem_set(object, UInt16(NFTNL_SET_ELEM_USERDATA), note, UInt32(note.count))
        return object
    }
}

/// nft(8)'s user data: type, length and value, a byte each for the first two.
enum UserData {
    /// A comment of at most 127 bytes, as `nft` shows it.
    static func comment(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8.prefix(127)) + [0]
        return [0, UInt8(bytes.count)] + bytes
    }

    /// The comment in an element's user data; empty when there is none.
    static func comment(in bytes: some Collection<UInt8>) -> String {
        var rest = bytes[...]
        while let type = rest.first, let length = rest.dropFirst().first {
            let value = rest.dropFirst(2).prefix(Int(length))
            if type == 0 { return String(decoding: value.prefix { $0 != 0 }, as: UTF8.self) }
            rest = rest.dropFirst(2 + Int(length))
        }
        return ""
    }
}
