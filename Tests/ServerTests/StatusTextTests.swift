import API
import Model
import Testing

@Suite struct StatusTextTests {
    private let second: Int64 = 1_000_000_000

    @Test(
        arguments: [
            (0, "Less than a second"), (1, "1 second"), (59, "59 seconds"), (60, "About a minute"),
            (119, "About a minute"),
            (120, "2 minutes"), (59 * 60, "59 minutes"), (3600, "About an hour"), (3600 + 1799, "About an hour"),
            (3600 + 1800, "2 hours"), (47 * 3600, "47 hours"), (48 * 3600, "2 days"), (14 * 86400, "2 weeks"),
            (60 * 86400, "2 months"), (730 * 86400, "2 years"),
        ] as [(Int64, String)])
    func agesGrowTheirUnit(_ seconds: Int64, _ text: String) {
        #expect(StatusText.age(seconds * second) == text)
    }

    @Test func statesAreDescribedAsDockerDoes() {
        let now = 1_000_000 * second
        var state = ContainerState()
        #expect(StatusText.describe(state, now: now) == "Created")
        state.status = .starting
        #expect(StatusText.describe(state, now: now) == "Created")
        #expect(StatusText.name(state.status) == "created")
        state.status = .running
        state.startedAt = now - 5 * second
        #expect(StatusText.describe(state, now: now) == "Up 5 seconds")
        state.status = .paused
        #expect(StatusText.describe(state, now: now) == "Up 5 seconds (Paused)")
        state.status = .exited
        state.exitCode = 137
        state.finishedAt = now - 180 * second
        #expect(StatusText.describe(state, now: now) == "Exited (137) 3 minutes ago")
        state.status = .removing
        #expect(StatusText.describe(state, now: now) == "Removal In Progress")
        state.status = .dead
        #expect(StatusText.describe(state, now: now) == "Dead")
    }
}
