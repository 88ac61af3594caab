import CLinux
import Glibc

/// The eBPF program that stands for a list of device rules on v2, where there is no devices controller.
///
/// It answers 1 (allowed) where one rule matches, else 0. Source: BPF_PROG_TYPE_CGROUP_DEVICE in
/// include/uapi/linux/bpf.h and the "Device controller" section of cgroup-v2.rst.
package struct DeviceProgram: Sendable {
    /// Each a `struct bpf_insn` as the kernel takes it.
    package private(set) var instructions: [UInt64] = []

    private enum Register: UInt8 {
        case result = 0
        case context = 1
        case kind = 2
        case access = 3
        case major = 4
        case minor = 5
    }

    package init(allowing rules: [DeviceRule]) {
        // struct bpf_cgroup_dev_ctx: access_type (kind in the lower, access in the upper half), major, minor.
        load(.kind, offset: 0)
        emit(0x57, .kind, immediate: 0xffff)  // and
        load(.access, offset: 0)
        emit(0x77, .access, immediate: 16)  // shift right
        load(.major, offset: 4)
        load(.minor, offset: 8)
        for rule in rules {
            emit(rule)
            // The verifier does not take what cannot be reached.
            if rule == DeviceRule(.all, nil, nil, .all) { return }
        }
        end(0)
    }

    private mutating func emit(_ rule: DeviceRule) {
        // How many instructions are to be jumped over where the rule does not match is known only at its end.
        var jumps: [Int] = []
        func jump(_ register: Register, unless value: UInt32) {
            jumps.append(instructions.count)
            emit(0x55, register, immediate: value)
        }
        switch rule.kind {
        case .all: break
        case .block: jump(.kind, unless: 1)
        case .character: jump(.kind, unless: 2)
        }
        if rule.access != .all {
            // Matches if nothing is asked for beyond what the rule gives.
            emit(0xbf, .context, source: .access)
            emit(0x57, .context, immediate: UInt32(DeviceRule.Access.all.subtracting(rule.access).rawValue))
            jump(.context, unless: 0)
        }
        if let major = rule.major { jump(.major, unless: major) }
        if let minor = rule.minor { jump(.minor, unless: minor) }
        end(1)
        for index in jumps {
            instructions[index] |= UInt64(instructions.count - index - 1) << 16
        }
    }

    private mutating func load(_ register: Register, offset: UInt64) {
        emit(0x61, register, source: .context)
        instructions[instructions.count - 1] |= offset << 16
    }

    private mutating func end(_ value: UInt32) {
        emit(0xb7, .result, immediate: value)
        emit(0x95, .result)
    }

    private mutating func emit(
        _ code: UInt8, _ destination: Register, source: Register = .result, immediate: UInt32 = 0
    ) {
        // struct bpf_insn: code, the two registers in four bits each, 16 bits of offset, 32 of immediate value.
        #if _endian(little)
            let registers = UInt64(source.rawValue << 4 | destination.rawValue)
            instructions.append(UInt64(code) | registers << 8 | UInt64(immediate) << 32)
        #else
            #error("the layout of eBPF instructions is only known for little-endian machines")
        #endif
    }

    /// Has the kernel verify the program. Returns a descriptor to close. Throws the verifier's reason.
    package func load() throws -> Int32 {
        var result = berth_bpf_device_load(instructions, UInt32(instructions.count), nil, 0)
        if result < 0 {
            // Once more for the reason: the log costs time, so it is not asked for at first.
            var log = [CChar](repeating: 0, count: 65536)
            result = berth_bpf_device_load(instructions, UInt32(instructions.count), &log, UInt32(log.count))
            if result < 0 {
                let words = log.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
                throw ConfinementError(
                    kind: .system, message: "load the device program: \(errorText(-result)) \(words)".trimmed,
                    errno: -result)
            }
        }
        return result
    }

    /// Loads the program and hands it to the v2 cgroup at `directory`, with which it will go.
    package func attach(to directory: String) throws {
        let program = try load()
        defer { close(program) }
        let cgroup = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard cgroup >= 0 else { throw ConfinementError.system("open", directory, errno: errno) }
        defer { close(cgroup) }
        let result = berth_bpf_device_attach(cgroup, program)
        if result < 0 { throw ConfinementError.system("attach the device program to", directory, errno: -result) }
    }
}
