"""Proportional set sizes (proc_pid_smaps_rollup(5)), in bytes."""

import os
import re


def pss(pid):
    try:
        with open(f"/proc/{pid}/smaps_rollup") as file:
            return int(re.search(r"^Pss:\s+(\d+) kB", file.read(), re.MULTILINE).group(1)) * 1024
    except (OSError, AttributeError):
        return 0


def children(pid):
    found = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as file:
                found += [int(child) for child in file.read().split()]
    except OSError:
        pass
    return found


def helpers(contender):
    """All that stands beside containers: monitors, shims, conmons, proxies. The containers' processes are not in it."""
    return sum(pss(pid) for pid in contender.daemon.companion_processes())


def daemon(contender):
    """The daemon and the daemons it started (containerd), without the containers' helpers."""
    companions = set(contender.daemon.companion_processes())
    total, waiting = 0, [contender.daemon.pid]
    while waiting:
        pid = waiting.pop()
        total += pss(pid)
        waiting += [child for child in children(pid) if child not in companions]
    return total
