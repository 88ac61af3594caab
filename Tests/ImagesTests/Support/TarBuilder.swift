/// Writes tar archives as hostile or odd as a test wants them: ustar headers with pax records in front.
struct TarBuilder {
    private var blocks: [UInt8] = []

    /// The archive with its end mark.
    var bytes: [UInt8] { blocks + [UInt8](repeating: 0, count: 1024) }

    /// The archive without its end mark.
    var unfinished: [UInt8] { blocks }

    mutating func file(
        _ path: String, _ content: String = "", mode: Int = 0o644, uid: Int = 0, gid: Int = 0,
        pax: [(String, [UInt8])] = []
    ) {
        add(path, type: "0", mode: mode, uid: uid, gid: gid, content: Array(content.utf8), pax: pax)
    }

    mutating func directory(_ path: String, mode: Int = 0o755, uid: Int = 0, gid: Int = 0, modified: Int = 1000) {
        add(path, type: "5", mode: mode, uid: uid, gid: gid, modified: modified)
    }

    mutating func symbolicLink(_ path: String, to target: String) { add(path, type: "2", mode: 0o777, target: target) }

    mutating func hardLink(_ path: String, to target: String) { add(path, type: "1", mode: 0o644, target: target) }

    mutating func device(_ path: String, type: String = "3", major: Int, minor: Int) {
        add(path, type: type, mode: 0o620, major: major, minor: minor)
    }

    mutating func fifo(_ path: String) { add(path, type: "6", mode: 0o600) }

    mutating func add(
        _ path: String, type: String, mode: Int, uid: Int = 0, gid: Int = 0, modified: Int = 1000,
        target: String = "", content: [UInt8] = [], major: Int = 0, minor: Int = 0, pax: [(String, [UInt8])] = []
    ) {
        if !pax.isEmpty { records(pax, type: "x") }
        block(
            path: path, type: type, mode: mode, uid: uid, gid: gid, modified: modified, target: target,
            size: content.count, major: major, minor: minor)
        append(content)
    }

    /// An extended header: "x" for the next entry, "g" for all that follow.
    mutating func records(_ records: [(String, [UInt8])], type: String) {
        let payload = records.flatMap { Self.record($0.0, $0.1) }
        block(path: "pax", type: type, mode: 0o644, size: payload.count)
        append(payload)
    }

    /// A GNU sparse file of nothing, whose header goes on for so many blocks.
    mutating func sparse(_ path: String, continuations: Int) {
        block(path: path, type: "S", mode: 0o644, size: 0, isGNUSparse: true)
        for index in 1...continuations {
            var block = [UInt8](repeating: 0, count: 512)
            if index < continuations { block[504] = 1 }
            blocks += block
        }
    }

    /// Damages a byte that was written already.
    mutating func corrupt(at offset: Int) { blocks[offset] ^= 0x5a }

    private mutating func append(_ payload: [UInt8]) {
        blocks += payload + [UInt8](repeating: 0, count: (512 - payload.count % 512) % 512)
    }

    private mutating func block(
        path: String, type: String, mode: Int, uid: Int = 0, gid: Int = 0, modified: Int = 1000,
        target: String = "", size: Int, major: Int = 0, minor: Int = 0, isGNUSparse: Bool = false
    ) {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) {
            for (index, byte) in text.utf8.enumerated() { header[offset + index] = byte }
        }
        func octal(_ value: Int, _ width: Int) -> String {
            let digits = String(value, radix: 8)
            return String(repeating: "0", count: width - digits.count) + digits
        }
        put(path, at: 0)
        put(octal(mode, 7), at: 100)
        put(octal(uid, 7), at: 108)
        put(octal(gid, 7), at: 116)
        put(octal(size, 11), at: 124)
        put(octal(modified, 11), at: 136)
        put("        ", at: 148)
        put(type, at: 156)
        put(target, at: 157)
        put(isGNUSparse ? "ustar  \u{0}" : "ustar\u{0}00", at: 257)
        put(octal(major, 7), at: 329)
        put(octal(minor, 7), at: 337)
        if isGNUSparse { header[482] = 1 }
        put(octal(header.reduce(0) { $0 + Int($1) }, 6) + "\u{0} ", at: 148)
        blocks += header
    }

    private static func record(_ key: String, _ value: [UInt8]) -> [UInt8] {
        let rest = 1 + key.utf8.count + 1 + value.count + 1
        var length = rest + 1
        while String(length).count + rest != length { length = String(length).count + rest }
        return Array("\(length) \(key)=".utf8) + value + [UInt8(ascii: "\n")]
    }
}
