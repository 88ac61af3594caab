import LaunchPlan

/// Launch plans: what can be read is written again as it was.
enum Plans {
    static func read(_ bytes: UnsafeRawBufferPointer) throws {
        let plan = try LaunchPlan(decoding: bytes)
        let written = plan.encoded()
        let again = try? LaunchPlan(decoding: written)
        check(again?.encoded() == written, "a plan that was written reads differently")
    }
}
