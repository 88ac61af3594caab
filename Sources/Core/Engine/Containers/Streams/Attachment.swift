import LaunchPlan

/// A client's connection to a process's monitor: there already, or to come when the process starts. It is closed with
/// the last reference, unless somebody has taken it.
final class Attachment: Sendable {
    let want: MonitorProtocol.Want
    /// Nil when there will be none.
    private let connection = Latch<OwnedDescriptor?>()

    init(want: MonitorProtocol.Want) {
        self.want = want
    }

    /// One that is connected already.
    convenience init(connected descriptor: CInt) {
        self.init(want: [])
        resolve(descriptor)
    }

    /// Hands over a connected socket. It is closed when the client has gone meanwhile.
    func resolve(_ descriptor: CInt) {
        connection.set(OwnedDescriptor(descriptor))
    }

    /// There will be no connection; one that is there and was not taken is closed.
    func cancel() {
        connection.set(nil)
        connection.value??.close()
    }

    /// Suspends until there is a connection or will be none, and gives it away: the caller closes it. Nil when there is
    /// none, and when the task is cancelled.
    func socket() async -> CInt? {
        await connection.wait()??.take()
    }
}
