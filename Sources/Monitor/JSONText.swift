import Glibc

private let hexDigits = Array("0123456789abcdef".utf8)

/// Appends bytes as the inside of a JSON string, with the escapes Docker uses. What is no UTF-8 becomes U+FFFD.
func appendEscaped(_ bytes: UnsafeRawBufferPointer, to output: inout [UInt8]) {
    var index = 0
    var plain = 0
    func flushPlain(_ end: Int, _ output: inout [UInt8]) {
        if end > plain { output.append(contentsOf: bytes[plain..<end]) }
    }
    while index < bytes.count {
        let byte = bytes[index]
        if byte >= 0x20 && byte < 0x80 {
            if byte != 0x22 && byte != 0x5C && byte != 0x3C && byte != 0x3E && byte != 0x26 {
                index += 1
                continue
            }
        } else if byte >= 0x80 {
            let length = characterLength(bytes, at: index)
            if length > 0 && !isLineSeparator(bytes, at: index, length) {
                index += length
                continue
            }
            flushPlain(index, &output)
            if length > 0 {
                output.append(contentsOf: bytes[index + 2] == 0xA8 ? #"\u2028"#.utf8 : #"\u2029"#.utf8)
            } else {
                output.append(contentsOf: #"\ufffd"#.utf8)
            }
            index += max(length, 1)
            plain = index
            continue
        }
        flushPlain(index, &output)
        appendEscape(byte, to: &output)
        index += 1
        plain = index
    }
    flushPlain(index, &output)
}

private func appendEscape(_ byte: UInt8, to output: inout [UInt8]) {
    output.append(0x5C)
    switch byte {
    case 0x22, 0x5C: output.append(byte)
    case 0x0A: output.append(0x6E)
    case 0x0D: output.append(0x72)
    case 0x09: output.append(0x74)
    default:
        output.append(contentsOf: "u00".utf8)
        output.append(hexDigits[Int(byte >> 4)])
        output.append(hexDigits[Int(byte & 15)])
    }
}

/// U+2028 and U+2029, which end a line in JavaScript.
private func isLineSeparator(_ bytes: UnsafeRawBufferPointer, at index: Int, _ length: Int) -> Bool {
    length == 3 && bytes[index] == 0xE2 && bytes[index + 1] == 0x80 && (bytes[index + 2] | 1) == 0xA9
}

/// The length of the UTF-8 character at `index`, 0 when there is none: RFC 3629, section 4.
private func characterLength(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Int {
    let lead = bytes[index]
    let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
    guard lead >= 0xC2, lead <= 0xF4, index + length <= bytes.count else { return 0 }
    let second = bytes[index + 1]
    var range: ClosedRange<UInt8> = 0x80...0xBF
    switch lead {
    case 0xE0: range = 0xA0...0xBF
    case 0xED: range = 0x80...0x9F
    case 0xF0: range = 0x90...0xBF
    case 0xF4: range = 0x80...0x8F
    default: break
    }
    guard range.contains(second) else { return 0 }
    for next in 2..<4 where next < length {
        guard bytes[index + next] & 0xC0 == 0x80 else { return 0 }
    }
    return length
}

/// Now in UTC, as RFC 3339 writes it, to the nanosecond.
func timestamp() -> [UInt8] {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    var parts = tm()
    gmtime_r(&now.tv_sec, &parts)
    var text: [UInt8] = []
    text.reserveCapacity(32)
    func put(_ value: Int, _ width: Int) {
        var divisor = 1
        for _ in 1..<width { divisor *= 10 }
        while divisor > 0 {
            text.append(0x30 + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }
    put(Int(parts.tm_year) + 1900, 4)
    text.append(0x2D)
    put(Int(parts.tm_mon) + 1, 2)
    text.append(0x2D)
    put(Int(parts.tm_mday), 2)
    text.append(0x54)
    put(Int(parts.tm_hour), 2)
    text.append(0x3A)
    put(Int(parts.tm_min), 2)
    text.append(0x3A)
    put(Int(parts.tm_sec), 2)
    text.append(0x2E)
    put(now.tv_nsec, 9)
    text.append(0x5A)
    return text
}
