import CLinux
import Glibc
import LaunchPlan

/// A descriptor that is readable when the signal has come, which does nothing else from now on: signalfd(2). The
/// process that is started has its own signal mask.
func signalDescriptor(_ number: Int32) -> Int32 {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, number)
    sigprocmask(SIG_BLOCK, &signals, nil)
    return signalfd(-1, &signals, Int32(SFD_CLOEXEC) | Int32(SFD_NONBLOCK))
}

func makeNonblocking(_ descriptor: Int32) { _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) }

extension Monitor {
    /// Answers SIGHUP: makes the socket anew where its file was. Whoever sends the signal has seen that the file is gone:
    /// a daemon that has lost its way to this process. Clients that are connected stay so.
    func renewSocket() {
        var information = signalfd_siginfo()
        guard Glibc.read(hangUps, &information, MemoryLayout<signalfd_siginfo>.size) > 0, !socket.isEmpty,
            access(socket, F_OK) != 0
        else { return }
        let renewed = berth_unix_listen(socket, MonitorProtocol.backlog)
        guard renewed >= 0 else { return }
        acceptClients()
        close(listener)
        makeNonblocking(renewed)
        listener = renewed
    }
}
