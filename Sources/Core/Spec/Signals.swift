import Glibc
import Model

package enum Signals {
    private static let names: [String: Int32] = [
        "HUP": 1, "INT": 2, "QUIT": 3, "ILL": 4, "TRAP": 5, "ABRT": 6, "IOT": 6, "BUS": 7, "FPE": 8, "KILL": 9,
        "USR1": 10, "SEGV": 11, "USR2": 12, "PIPE": 13, "ALRM": 14, "TERM": 15, "STKFLT": 16, "CHLD": 17, "CLD": 17,
        "CONT": 18, "STOP": 19, "TSTP": 20, "TTIN": 21, "TTOU": 22, "URG": 23, "XCPU": 24, "XFSZ": 25, "VTALRM": 26,
        "PROF": 27, "WINCH": 28, "IO": 29, "POLL": 29, "PWR": 30, "SYS": 31,
    ]

    /// "SIGTERM", "term" or "15" (signal(7)).
    /// - Throws: `BerthError.invalid` with Docker's text.
    package static func parse(_ text: String) throws -> Int32 {
        if let number = Int32(text) {
            guard (1...64).contains(number) else { throw BerthError.invalid("Invalid signal: \(text)") }
            return number
        }
        var name = text.uppercased()
        if name.hasPrefix("SIG") { name.removeFirst(3) }
        if let number = names[name] { return number }
        // Real-time signals: RTMIN is 34 with glibc, RTMAX 64 (signal(7)).
        if name == "RTMIN" { return 34 }
        if name == "RTMAX" { return 64 }
        if name.hasPrefix("RTMIN+"), let plus = Int32(name.dropFirst(6)), (1...30).contains(plus) { return 34 + plus }
        if name.hasPrefix("RTMAX-"), let minus = Int32(name.dropFirst(6)), (1...30).contains(minus) {
            return 64 - minus
        }
        throw BerthError.invalid("Invalid signal: \(text)")
    }
}
