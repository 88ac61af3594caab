extension LaunchPlan {
    /// The file system that becomes `/`. It is mounted in the container's mount namespace alone: the host never sees it.
    public enum Root: Sendable, Equatable {
        /// An overlay of `lower` (topmost first) with `upper` written to. `work` is on the same file system as `upper`.
        /// `mountpoint` is an existing empty directory. `base` is a directory that relative names of `lower`, `upper`
        /// and `work` start from, which keeps the option string below the 4,096 bytes that mount(2) takes; empty when
        /// all are absolute. `options` is appended (`index=off`), empty for none.
        case overlay(
            base: String, lower: [String], upper: String, work: String, mountpoint: String, options: String)
        /// A plain directory.
        case directory(String)
    }
}
