import Model

/// What the arguments of ps(1) ask for: which processes of the container, in which order, with which columns.
struct ProcessQuery: Sendable {
    struct SortKey: Sendable {
        var column: ProcessColumn
        var isDescending: Bool
    }

    /// Whether a process is one of those named by `-p`, `-C`, `-u` and their like.
    typealias Selection = @Sendable (ProcessFacts) -> Bool

    var columns: [ProcessColumn] = []
    var order: [SortKey] = []
    /// One of them is enough; none selects all.
    var selections: [Selection] = []
    /// `-N`: the others.
    var isNegated = false
    /// `r`: only those that run.
    var isRunningOnly = false
    /// `f`, `-H`: children after their parents.
    var isForest = false

    /// The rows, each with a text for every column.
    func rows(of processes: [ProcessFacts], at moment: ProcessMoment) -> [[String]] {
        let chosen = sorted(processes.filter(isSelected), moment)
        guard isForest else { return chosen.map { row($0, moment, depth: 0) } }
        return Self.forest(chosen).map { row($0.process, moment, depth: $0.depth) }
    }

    private func isSelected(_ process: ProcessFacts) -> Bool {
        if isRunningOnly, process.state != "R", process.state != "D" { return false }
        return selections.isEmpty || selections.contains { $0(process) } != isNegated
    }

    private func row(_ process: ProcessFacts, _ moment: ProcessMoment, depth: Int) -> [String] {
        columns.map { column in
            let value = column.value(process, moment)
            return column.isCommand && depth > 0 ? "\\_ " + value : value
        }
    }

    private func sorted(_ processes: [ProcessFacts], _ moment: ProcessMoment) -> [ProcessFacts] {
        guard !order.isEmpty else { return processes }
        let keyed = processes.map { process in
            (process: process, keys: order.map { SortValue($0.column, process, moment) })
        }
        return keyed.sorted { left, right in
            for (index, key) in order.enumerated() where left.keys[index] != right.keys[index] {
                return (left.keys[index] < right.keys[index]) != key.isDescending
            }
            return left.process.pid < right.process.pid
        }.map(\.process)
    }

    private static func forest(_ processes: [ProcessFacts]) -> [(process: ProcessFacts, depth: Int)] {
        let present = Set(processes.map { Int($0.pid) })
        let children = Dictionary(grouping: processes) { present.contains($0.parent) ? $0.parent : 0 }
        var result: [(process: ProcessFacts, depth: Int)] = []
        var waiting = (children[0] ?? []).reversed().map { (process: $0, depth: 0) }
        while let next = waiting.popLast() {
            result.append(next)
            waiting += (children[Int(next.process.pid)] ?? []).reversed().map { ($0, next.depth + 1) }
        }
        return result
    }
}

/// What a column is ordered by: numbers as such, times by what they stand for.
private enum SortValue: Comparable {
    case number(Double)
    case text(String)

    init(_ column: ProcessColumn, _ process: ProcessFacts, _ moment: ProcessMoment) {
        switch column.title {
        case "TIME": self = .number(Double(process.processorTime))
        case "START", "STARTED", "STIME": self = .number(Double(process.started))
        case "ELAPSED": self = .number(-Double(process.started))
        default:
            let value = column.value(process, moment)
            self = Double(value).map(SortValue.number) ?? .text(value)
        }
    }
}
