"""Open files: the daemon lets go of its own, and containers keep the limit that it was started with."""

import os
import resource
import time

import pytest

pytestmark = pytest.mark.berthd


def test_followers_that_went_away_leave_nothing_open(engine):
    container = engine.run("sleep", "60")
    open_files = f"/proc/{engine.daemon.pid}/fd"
    time.sleep(0.3)  # the daemon makes ready for the next start
    before = len(os.listdir(open_files))
    for _ in range(20):
        connection, response = engine.api.open("GET", f"/containers/{container}/logs", stdout="1", follow="1")
        response.close()
        connection.close()
    deadline = time.monotonic() + 5
    while len(os.listdir(open_files)) > before + 10:
        assert time.monotonic() < deadline, f"{len(os.listdir(open_files))} open, {before} before"
        time.sleep(0.05)


def sockets_elsewhere(pid):
    """How many of a process's sockets belong to other network namespaces: its own one's tables do not show them."""
    found = set()
    for number in os.listdir(f"/proc/{pid}/fd"):
        try:
            target = os.readlink(f"/proc/{pid}/fd/{number}")
        except FileNotFoundError:
            continue
        if target.startswith("socket:["):
            found.add(target[8:-1])
    for table, column in (("unix", 6), ("netlink", 9)):
        with open(f"/proc/{pid}/net/{table}") as lines:
            found -= {line.split()[column] for line in lines.readlines()[1:]}
    return len(found)


def test_running_container_keeps_no_socket_in_its_network(engine):
    time.sleep(0.3)  # the daemon makes namespaces ready, each with a socket inside
    before = sockets_elsewhere(engine.daemon.pid)
    for _ in range(10):
        engine.run("sleep", "60", host={"NetworkMode": "bridge"})
    deadline = time.monotonic() + 5
    while sockets_elsewhere(engine.daemon.pid) > before + 4:
        assert time.monotonic() < deadline, f"{sockets_elsewhere(engine.daemon.pid)} now, {before} before"
        time.sleep(0.05)


def test_daemon_raises_its_limit_and_containers_keep_theirs(own_engine):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY or hard < 1000:
        pytest.skip(f"a hard limit of {hard}")
    engine = own_engine(start=False)
    resource.setrlimit(resource.RLIMIT_NOFILE, (900, hard))
    try:
        engine.daemon.start()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    engine.load(engine.archive)
    with open(f"/proc/{engine.daemon.pid}/limits") as limits:
        (line,) = [line for line in limits if line.startswith("Max open files")]
    assert line.split()[3:5] == [str(hard), str(hard)]
    container = engine.run("sleep", "60")
    assert engine.execute(container, "sh", "-c", "ulimit -Sn; ulimit -Hn")[1].split() == ["900", str(hard)]
    assert engine.out("ulimit -Sn; ulimit -Hn").split() == ["900", str(hard)]
    asked = [{"Name": "nofile", "Soft": 500, "Hard": 600}]
    assert engine.out("ulimit -Sn; ulimit -Hn", host={"Ulimits": asked}).split() == ["500", "600"]
