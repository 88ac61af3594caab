import CSeccomp
import Glibc

/// Instructions in front of a filter that answer ENOSYS to calls which are newer than every call that the profile
/// names. Programs then fall back on what older kernels have, where EPERM would make them give up.
struct UnknownCallGuard {
    private(set) var instructions: [FilterInstruction] = []

    private static let x32Bit: UInt32 = 0x4000_0000

    init(_ profile: SeccompProfile, architectures: [UInt32]) {
        switch profile.defaultAction {
        case .allow, .log, .trace, .errno(ENOSYS): return
        case .errno, .killThread, .killProcess, .trap: break
        }
        let calls = Set(profile.rules.flatMap(\.calls))
        let x32 = SeccompFilter.token(of: "SCMP_ARCH_X32")
        let x86 = SeccompFilter.token(of: "SCMP_ARCH_X86_64")
        var blocks: [FilterInstruction] = []
        for architecture in architectures where architecture != x32 {
            guard let newest = Self.newest(calls, architecture) else { continue }
            var body = [FilterInstruction.loadNumber]
            if architecture == x86 {
                // x32 programs show the same architecture and numbers with this bit.
                let newestX32 = x32.flatMap { architectures.contains($0) ? Self.newest(calls, $0) : nil }
                let beyond = newestX32.map { [FilterInstruction.returnIfGreater($0)] + [.fail] } ?? []
                body.append(.jumpIfLess(Self.x32Bit, over: UInt8(beyond.count + 1)))
                body += beyond
                // Out of this block and of the two instructions that judge the plain number.
                body.append(.jump(over: 3))
            }
            body += [.returnIfGreater(newest), .fail]
            blocks.append(.unlessEqual(architecture, over: UInt8(body.count + 1)))
            blocks += body
            blocks.append(.end)
        }
        guard !blocks.isEmpty else { return }
        instructions = [.loadArchitecture] + blocks
        for index in instructions.indices where instructions[index] == .end {
            instructions[index] = .jump(over: UInt32(instructions.count - index - 1))
        }
    }

    /// The greatest number of the calls; those that ARM keeps for itself far above all others do not count.
    private static func newest(_ calls: Set<String>, _ architecture: UInt32) -> UInt32? {
        calls.map { seccomp_syscall_resolve_name_arch(architecture, $0) }.filter { $0 >= 0 }.map(UInt32.init)
            .filter { ($0 & ~x32Bit) < 0xf0000 }.max()
    }
}

/// One `struct sock_filter` (linux/filter.h).
struct FilterInstruction: Hashable {
    var code: UInt16
    var ifTrue: UInt8 = 0
    var ifFalse: UInt8 = 0
    var value: UInt32 = 0

    /// Of struct seccomp_data.
    static let loadNumber = FilterInstruction(code: 0x20, value: 0)
    static let loadArchitecture = FilterInstruction(code: 0x20, value: 4)
    static let fail = FilterInstruction(code: 0x06, value: SeccompAction.errno(ENOSYS).code)
    /// Stands for a jump to the end, until it is known where that is.
    static let end = FilterInstruction(code: 0x05, value: .max)

    /// Goes on with the next instruction if the accumulator is greater, else jumps over it.
    static func returnIfGreater(_ value: UInt32) -> FilterInstruction {
        FilterInstruction(code: 0x25, ifTrue: 0, ifFalse: 1, value: value)
    }

    static func jumpIfLess(_ value: UInt32, over count: UInt8) -> FilterInstruction {
        FilterInstruction(code: 0x35, ifTrue: 0, ifFalse: count, value: value)
    }

    static func unlessEqual(_ value: UInt32, over count: UInt8) -> FilterInstruction {
        FilterInstruction(code: 0x15, ifTrue: 0, ifFalse: count, value: value)
    }

    static func jump(over count: UInt32) -> FilterInstruction {
        FilterInstruction(code: 0x05, value: count)
    }

    var bytes: [UInt8] {
        withUnsafeBytes(of: (code, ifTrue, ifFalse, value)) { Array($0) }
    }
}
