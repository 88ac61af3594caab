import CLinux
import Glibc
import LaunchPlan

extension Monitor {
    /// The loop: returns the process's exit code when it has ended.
    func serve() -> Int32 {
        guard let pid = process?.pid else { return 128 }
        let ended = berth_pidfd_open(pid)
        var entries: [pollfd] = []
        while true {
            let full = clients.contains { $0.isFull }
            entries.removeAll(keepingCapacity: true)
            entries.append(pollfd(fd: ended, events: Int16(POLLIN), revents: 0))
            entries.append(pollfd(fd: listener, events: Int16(POLLIN), revents: 0))
            entries.append(pollfd(fd: hangUps, events: Int16(POLLIN), revents: 0))
            entries.append(pollfd(fd: log.compressionEnded, events: Int16(POLLIN), revents: 0))
            let firstOutput = entries.count
            for output in outputs {
                entries.append(pollfd(fd: full ? -1 : output.descriptor, events: Int16(POLLIN), revents: 0))
            }
            entries.append(pollfd(fd: input.isBlocked ? input.descriptor : -1, events: Int16(POLLOUT), revents: 0))
            let first = entries.count
            for client in clients {
                var events = client.queued > 0 ? Int16(POLLOUT) : 0
                if !(client.want.contains(.stdin) && input.isBlocked) { events |= Int16(POLLIN) }
                entries.append(pollfd(fd: client.descriptor, events: events, revents: 0))
            }
            // Without a pidfd (no descriptor was left) the end is looked for every so often.
            let ready = poll(&entries, nfds_t(entries.count), ended < 0 ? 100 : -1)
            if ready < 0 { continue }
            for index in outputs.indices where entries[firstOutput + index].revents != 0 { forward(index) }
            if entries[first - 1].revents != 0 { input.flush() }
            for (index, client) in clients.enumerated() {
                let revents = entries[first + index].revents
                if revents & Int16(POLLOUT) != 0 { client.flush() }
                if revents & Int16(POLLIN | POLLHUP | POLLERR) != 0 { read(from: client) }
            }
            if entries[1].revents != 0 { acceptClients() }
            if entries[2].revents != 0 { renewSocket() }
            if entries[3].revents != 0 { log.goOnCompressing() }
            dropClients()
            if entries[0].revents != 0 || ended < 0, let code = reap(pid) {
                if ended >= 0 { close(ended) }
                return code
            }
        }
    }

    private func reap(_ pid: Int32) -> Int32? {
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
        let signal = status & 0x7F
        return signal == 0 ? status >> 8 & 0xFF : 128 + signal
    }

    /// Takes one buffer of output to the log and to who wants it. False when there was none.
    @discardableResult
    private func forward(_ index: Int) -> Bool {
        guard let bytes = outputs[index].read(into: buffer) else {
            if stdio.terminal && outputs[index].descriptor < 0 { input.close() }
            return false
        }
        let stream = outputs[index].stream
        log.append(bytes, stream: stream == .stdout ? 0 : 1)
        let wanted: MonitorProtocol.Want = stream == .stdout ? .stdout : .stderr
        for client in clients where client.want.contains(wanted) { client.send(stream, bytes) }
        return true
    }

    /// After the process's end: what is in its pipes now, not what others that hold them may write later.
    func drain() {
        if let peer = process?.terminalPeer, peer >= 0 { close(peer) }
        for index in outputs.indices {
            var left = 64
            while left > 0, forward(index) { left -= 1 }
            outputs[index].close()
        }
        input.close()
        log.finish()
    }

    func acceptClients() {
        while true {
            let descriptor = berth_accept(listener)
            guard descriptor >= 0 else { return }
            clients.append(Client(descriptor))
        }
    }

    private func dropClients() {
        guard clients.contains(where: { $0.closed }) else { return }
        for client in clients where client.closed && !client.inputEnded { endInput(of: client) }
        clients.removeAll { $0.closed }
    }

    /// The input of a client that was attached to stdin has ended: the process's ends with it, or else the client's
    /// attachment does, as with Docker.
    func endInput(of client: Client) {
        client.inputEnded = true
        guard process != nil, client.want.contains(.stdin) else { return }
        if stdio.stdinOnce && !stdio.terminal { input.end() } else { client.end() }
    }
}
