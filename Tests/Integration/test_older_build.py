"""What an older build has left, and its monitors that run on: today's daemon takes both over."""

import functools
import os
import signal

import pytest
from harness import older
from harness.daemon import Berthd
from harness.servers import Server, http_reply
from harness.waiting import until

pytestmark = [pytest.mark.timeout(1800 if os.environ.get("BERTH_TEST_LONG") else 60), pytest.mark.berthd]


@pytest.fixture(scope="module")
def old_tree():
    return older.prefix(older.UNVERSIONED)


@pytest.fixture
def upgraded(old_tree, own_engine):
    """An engine of the old build, and what ends it and starts today's in its place."""
    engine = own_engine(daemon_class=functools.partial(Berthd, prefix=old_tree))

    def upgrade(end):
        if end == "killed":
            engine.daemon.kill()
        elif end == "stopped":
            assert engine.daemon.stop() == 0
        today = Berthd(engine.daemon.root, engine.daemon.netns, engine.daemon.options)
        today.cgroup_parent = engine.daemon.cgroup_parent
        engine.daemon = today
        today.start()

    engine.upgrade = upgrade
    return engine


ends = pytest.mark.parametrize("end", ["killed", "stopped"])


@ends
def test_running_container_goes_on_and_can_be_used(upgraded, end):
    engine = upgraded
    engine.network("own", "10.91.4.0/24")
    container = engine.run(
        "sh", "-c", "trap 'echo bye; exit 7' TERM; i=0; while :; do echo $i; i=$((i+1)); sleep 0.02; done", name="runs",
        ExposedPorts={"80/tcp": {}}, host={"NetworkMode": "own", "PortBindings": {"80/tcp": [{"HostPort": "8080"}]},
                                           "Binds": ["data:/data"]})
    engine.await_trap(container, signal.SIGTERM)
    before = engine.inspect(container)
    engine.upgrade(end)
    after = engine.inspect(container)
    assert after["State"]["Running"]
    for part in ("Pid", "StartedAt"):
        assert after["State"][part] == before["State"][part]
    for part in ("Config", "Mounts", "Name", "Image", "Created"):
        assert after[part] == before[part]
    assert engine.address(container, "own") == before["NetworkSettings"]["Networks"]["own"]["IPAddress"]
    with Server(engine.netns_of(container), 80, http_reply("old and new")):
        assert engine.lan.outside.fetch(engine.lan.HOST, 8080)[1] == b"old and new"
    assert engine.execute(container, "sh", "-c", "echo kept > /data/x; cat /data/x") == (0, "kept\n", "")
    count = len(engine.logs(container)[0].split())
    until(lambda: len(engine.logs(container)[0].split()) > count, "no further lines")
    engine.stop(container, 10)
    assert engine.wait(container) == 7
    lines = engine.logs(container)[0].split()
    assert lines == [str(number) for number in range(len(lines) - 1)] + ["bye"]
    engine.start(container)
    assert engine.inspect(container)["State"]["Running"]


@ends
def test_terminal_of_an_old_monitor_is_attached_and_resized(upgraded, end):
    engine = upgraded
    container = engine.run("sh", OpenStdin=True, Tty=True, Env=["PS1=ready> "])
    engine.upgrade(end)
    with engine.api.hijack(f"/containers/{container}/attach", stream="1", stdin="1", stdout="1") as stream:
        stream.write(b"echo $((40 + 2))\n")
        stream.read_until(b"\n42\r\n")
        assert engine.api.post(f"/containers/{container}/resize", h="33", w="101").status == 200
        stream.write(b"stty size\n")
        stream.read_until(b"33 101\r\n")
        stream.write(b"exit 9\n")
        assert engine.wait(container) == 9


def test_what_ended_while_no_daemon_ran_is_known_with_its_status(upgraded):
    engine = upgraded
    container = engine.run("sh", "-c", "trap 'exit 23' TERM; while :; do sleep 0.02; done")
    engine.await_trap(container, signal.SIGTERM)
    pid = engine.pid(container)
    engine.daemon.kill()
    os.kill(pid, signal.SIGTERM)
    until((engine.daemon.data_root / "containers" / container / "exit").exists, "its end is not written down")
    engine.upgrade("gone")
    assert engine.wait(container) == 23
    assert engine.inspect(container)["State"]["Status"] == "exited"


@ends
def test_all_that_was_made_is_there(upgraded, end):
    engine = upgraded
    engine.network("own", "10.91.5.0/24")
    kept = {
        "made": engine.create("true", name="made"), "ended": engine.run("sh", "-c", "exit 3", name="ended"),
        "frozen": engine.run("sleep", "600", name="frozen", host={"NetworkMode": "own"})}
    engine.wait(kept["ended"])
    assert engine.api.post(f"/containers/{kept['frozen']}/pause").status == 204
    assert engine.api.post("/volumes/create", {"Name": "named", "Labels": {"a": "b"}}).status == 201

    def world():
        return {
            "containers": {each["Id"]: (each["Names"], each["State"], each["Image"])
                           for each in engine.api.get("/containers/json", all="1").json},
            "networks": sorted((each["Id"], each["Name"], str(each["IPAM"])) for each in engine.api.get("/networks").json),
            "volumes": sorted((each["Name"], each["Mountpoint"], str(each["Labels"]))
                              for each in engine.api.get("/volumes").json["Volumes"]),
            "images": sorted((each["Id"], each["RepoTags"]) for each in engine.api.get("/images/json").json),
        }

    before = world()
    engine.upgrade(end)
    assert world() == before
    assert engine.inspect("ended")["State"]["ExitCode"] == 3
    assert engine.api.post(f"/containers/{kept['frozen']}/unpause").status == 204
    engine.start("made")
    assert engine.wait("made") == 0
    engine.stop("frozen")
    engine.start("frozen")
