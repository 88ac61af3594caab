import Glibc
import Runtime
import Testing

@Suite struct HiddenPathTests {
    @Test func theThrottleCountersThatExistAreHidden() throws {
        let cpus = "/tmp/berth-cpus-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        let made = ["", "/cpu0", "/cpu0/thermal_throttle", "/cpu1", "/cpu3", "/cpu3/thermal_throttle"].map { cpus + $0 }
        for directory in made { try #require(mkdir(directory, 0o755) == 0) }
        defer {
            unlink(cpus + "/possible")
            for directory in made.reversed() { rmdir(directory) }
        }
        #expect(HiddenPaths.throttleCounters(cpus: cpus).isEmpty)
        let file = open(cpus + "/possible", O_WRONLY | O_CREAT, 0o644)
        try #require(file >= 0 && write(file, "0-2\n", 4) == 4)
        close(file)
        #expect(HiddenPaths.throttleCounters(cpus: cpus) == [cpus + "/cpu0/thermal_throttle"])
    }

    @Test func hostsWithoutThemHaveTheFixedListAlone() {
        #expect(HiddenPaths.masked.contains("/proc/interrupts"))
        #expect(HiddenPaths.masked.dropFirst(12).allSatisfy { $0.hasSuffix("/thermal_throttle") })
    }
}
