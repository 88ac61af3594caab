import LaunchPlan

/// A plan as the frame that carries it.
struct LaunchPlanBytes {
    let frame: [UInt8]

    init(_ plan: LaunchPlan) throws(LaunchError) {
        let bytes = plan.encoded()
        guard bytes.count <= MonitorProtocol.maxPlan else {
            throw LaunchError(.monitor, "launch plan of \(bytes.count) bytes: too large")
        }
        frame = MonitorProtocol.header(.launch, length: bytes.count) + bytes
    }
}
