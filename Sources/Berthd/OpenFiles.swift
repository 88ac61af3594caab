import Glibc

/// This process's limit of open files (RLIMIT_NOFILE, getrlimit(2)).
enum OpenFiles {
    /// Raises the soft limit to the hard one: a daemon of many containers has many descriptors.
    /// - Returns: the soft limit that the process was started with; nil when there was nothing to raise.
    static func raiseLimit() -> UInt64? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0,
            limit.rlim_cur < limit.rlim_max
        else {
            return nil
        }
        let former = limit.rlim_cur
        limit.rlim_cur = limit.rlim_max
        guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        return UInt64(former)
    }
}
