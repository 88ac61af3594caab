import Runtime
import Testing

@Suite struct ResourceLimitTests {
    @Test func numbersAreTheKernels() throws {
        let both = try ResourceLimit(name: "nofile", soft: 1024, hard: 2048)
        #expect(both.resource == 7 && both.soft == 1024 && both.hard == 2048)
        let upper = try ResourceLimit(name: "NPROC", soft: 10, hard: 10)
        #expect(upper.name == "nproc" && upper.resource == 6)
        let none = try ResourceLimit(name: "core", soft: 0, hard: -1)
        #expect(none.resource == 4 && none.soft == 0 && none.hard == .max)
    }
}
