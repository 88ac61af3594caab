import Glibc

/// Appends bytes as the inside of a JSON string, with the escapes Docker uses. What is no UTF-8 becomes U+FFFD.
func appendEscaped(_ bytes: UnsafeRawBufferPointer, to output: TextBuffer) {
    var index = 0
    var plain = 0
    @inline(__always) func flushPlain() {
        if index > plain { output.append(UnsafeRawBufferPointer(rebasing: bytes[plain..<index])) }
    }
    while index < bytes.count {
        let byte = bytes[index]
        if isPlain(byte) {
            index += 1
            continue
        }
        if byte < 0x80 {
            flushPlain()
            appendEscape(byte, to: output)
            index += 1
            plain = index
            continue
        }
        let length = characterLength(bytes, at: index)
        if length > 0 && !isLineSeparator(bytes, at: index, length) {
            index += length
            continue
        }
        flushPlain()
        if length > 0 {
            output.append(bytes[index + 2] == 0xA8 ? #"\u2028"# : #"\u2029"#)
        } else {
            output.append(#"\ufffd"#)
        }
        index += max(length, 1)
        plain = index
    }
    flushPlain()
}

@inline(__always)
private func isPlain(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte < 0x80 && byte != 0x22 && byte != 0x5C && byte != 0x3C && byte != 0x3E && byte != 0x26
}

private func appendEscape(_ byte: UInt8, to output: TextBuffer) {
    output.append(0x5C)
    switch byte {
    case 0x22, 0x5C: output.append(byte)
    case 0x0A: output.append(0x6E)
    case 0x0D: output.append(0x72)
    case 0x09: output.append(0x74)
    default:
        output.append("u00")
        output.append(hexDigit(byte >> 4))
        output.append(hexDigit(byte & 15))
    }
}

private func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }

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
