import Runtime
import Testing

@Suite struct ResourceLimitTests {
    @Test func ulimitsAreRead() throws {
        let both = try ResourceLimit(parsing: "nofile=1024:2048")
        #expect(both.resource == 7 && both.soft == 1024 && both.hard == 2048)
        let one = try ResourceLimit(parsing: "NPROC=10")
        #expect(one.name == "nproc" && one.resource == 6 && one.soft == 10 && one.hard == 10)
        let none = try ResourceLimit(name: "core", soft: 0, hard: -1)
        #expect(none.resource == 4 && none.soft == 0 && none.hard == .max)
    }

    @Test(arguments: [
        ("nofile", "invalid ulimit argument: nofile"), ("nofile=a", "invalid ulimit argument: nofile=a"),
        ("nofile=1:2:3", "invalid ulimit argument: nofile=1:2:3"), ("files=1", "invalid ulimit type: files"),
        ("nofile=5:4", "ulimit soft limit must be less than or equal to hard limit: 5 > 4"),
        ("nofile=-1:4", "ulimit soft limit must be less than or equal to hard limit: soft: -1 (unlimited), hard: 4"),
    ])
    func wrongOnesAreRefused(text: String, words: String) {
        #expect { try ResourceLimit(parsing: text) } throws: { "\($0)" == words }
    }
}
