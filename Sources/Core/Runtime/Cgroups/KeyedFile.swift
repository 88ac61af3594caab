/// A control file of lines "key value", such as `memory.stat` or `cpu.stat`.
struct KeyedFile {
    var values: [String: UInt64] = [:]

    init(_ text: String) {
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ")
            if fields.count == 2, let value = UInt64(fields[1]) { values[String(fields[0])] = value }
        }
    }

    subscript(key: String) -> UInt64? { values[key] }
}
