"""Waiting for what is to come, never for a while."""

import time


def until(condition, what, seconds=20):
    """Returns when the condition holds. What is said when it never does may be a function."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what() if callable(what) else what
        time.sleep(0.01)


def catches(pid, number):
    """Whether a process has a handler for a signal: SigCgt of proc_pid_status(5)."""
    with open(f"/proc/{pid}/status") as status:
        caught = int(next(line.split()[1] for line in status if line.startswith("SigCgt:")), 16)
    return bool(caught >> (number - 1) & 1)


def lives(pid):
    """Whether a process is there, and no zombie that waits for this machine's init."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
