/// The counters of block devices, in the two notations of the kernel.
package enum BlkioFile {
    /// v1: lines "major:minor operation value" and a total at the end, which is left out.
    package static func entriesV1(_ text: String) -> [CgroupStatistics.Blkio.Entry] {
        text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count == 3, let device = device(fields[0]), let value = UInt64(fields[2]) else { return nil }
            return .init(major: device.major, minor: device.minor, operation: String(fields[1]), value: value)
        }
    }

    /// v2: lines "major:minor key=value …"; `operations` gives the keys to take and what they count.
    package static func entriesV2(_ text: String, _ operations: [String: String]) -> [CgroupStatistics.Blkio.Entry] {
        text.split(separator: "\n").flatMap { line -> [CgroupStatistics.Blkio.Entry] in
            let fields = line.split(separator: " ")
            guard let first = fields.first, let device = device(first) else { return [] }
            return fields.dropFirst().compactMap { field in
                let pair = field.split(separator: "=")
                guard pair.count == 2, let operation = operations[String(pair[0])], let value = UInt64(pair[1]) else {
                    return nil
                }
                return .init(major: device.major, minor: device.minor, operation: operation, value: value)
            }
        }
    }

    private static func device(_ text: Substring) -> (major: UInt64, minor: UInt64)? {
        let numbers = text.split(separator: ":").map { UInt64($0) }
        guard numbers.count == 2, let major = numbers[0], let minor = numbers[1] else { return nil }
        return (major, minor)
    }
}
