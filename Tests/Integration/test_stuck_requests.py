"""Requests that a container keeps from ending, and what goes on all the same."""

import http.client
import os
import threading

import pytest
from harness import programs
from harness.waiting import until

pytestmark = pytest.mark.berthd


def stopped_before_execution(container_pid):
    """Processes that are in the container, stopped, and still run the engine's program."""
    home, found = os.stat(f"/proc/{container_pid}/ns/pid").st_ino, []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            name, _, rest = open(f"/proc/{entry}/stat").read().partition("(")[2].rpartition(")")
            if name == "berth-monitor" and rest.split()[0] == "T" and os.stat(f"/proc/{entry}/ns/pid").st_ino == home:
                found.append(int(entry))
        except OSError:
            continue
    return found


def test_daemon_ends_while_a_container_holds_up_an_exec(own_engine):
    engine = own_engine()
    program = programs.build("stop_newcomers")
    hostile = engine.run(f"/p/{program.name}", host={"Binds": [f"{program.parent}:/p:ro"]})
    until(lambda: engine.logs(hostile)[0] == "ready\n", "it does not run")
    pid = engine.pid(hostile)

    def start():
        try:
            made = engine.api.post(f"/containers/{hostile}/exec", {"Cmd": ["true"]})
            engine.api.post(f"/exec/{made.json['Id']}/start", {"Detach": True})
        except (OSError, http.client.HTTPException):
            pass  # the daemon has ended, or the test has

    # One that is quick enough executes its program and is stopped there.
    threads = []

    def is_stuck():
        if sum(thread.is_alive() for thread in threads) < 4:
            threads.append(threading.Thread(target=start))
            threads[-1].start()
        return stopped_before_execution(pid)

    until(is_stuck, "no exec was held up", seconds=60)
    assert engine.daemon.stop() == 0
    for thread in threads:
        thread.join()
    engine.daemon.start()
    engine.remove(hostile, force="1")
