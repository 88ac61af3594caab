"""What a daemon finds when it starts: monitors and drivers that do not answer, and steps that were half done."""

import json
import os
import signal
import socket
import subprocess
import threading
import time

import pytest
from harness import leaks
from harness.daemon import Berthd
from harness.plugin import VolumePlugin
from harness.waiting import lives, until

pytestmark = pytest.mark.berthd


def describe(engine, name, path, milliseconds):
    (engine.daemon.plugins / f"{name}.json").write_text(json.dumps(
        {"name": name, "kinds": ["volume"], "socket": str(path), "timeout-ms": milliseconds}))


@pytest.fixture
def plugged(own_engine, tmp_path):
    """An engine with a volume plugin `remote`, each of whose calls has a second."""
    engine = own_engine(start=False)
    path = engine.daemon.root / "plugin.sock"
    describe(engine, "remote", path, 1000)
    with VolumePlugin(path, tmp_path / "volumes") as plugin:
        engine.daemon.start()
        engine.load(engine.archive)
        assert engine.api.post("/volumes/create", {"Name": "afar", "Driver": "remote"}).status == 201
        yield engine, plugin
        plugin.hang.clear()
        engine.clear()


def test_stopped_containers_bother_no_driver(plugged):
    engine, plugin = plugged
    for _ in range(3):
        engine.out("true", host={"Binds": ["afar:/data"]})
    container = engine.run("true", host={"Binds": ["afar:/data"]})
    engine.wait(container)
    engine.daemon.kill()
    plugin.calls.clear()
    plugin.hang.add("VolumeDriver.Unmount")
    engine.daemon.start()
    assert "VolumeDriver.Unmount" not in plugin.calls
    assert engine.inspect(container)["State"]["Status"] == "exited"


def test_driver_that_hangs_does_not_hold_up_the_start(plugged):
    engine, plugin = plugged
    containers = [
        engine.run("sh", "-c", "trap 'exit 3' TERM; while :; do sleep 0.02; done", host={"Binds": ["afar:/data"]})
        for _ in range(8)]
    pids = [engine.pid(container) for container in containers]
    for container in containers:
        engine.await_trap(container, signal.SIGTERM)
    engine.daemon.kill()
    for pid in pids:
        os.kill(pid, signal.SIGTERM)
    for container, pid in zip(containers, pids):
        until(lambda: not lives(pid), "it does not end")
        until((engine.daemon.data_root / "containers" / container / "exit").exists, "its end is not written down")
    plugin.hang.add("VolumeDriver.Unmount")
    assert engine.daemon.start() < 6
    for container in containers:
        state = engine.inspect(container)["State"]
        assert (state["Status"], state["ExitCode"]) == ("exited", 3)
    assert engine.out("echo fine") == "fine"


def test_monitor_that_does_not_answer_leaves_its_container_running(own_engine):
    engine = own_engine()
    container = engine.run("sleep", "60")
    pid = engine.pid(container)
    folder = engine.daemon.exec_root / "containers" / container
    engine.daemon.kill()
    os.rename(folder / "monitor.sock", folder / "away.sock")
    # The path is too long for an address, its directory's descriptor is not.
    directory = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
        other.bind(f"/proc/self/fd/{directory}/monitor.sock")
        os.close(directory)
        engine.daemon.start()
        state = engine.inspect(container)["State"]
        assert (state["Running"], state["Pid"]) == (True, pid)
        os.rename(folder / "away.sock", folder / "monitor.sock")
    os.kill(pid, 9)
    assert engine.wait(container) == 137


def freeze(engine, container):
    """Freezes a container's cgroup as a daemon does that dies before it has written that down."""
    parent = engine.daemon.cgroup_parent.lstrip("/")
    for top, name, word in ((leaks.CGROUPS, "cgroup.freeze", "1"), (leaks.CGROUPS / "freezer", "freezer.state", "FROZEN")):
        file = top / parent / container / name
        if file.exists():
            file.write_text(word)
            return
    pytest.skip("no freezer")


def test_container_that_was_frozen_meanwhile_is_paused(own_engine):
    engine = own_engine()
    container = engine.run("sleep", "60")
    made = engine.api.post(f"/containers/{container}/exec", {"Cmd": ["true"]}).json["Id"]
    assert engine.api.post(f"/containers/{container}/pause").status == 204
    answer = engine.api.post(f"/exec/{made}/start", {"Detach": True})
    assert answer.status == 409 and "is paused, unpause the container before exec" in answer.message
    assert engine.api.post(f"/containers/{container}/unpause").status == 204

    engine.daemon.kill()
    freeze(engine, container)
    engine.daemon.start()
    assert engine.inspect(container)["State"]["Status"] == "paused"
    assert engine.api.post(f"/containers/{container}/unpause").status == 204
    assert engine.execute(container, "echo", "awake") == (0, "awake\n", "")


@pytest.mark.parametrize("point", ["connect.made", "disconnect.made"])
def test_half_a_change_of_networks_leaves_a_running_container_whole(own_engine, point):
    engine = own_engine(environment={"BERTH_CRASH_AT": point})
    engine.network("further", "10.93.1.0/24")
    container = engine.run("sleep", "60", host={"NetworkMode": "bridge"})
    body = {"Container": container}
    with pytest.raises(Exception):
        assert engine.api.post("/networks/further/connect", body).status == 200
        engine.api.post("/networks/further/disconnect", body)
    engine.daemon.wait(10)
    engine.daemon.start()
    assert set(engine.inspect(container)["NetworkSettings"]["Networks"]) == {"bridge"}
    deadline = time.monotonic() + 3
    while len(links := engine.execute(container, "ip", "-o", "link")[1].splitlines()) > 2:
        assert time.monotonic() < deadline, links
    assert "eth0" in links[1]
    assert "default via" in engine.execute(container, "ip", "route")[1]
    assert engine.api.post("/networks/further/connect", body).status == 200
    assert "10.93.1." in engine.execute(container, "ip", "address", "show", "eth1")[1]
    assert engine.api.post("/networks/further/disconnect", body).status == 200
    assert engine.api.delete("/networks/further").status == 204


def test_second_daemon_in_the_same_network_namespace_is_refused(own_engine, tmp_path):
    engine = own_engine(images=False)
    second = Berthd(tmp_path / "second", engine.daemon.netns)
    done = subprocess.run(["nsenter", f"--net={engine.daemon.netns.path}", *second.command()],
                          capture_output=True, text=True, timeout=20)
    assert done.returncode != 0
    assert "another berthd runs in this network namespace" in done.stdout + done.stderr
    assert engine.daemon.answers()


def test_orderly_stop_of_the_daemon_turns_no_stop_into_a_kill(own_engine):
    engine = own_engine()
    container = engine.run("sh", "-c", "trap 'echo asked' TERM; while :; do sleep 0.05; done")
    engine.await_trap(container, signal.SIGTERM)

    def stop():
        try:
            engine.api.post(f"/containers/{container}/stop", t="60")
        except Exception:
            pass  # the daemon closes the connection

    stopping = threading.Thread(target=stop)
    stopping.start()
    deadline = time.monotonic() + 5
    while "asked" not in engine.logs(container)[0]:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert engine.daemon.stop() == 0
    stopping.join(10)
    engine.daemon.start()
    assert engine.inspect(container)["State"]["Running"]
