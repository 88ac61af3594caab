// berth-monitor: the parent of one container's process. It is started by berthd with one socket (descriptor 3), over
// which its launch plan and its own listening socket come, and needs the daemon for nothing after that.

import CLinux
import Glibc

signal(SIGPIPE, SIG_IGN)
// Until there is a socket to be made anew.
signal(SIGHUP, SIG_IGN)
umask(0)
berth_name_process("berth-monitor")

guard let order = Order.receive(from: 3) else { exit(1) }
let monitor = Monitor(plan: order.plan, control: 3, listener: order.listener)
monitor.run()
