/// A regular expression as a machine that is in many states at once, of which each character is shown once (Thompson, "Regular
/// Expression Search Algorithm", 1968): nothing is tried twice, so that no expression and no text takes long.
struct PatternProgram: Sendable {
    enum Instruction: Sendable {
        case take(ScalarSet, next: Int)
        case split(Int, Int)
        case check(PatternAssertion, next: Int)
        case match
    }

    static let mostInstructions = 4000

    private(set) var instructions: [Instruction] = [.match]
    private var first = 0

    init(_ node: PatternNode) throws(PatternError) {
        first = try add(node, before: 0)
    }

    private mutating func put(_ instruction: Instruction) throws(PatternError) -> Int {
        guard instructions.count < Self.mostInstructions else { throw PatternError("expression too large") }
        instructions.append(instruction)
        return instructions.count - 1
    }

    /// Adds what a node does before the instruction `next`; returns where it begins.
    private mutating func add(_ node: PatternNode, before next: Int) throws(PatternError) -> Int {
        switch node {
        case .empty: return next
        case .set(let set): return try put(.take(set, next: next))
        case .assertion(let assertion): return try put(.check(assertion, next: next))
        case .sequence(let nodes):
            var place = next
            for node in nodes.reversed() { place = try add(node, before: place) }
            return place
        case .choice(let nodes):
            var place: Int?
            for node in nodes.reversed() {
                let begin = try add(node, before: next)
                if let other = place { place = try put(.split(begin, other)) } else { place = begin }
            }
            return place ?? next
        case .repetition(let node, let least, let most):
            return try add(node, least, most, before: next)
        }
    }

    private mutating func add(
        _ node: PatternNode, _ least: Int, _ most: Int?, before next: Int
    ) throws(PatternError) -> Int {
        var place = next
        if let most {
            for _ in 0..<(most - least) { place = try put(.split(try add(node, before: place), next)) }
        } else {
            place = try put(.split(next, next))
            instructions[place] = .split(try add(node, before: place), next)
        }
        for _ in 0..<least {
            let before = instructions.count
            place = try add(node, before: place)
            // What is nothing is nothing however often.
            if instructions.count == before { break }
        }
        return place
    }

    func isFound(in text: String) -> Bool {
        var scalars = text.unicodeScalars.makeIterator()
        var before: UInt32?
        var after = scalars.next()?.value
        var targets: [Int] = []
        var takers: [Int] = []
        var stack: [Int] = []
        // At which character an instruction was reached last.
        var reached = [Int](repeating: -1, count: instructions.count)
        var index = 0
        while true {
            takers.removeAll(keepingCapacity: true)
            stack.append(contentsOf: targets)
            stack.append(first)
            while let place = stack.popLast() {
                if reached[place] == index { continue }
                reached[place] = index
                switch instructions[place] {
                case .match: return true
                case .take: takers.append(place)
                case .split(let one, let other):
                    stack.append(other)
                    stack.append(one)
                case .check(let assertion, let next):
                    if assertion.holds(between: before, and: after) { stack.append(next) }
                }
            }
            guard let value = after else { return false }
            targets.removeAll(keepingCapacity: true)
            for place in takers {
                if case .take(let set, let next) = instructions[place], set.contains(value) { targets.append(next) }
            }
            before = value
            after = scalars.next()?.value
            index += 1
        }
    }
}
