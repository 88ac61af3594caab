// berth-monitor: the parent of one container's process. It is started by berthd with one socket (descriptor 3), over
// which its launch plan and its own listening socket come, and needs the daemon for nothing after that. In place of the
// plan may come the order to be the forwarder of published ports.

import CLinux
import Glibc

signal(SIGPIPE, SIG_IGN)
// Until there is a socket to be made anew.
signal(SIGHUP, SIG_IGN)
umask(0)

// The mount that this program runs from, where it has one to itself: nothing else is to.
if berth_end_execution(4) == 0 { close(4) }
// The process is not to have the keys of who started the daemon. That takes time, which a waiting monitor has.
let keyring = berth_join_session_keyring() < 0 ? errno : 0
berth_name_process("berth-monitor")

switch Order.receive(from: 3) {
case nil: exit(1)
case .forward(let listener):
    berth_name_process("berth-forward")
    guard berth_drop_privileges() == 0 else { exit(1) }
    Forwarder(control: 3, listener: listener).run()
case .launch(let plan, let listener):
    let monitor = Monitor(plan: plan, control: 3, listener: listener)
    if keyring != 0, keyring != ENOSYS {
        monitor.warnings.append("join a new session keyring: \(causeText(keyring)): the process has the daemon's")
    }
    monitor.run()
}
