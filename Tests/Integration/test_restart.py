"""Containers outlive the daemon: SIGKILL, an orderly stop, and the death of a monitor."""

import os
import signal
import time

import pytest
from harness import leaks
from harness.servers import Server, http_reply
from harness.waiting import until

pytestmark = pytest.mark.berthd


@pytest.fixture(params=["killed", "stopped"])
def restart(request, own_engine):
    """An engine and what ends and starts its daemon again, with SIGKILL or in order."""
    engine = own_engine()

    def again():
        if request.param == "killed":
            engine.daemon.kill()
        else:
            assert engine.daemon.stop() == 0
        engine.daemon.start()

    return engine, again


def test_container_runs_on_and_its_log_has_no_gap(restart):
    engine, again = restart
    container = engine.run("sh", "-c", "i=0; while :; do echo $i; i=$((i+1)); sleep 0.01; done")
    before = engine.inspect(container)
    until(lambda: len(engine.logs(container)[0].split()) > 10, "no lines")
    again()
    count = len(engine.logs(container)[0].split())
    until(lambda: len(engine.logs(container)[0].split()) > count + 10, "no further lines")
    after = engine.inspect(container)
    assert after["State"]["Running"]
    for field in ("Pid", "StartedAt"):
        assert after["State"][field] == before["State"][field]
    assert after["NetworkSettings"] == before["NetworkSettings"]
    numbers = [int(line) for line in engine.logs(container)[0].split()]
    assert numbers == list(range(len(numbers))) and len(numbers) > 20


def test_attach_exec_stop_and_wait_work_again(restart):
    engine, again = restart
    container = engine.run("sh", OpenStdin=True, Tty=True, Env=["PS1=ready> "])
    again()
    with engine.api.hijack(f"/containers/{container}/attach", stream="1", stdin="1", stdout="1") as stream:
        stream.write(b"echo $((40 + 2))\n")
        stream.read_until(b"\n42\r\n")
        assert engine.api.post(f"/containers/{container}/resize", h="33", w="101").status == 200
        stream.write(b"stty size\n")
        stream.read_until(b"33 101\r\n")
    assert engine.execute(container, "echo", "hi") == (0, "hi\n", "")
    engine.stop(container)
    assert engine.wait(container) == 137


def end_while_away(engine, container):
    """Has a container end while no daemon runs, and starts one."""
    pid = engine.pid(container)
    engine.daemon.kill()
    os.kill(pid, signal.SIGTERM)
    until((engine.daemon.data_root / "containers" / container / "exit").exists, "its end is not written down")
    engine.daemon.start()


def test_exit_while_the_daemon_is_away_is_found(own_engine):
    engine = own_engine()
    container = engine.run("sh", "-c", "trap 'echo last words; exit 23' TERM; while :; do sleep 0.02; done",
                           host={"NetworkMode": "bridge"})
    engine.await_trap(container, signal.SIGTERM)
    end_while_away(engine, container)
    assert engine.wait(container) == 23
    state = engine.inspect(container)["State"]
    assert (state["Status"], state["ExitCode"]) == ("exited", 23)
    assert engine.logs(container)[0] == "last words\n"


def test_auto_remove_happens_for_an_exit_while_away(own_engine):
    engine = own_engine()
    container = engine.run("sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.02; done", host={"AutoRemove": True})
    engine.await_trap(container, signal.SIGTERM)
    end_while_away(engine, container)
    deadline = time.monotonic() + 5
    while engine.api.get(f"/containers/{container}/json").status != 404:
        assert time.monotonic() < deadline, "still there"
        time.sleep(0.05)


def test_network_goes_on_while_the_daemon_is_away(own_engine):
    engine = own_engine()
    engine.network("own", "10.91.1.0/24")
    container = engine.run("sleep", "60", ExposedPorts={"80/tcp": {}}, host={
        "NetworkMode": "own", "PortBindings": {"80/tcp": [{"HostPort": "8080"}]}})
    with Server(engine.netns_of(container), 80, http_reply("on and on")):
        engine.daemon.kill()
        assert engine.lan.outside.fetch(engine.lan.HOST, 8080)[1] == b"on and on"
        assert engine.lan.host.fetch("127.0.0.1", 8080)[1] == b"on and on"
        engine.daemon.start()
        assert engine.lan.outside.fetch(engine.lan.HOST, 8080)[1] == b"on and on"
    second = engine.create("true", ExposedPorts={"80/tcp": {}}, host={
        "NetworkMode": "own", "PortBindings": {"80/tcp": [{"HostPort": "8080"}]}})
    answer = engine.api.post(f"/containers/{second}/start")
    assert answer.status >= 400 and "port is already allocated" in answer.message
    third = engine.run("sleep", "60", host={"NetworkMode": "own"})
    assert engine.address(third, "own") != engine.address(container, "own")


def test_death_of_the_monitor_is_noticed_and_reported(own_engine):
    engine = own_engine()
    container = engine.run("sleep", "60", host={"NetworkMode": "bridge"})
    (monitor,) = [pid for pid in engine.daemon.companion_processes() if not engine.daemon.is_spare(pid)]
    os.kill(monitor, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while (state := engine.inspect(container)["State"])["Running"]:
        assert time.monotonic() < deadline, "not noticed"
        time.sleep(0.05)
    assert state["ExitCode"] == 255 or state["ExitCode"] == 137
    assert "monitor" in state["Error"]
    engine.start(container)
    assert engine.inspect(container)["State"]["Running"]


def test_death_of_the_monitor_while_the_daemon_is_away(own_engine):
    engine = own_engine()
    container = engine.run("sleep", "60", host={"NetworkMode": "bridge"})
    (monitor,) = [pid for pid in engine.daemon.companion_processes() if not engine.daemon.is_spare(pid)]
    engine.daemon.kill()
    os.kill(monitor, signal.SIGKILL)
    engine.daemon.start()
    state = engine.inspect(container)["State"]
    assert not state["Running"] and "monitor" in state["Error"]


def test_second_daemon_on_the_same_roots_is_refused(own_engine):
    engine = own_engine()
    import subprocess

    second = subprocess.run(["nsenter", f"--net={engine.daemon.netns.path}", *engine.daemon.command()],
                            capture_output=True, text=True, timeout=20)
    assert second.returncode != 0
    assert second.stderr or second.stdout
    assert engine.daemon.answers()


def test_fifty_containers_are_all_found_again(own_engine):
    engine = own_engine()
    containers = {engine.run("sleep", "600") for _ in range(50)}
    engine.daemon.kill()
    engine.daemon.start()
    assert {each["Id"] for each in engine.api.get("/containers/json").json} == containers


def test_stopped_daemon_without_containers_leaves_no_cgroup(own_engine):
    engine = own_engine()
    engine.remove(engine.run("sleep", "60"), force="1")
    engine.daemon.stop()
    parent = engine.daemon.cgroup_parent.lstrip("/")
    assert not [path for path in [leaks.CGROUPS, *leaks.CGROUPS.iterdir()] if (path / parent).exists()]
