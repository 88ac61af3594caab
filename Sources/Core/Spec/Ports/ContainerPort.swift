import Model

/// A container port, "80/tcp".
package struct ContainerPort: Hashable, Sendable, CustomStringConvertible {
    package var number: Int
    /// "tcp", "udp" or "sctp".
    package var transport: String

    package var description: String { "\(number)/\(transport)" }

    /// - Throws: `BerthError.invalid` naming the text.
    package static func parse(_ text: String) throws -> ContainerPort {
        let range = try PortRange(parsing: text)
        guard range.numbers.count == 1 else { throw PortRange.invalid(text) }
        return ContainerPort(number: range.numbers.lowerBound, transport: range.transport)
    }
}

/// Container ports next to each other, "8000-8010/tcp".
package struct PortRange: Hashable, Sendable {
    package var numbers: ClosedRange<Int>
    /// "tcp", "udp" or "sctp".
    package var transport: String

    /// "80", "80/udp" or "8000-8010/tcp".
    /// - Throws: `BerthError.invalid` naming the text.
    package init(parsing text: String) throws {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        transport = parts.count == 2 ? parts[1].lowercased() : "tcp"
        guard ["tcp", "udp", "sctp"].contains(transport) else {
            throw BerthError.invalid("invalid port specification: \"\(text)\": unknown protocol \"\(transport)\"")
        }
        guard let numbers = PortNumbers.parse(parts[0]), numbers.lowerBound > 0 else { throw Self.invalid(text) }
        self.numbers = numbers
    }

    package var ports: [ContainerPort] { numbers.map { ContainerPort(number: $0, transport: transport) } }

    static func invalid(_ text: String) -> BerthError { .invalid("invalid port specification: \"\(text)\"") }
}

enum PortNumbers {
    /// "80" or "80-90"; nil when it is neither or out of 0…65535.
    static func parse(_ text: Substring) -> ClosedRange<Int>? {
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map(number)
        guard let first = ends[0] else { return nil }
        guard ends.count == 2 else { return first...first }
        guard let last = ends[1], last >= first else { return nil }
        return first...last
    }

    private static func number(_ text: Substring) -> Int? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(text) else { return nil }
        return Int(number)
    }
}
