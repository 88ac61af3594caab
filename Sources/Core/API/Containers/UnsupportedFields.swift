import Model

/// Whether a client gave a field of whatever type a value that says something: `null`, `""`, `0`, `false` and what is
/// empty say nothing.
struct GivenField: Decodable, Sendable {
    var isGiven: Bool

    init(from decoder: any Decoder) throws {
        if let value = try? decoder.singleValueContainer() {
            if value.decodeNil() {
                isGiven = false
                return
            }
            if let flag = try? value.decode(Bool.self) {
                isGiven = flag
                return
            }
            if let number = try? value.decode(Double.self) {
                isGiven = number != 0
                return
            }
            if let text = try? value.decode(String.self) {
                isGiven = !text.isEmpty
                return
            }
        }
        if let list = try? decoder.unkeyedContainer() {
            isGiven = !list.isAtEnd
        } else if let members = try? decoder.singleValueContainer().decode([String: GivenField].self) {
            isGiven = !members.isEmpty
        } else {
            isGiven = true
        }
    }
}

/// Fields of Docker's `HostConfig` that no container of Berth's can have: refused by name when they say something, so that
/// none is passed over in silence.
package struct UnsupportedHostFields: Decodable, Sendable {
    private var deviceRequests: GivenField?
    private var cpuCount: GivenField?
    private var cpuPercent: GivenField?
    private var ioMaximumIOps: GivenField?
    private var ioMaximumBandwidth: GivenField?
    private var kernelMemory: GivenField?
    private var kernelMemoryTCP: GivenField?

    enum CodingKeys: String, CodingKey {
        case deviceRequests = "DeviceRequests", cpuCount = "CpuCount", cpuPercent = "CpuPercent"
        case ioMaximumIOps = "IOMaximumIOps", ioMaximumBandwidth = "IOMaximumBandwidth"
        case kernelMemory = "KernelMemory", kernelMemoryTCP = "KernelMemoryTCP"
    }

    init() {}

    /// - Returns: warnings for the client, in Docker's words.
    /// - Throws: `BerthError`: `.notImplemented` for devices by request (GPUs), `.invalidParameter` for what only Windows
    ///   has.
    package func check() throws -> [String] {
        if deviceRequests?.isGiven == true { throw BerthError.notImplemented("HostConfig.DeviceRequests") }
        for (name, field) in [
            ("CpuCount", cpuCount), ("CpuPercent", cpuPercent), ("IOMaximumIOps", ioMaximumIOps),
            ("IOMaximumBandwidth", ioMaximumBandwidth),
        ] where field?.isGiven == true {
            throw BerthError.invalid("invalid option: HostConfig.\(name) is for Windows containers")
        }
        return [kernelMemory, kernelMemoryTCP].contains { $0?.isGiven == true }
            ? ["Kernel memory limits are no longer supported by the kernel. Limitation discarded."] : []
    }
}
