"""`--rm`: whatever ends or stops such a container before it ran, it goes; a restart alone keeps it."""

import os
import signal
import time

import pytest
from harness.waiting import until


def is_gone(engine, container, seconds=5):
    deadline = time.monotonic() + seconds
    while engine.api.get(f"/containers/{container}/json").status != 404:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_restart_keeps_it(engine):
    container = engine.run("sleep", "60", host={"AutoRemove": True})
    before = engine.pid(container)
    assert engine.api.post(f"/containers/{container}/restart", t="0").status == 204
    state = engine.inspect(container)["State"]
    assert state["Running"] and state["Pid"] != before
    engine.stop(container)
    assert is_gone(engine, container)


def test_start_on_a_network_that_is_not_there_removes_it(engine):
    container = engine.create("true", host={"AutoRemove": True, "NetworkMode": "nosuch"})
    assert engine.api.post(f"/containers/{container}/start").status == 404
    assert is_gone(engine, container)


def test_start_on_the_network_of_a_removed_container_removes_it(engine):
    owner = engine.create("true")
    container = engine.create("true", host={"AutoRemove": True, "NetworkMode": f"container:{owner}"})
    engine.remove(owner)
    answer = engine.api.post(f"/containers/{container}/start")
    assert answer.status in ((404,) if engine.daemon.name == "berthd" else (404, 409, 500)), answer
    assert "No such container" in answer.message
    assert is_gone(engine, container)


@pytest.mark.berthd
def test_crash_between_its_end_and_its_removal_removes_it(own_engine):
    engine = own_engine(environment={"BERTH_CRASH_AT": "exit.written"})
    container = engine.run("sleep", "0.3", host={"AutoRemove": True}, Volumes={"/data": {}})
    engine.daemon.wait(10)
    engine.daemon.start()
    assert is_gone(engine, container)
    assert not engine.api.get("/volumes").json["Volumes"]


@pytest.mark.berthd
def test_removal_that_crashes_twice_takes_the_volumes_too(own_engine):
    engine = own_engine()
    container = engine.run("true", Volumes={"/data": {}})
    engine.wait(container)
    engine.daemon.stop()
    engine.daemon.start({"BERTH_CRASH_AT": "remove.marked"})
    with pytest.raises(Exception):
        engine.remove(container, v="1")
    engine.daemon.wait(10)
    engine.daemon.spawn({"BERTH_CRASH_AT": "remove.layer"})
    assert engine.daemon.wait(10) == -9
    engine.daemon.start()
    assert is_gone(engine, container)
    assert not engine.api.get("/volumes").json["Volumes"]


@pytest.mark.berthd
def test_its_volume_stays_for_those_who_share_it(own_engine):
    engine = own_engine()
    first = engine.run("sh", "-c", "echo precious > /data/file; trap 'exit 0' TERM; while :; do sleep 0.02; done",
                       Volumes={"/data": {}}, host={"AutoRemove": True})
    sharing = [engine.create("cat", "/data/file", host={"VolumesFrom": [first]}) for _ in range(4)]
    engine.await_trap(first, signal.SIGTERM)
    pid = engine.pid(first)
    engine.daemon.kill()
    os.kill(pid, signal.SIGTERM)
    until((engine.daemon.data_root / "containers" / first / "exit").exists, "its end is not written down")
    engine.daemon.start()
    assert is_gone(engine, first)
    for container in sharing:
        engine.start(container)
        assert engine.wait(container) == 0
        assert engine.logs(container)[0] == "precious\n"
