"""Monitors that do not answer, and monitors whose socket is lost: the container is kept, and can be got rid of."""

import os
import shutil
import signal
import threading
import time
from pathlib import Path

import pytest
from harness.waiting import lives, until

pytestmark = pytest.mark.berthd


def monitor_of(engine, container):
    with open(f"/proc/{engine.pid(container)}/status") as status:
        return int(next(line.split()[1] for line in status if line.startswith("PPid:")))


def socket_of(engine, container):
    return engine.daemon.exec_root / "containers" / container / "monitor.sock"


def timed(action):
    began = time.monotonic()
    answer = action()
    return answer, time.monotonic() - began


@pytest.fixture
def stopped(own_engine):
    """An engine and a container whose monitor is stopped."""
    engine = own_engine()
    container = engine.run("sleep", "600", host={"NetworkMode": "bridge"})
    monitor = monitor_of(engine, container)
    os.kill(monitor, signal.SIGSTOP)
    yield engine, container, monitor
    try:
        os.kill(monitor, signal.SIGCONT)
    except ProcessLookupError:
        pass


# What is to be done takes moments, or some seconds of patience with a machine that has much to do; never the half
# minute after which it was given up.
@pytest.mark.parametrize("method,path,query,status", [
    ("DELETE", "", {"force": "1"}, 204),
    ("POST", "/stop", {"t": "0"}, 204),
    ("POST", "/stop", {"t": "1"}, 204),
    ("POST", "/kill", {}, 204),
    ("POST", "/restart", {"t": "0"}, 204),
])
def test_container_of_a_stopped_monitor_can_be_ended(stopped, method, path, query, status):
    engine, container, _ = stopped
    pid = engine.pid(container)
    answer, seconds = timed(lambda: engine.api.request(method, f"/containers/{container}{path}", **query))
    assert answer.status == status, answer
    assert seconds < 9
    assert not lives(pid)
    if path == "/restart":
        assert engine.inspect(container)["State"]["Running"]
    elif path:
        state = engine.inspect(container)["State"]
        assert (state["Status"], state["ExitCode"]) == ("exited", 137)


def test_signal_reaches_the_process_of_a_stopped_monitor(own_engine):
    engine = own_engine()
    container = engine.run("sh", "-c", "trap 'echo > /told' USR1; while :; do sleep 0.02; done")
    monitor = monitor_of(engine, container)
    upper = engine.daemon.data_root / "containers" / container / "upper"
    engine.await_trap(container, signal.SIGUSR1)
    os.kill(monitor, signal.SIGSTOP)
    try:
        answer, seconds = timed(lambda: engine.api.post(f"/containers/{container}/kill", signal="USR1"))
        assert answer.status == 204 and seconds < 5
        until((upper / "told").exists, "not told")
    finally:
        os.kill(monitor, signal.SIGCONT)
    assert engine.inspect(container)["State"]["Running"]


def test_start_of_the_daemon_waits_for_no_stopped_monitor(stopped):
    engine, container, monitor = stopped
    pid = engine.pid(container)
    engine.daemon.kill()
    assert engine.daemon.start() < 8
    state = engine.inspect(container)["State"]
    assert (state["Running"], state["Pid"]) == (True, pid)
    os.kill(monitor, signal.SIGCONT)
    # It is reached again: its end is told with the true status.
    os.kill(pid, signal.SIGTERM)
    os.kill(pid, signal.SIGINT)
    engine.stop(container)
    assert engine.wait(container) == 137
    assert "monitor" not in engine.inspect(container)["State"]["Error"]


def test_end_that_a_stopped_monitor_kept_is_told_when_it_goes_on(stopped):
    engine, container, monitor = stopped
    os.kill(engine.pid(container), signal.SIGKILL)
    os.kill(monitor, signal.SIGCONT)
    assert engine.wait(container) == 137
    state = engine.inspect(container)["State"]
    assert (state["Status"], state["Error"]) == ("exited", "")


@pytest.mark.parametrize("loss", ["file", "folder"])
def test_lost_socket_is_made_anew_at_the_start(own_engine, loss):
    engine = own_engine()
    container = engine.run("sh", "-c", "i=0; while :; do echo $i; i=$((i+1)); sleep 0.02; done",
                           host={"NetworkMode": "bridge"})
    pid = engine.pid(container)
    engine.daemon.kill()
    if loss == "file":
        socket_of(engine, container).unlink()
    else:
        shutil.rmtree(socket_of(engine, container).parent)
    engine.daemon.start()
    state = engine.inspect(container)["State"]
    assert (state["Running"], state["Pid"]) == (True, pid)
    assert "socket is lost" in engine.daemon.log.read_text()
    assert socket_of(engine, container).exists()
    with engine.api.hijack(f"/containers/{container}/attach", stream="1", stdout="1") as stream:
        assert stream.read_exactly(9)
    numbers = [int(line) for line in engine.logs(container)[0].split()]
    assert numbers == list(range(len(numbers)))
    assert engine.api.post(f"/containers/{container}/stop", t="0").status == 204
    assert engine.wait(container) == 137
    assert engine.inspect(container)["State"]["Error"] == ""


def test_lost_socket_is_made_anew_when_it_is_needed(own_engine):
    engine = own_engine()
    container = engine.run("sh", OpenStdin=True, Tty=True, Env=["PS1=ready> "])
    socket_of(engine, container).unlink()
    with engine.api.hijack(f"/containers/{container}/attach", stream="1", stdin="1", stdout="1") as stream:
        stream.write(b"echo $((40 + 2))\n")
        stream.read_until(b"\n42\r\n")
        socket_of(engine, container).unlink()
        assert engine.api.post(f"/containers/{container}/resize", h="33", w="101").status == 200
        stream.write(b"stty size\n")
        stream.read_until(b"33 101\r\n")
    shutil.rmtree(socket_of(engine, container).parent)
    answer, seconds = timed(lambda: engine.api.post(f"/containers/{container}/stop", t="0"))
    assert answer.status == 204 and seconds < 5


def test_spare_monitors_that_are_stopped_are_passed_over(own_engine):
    engine = own_engine()

    def waiting():
        return [pid for pid in engine.daemon.companion_processes() if engine.daemon.is_spare(pid)]

    engine.out("true")
    until(lambda: len(waiting()) == 4, "no monitors are started beforehand")
    spare = waiting()
    for pid in spare:
        os.kill(pid, signal.SIGSTOP)
    # The signal takes hold when the process is next scheduled.
    until(lambda: all(Path(f"/proc/{pid}/stat").read_text().split()[2] == "T" for pid in spare), "they do not stop")
    try:
        for _ in range(len(spare) + 2):
            assert engine.out("echo on") == "on"
        until(lambda: not any(lives(pid) for pid in spare), "the stopped ones are kept")
    finally:
        for pid in spare:
            if lives(pid):
                os.kill(pid, signal.SIGCONT)


def test_container_whose_monitor_is_dead_has_no_socket_to_come_back(own_engine):
    """A process that outlives its monitor is ended, as ever: nobody holds its streams."""
    engine = own_engine()
    container = engine.run("sleep", "600")
    pid, monitor = engine.pid(container), monitor_of(engine, container)
    engine.daemon.kill()
    socket_of(engine, container).unlink()
    os.kill(monitor, signal.SIGKILL)
    engine.daemon.start()
    state = engine.inspect(container)["State"]
    assert state["Status"] == "exited" and "monitor" in state["Error"]
    assert not lives(pid)


def test_number_that_another_process_has_now_is_left_alone(own_engine):
    """Of a container that is gone, and whose number in the database is somebody else's process."""
    import sqlite3
    import subprocess

    engine = own_engine()
    container = engine.run("sleep", "600")
    pid = engine.pid(container)
    engine.daemon.kill()
    os.kill(monitor_of_pid(pid), signal.SIGKILL)
    stranger = subprocess.Popen(["sleep", "600"])
    try:
        with sqlite3.connect(engine.daemon.data_root / "berth.db") as database:
            (state,) = database.execute("SELECT state FROM containers").fetchone()
            changed = state.replace(f'"pid":{pid}'.encode(), f'"pid":{stranger.pid}'.encode())
            assert changed != state
            database.execute("UPDATE containers SET state = ?", (changed,))
        database.close()
        engine.daemon.start()
        assert engine.inspect(container)["State"]["Status"] == "exited"
        assert engine.api.delete(f"/containers/{container}", force="1").status == 204
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def monitor_of_pid(pid):
    with open(f"/proc/{pid}/status") as status:
        return int(next(line.split()[1] for line in status if line.startswith("PPid:")))


@pytest.fixture
def long_engine(base, archive):
    """An engine whose sockets have paths that fit into no address (108 bytes)."""
    from harness.engine import Engine

    engine = Engine(f"bt{os.getpid()}long", base)
    engine.daemon.exec_root = engine.daemon.root / ("long-" * 12) / "exec"
    engine.daemon.start()
    engine.load(archive)
    yield engine
    assert len(str(socket_of(engine, "0" * 64))) > 130
    left = engine.close()
    assert not left, left


def test_ending_containers_give_no_errors_with_long_paths(long_engine):
    """Stop, kill and restart, with a container that ends just then: done, not needed or a conflict."""
    engine = long_engine
    container = engine.create("sleep", "600")
    seen = []

    def ask(path, delay, **query):
        time.sleep(delay)
        seen.append((path, engine.api.post(f"/containers/{container}/{path}", **query)))

    for round in range(25):
        engine.api.post(f"/containers/{container}/start")
        asking = [threading.Thread(target=ask, args=(path, delay / 1000), kwargs=query) for path, delay, query in [
            ("kill", 0, {}), ("kill", round % 12, {}), ("stop", (round * 5) % 12, {"t": "0"}),
            ("kill", (round * 7) % 12, {"signal": "TERM"})]]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
    assert {answer.status for _, answer in seen} <= {204, 304, 409}, [each for each in seen if each[1].status >= 500]


def test_restart_of_an_ending_container_leaves_it_running(long_engine):
    engine = long_engine
    container = engine.run("sleep", "600")
    for _ in range(15):
        killer = threading.Thread(target=engine.api.post, args=(f"/containers/{container}/kill",))
        killer.start()
        answer = engine.api.post(f"/containers/{container}/restart", t="0")
        killer.join()
        assert answer.status == 204, answer
        # The kill may have come after the restart.
        engine.api.post(f"/containers/{container}/start")
        assert engine.inspect(container)["State"]["Running"]


def test_socket_that_is_lost_behind_a_long_path_comes_back(long_engine):
    engine = long_engine
    container = engine.run("sh", "-c", "while :; do echo on; sleep 0.02; done")
    engine.daemon.kill()
    socket_of(engine, container).unlink()
    engine.daemon.start()
    with engine.api.hijack(f"/containers/{container}/attach", stream="1", stdout="1") as stream:
        assert stream.read_exactly(9)
