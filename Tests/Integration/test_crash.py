"""SIGKILL at every point that the daemon names: after a restart nothing may leak, and running containers live on."""

import os
import sqlite3
import subprocess
import time

import pytest
from harness import database, image, leaks
from harness.daemon import chosen
from harness.waiting import until

pytestmark = pytest.mark.berthd


def points():
    if chosen().name != "berthd":
        return []
    from harness.daemon import Berthd
    from harness.netns import Netns

    try:
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            return Berthd(folder, Netns("")).crash_points()
    except (OSError, ValueError):
        return ["berthd is not built"]


#: A recovery's crash points, each with the point at which the daemon before was ended: there is something to recover.
RECOVERIES = [
    ("recover.read", "start.launched"), ("recover.containers", "start.launched"), ("recover.containers", "remove.layer"),
    ("recover.kernel", "exit.unpublished"), ("recover.unfinished", "network.made"),
    ("recover.unfinished", "volume.remove-written"), ("recover.networks", "start.endpoint-made"),
    ("recover.disk", "image.stored"),
]
#: Passed on a full disk alone: test_full_disk.py.
ON_A_FULL_DISK = {"remove.trashed"}


def everything(engine):
    """One of each operation that changes the world; it ends where the daemon does."""
    def ask(method, path, body=None, **query):
        return engine.api.request(method, path, body, **query).json

    try:
        ask("POST", "/networks/create", {"Name": "crash", "IPAM": {"Config": [{"Subnet": "10.92.0.0/24"}]}})
        ask("POST", "/volumes/create", {"Name": "crash"})
        ask("POST", "/containers/create", {
            "Image": "fixture", "Entrypoint": ["sleep", "60"], "Cmd": [], "User": "0", "ExposedPorts": {"80/tcp": {}},
            "HostConfig": {"NetworkMode": "crash", "Binds": ["crash:/seed"],
                           "PortBindings": {"80/tcp": [{"HostPort": "8080"}]}}}, name="crash")
        ask("POST", "/containers/crash/start")
        exec_id = ask("POST", "/containers/crash/exec", {"Cmd": ["true"]})["Id"]
        ask("POST", f"/exec/{exec_id}/start", {"Detach": True})
        while ask("GET", f"/exec/{exec_id}/json")["Running"]:
            time.sleep(0.01)
        ask("POST", "/containers/crash/pause")
        ask("POST", "/containers/crash/unpause")
        ask("POST", "/networks/bridge/connect", {"Container": "crash"})
        ask("POST", "/networks/bridge/disconnect", {"Container": "crash"})
        ask("POST", "/containers/crash/stop", t="0")
        ask("DELETE", "/containers/crash", v="1")
        ask("DELETE", "/networks/crash")
        ask("DELETE", "/volumes/crash")
        engine.load(engine.small_image)
        ask("POST", "/images/crash:1/tag", repo="crash", tag="2")
        ask("DELETE", "/images/crash:1")
        ask("DELETE", "/images/crash:2")
    except (OSError, EOFError, ValueError):
        return
    except Exception as error:  # http.client's words for a daemon that is gone
        assert type(error).__module__ == "http.client", error


def rows(engine):
    """How many rows each table holds, read from a copy of the database's own file."""
    with sqlite3.connect(f"file:{engine.daemon.data_root}/berth.db?mode=ro", uri=True) as opened:
        tables = [name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {table: opened.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] for table in tables}


@pytest.fixture(scope="module")
def crash_engine(base, archive):
    """One engine for all points, with a container that runs through all the crashes."""
    from harness.engine import Engine

    engine = Engine(f"bt{os.getpid()}crash", base)
    engine.daemon.start()
    engine.load(archive)
    layer = image.Layer()
    layer.file("small", b"small")
    engine.small_image = image.archive(base / "small.tar", [(["crash:1"], [layer.finish()], {})])
    engine.bystander = engine.run("sh", "-c", "i=0; while :; do echo $i; i=$((i+1)); sleep 0.05; done",
                                  name="bystander", host={"NetworkMode": "bridge"})
    # The sandbox that it took is made again in the background.
    deadline = time.monotonic() + 5
    while not any("network namespace" in path for path in leaks.mounts(engine.daemon)) and time.monotonic() < deadline:
        time.sleep(0.01)
    yield engine
    left = engine.close()
    assert not left, left


def await_crash(engine, point):
    try:
        engine.daemon.wait(30)
    except subprocess.TimeoutExpired:
        pytest.fail(f"the daemon did not pass {point}")
    assert engine.daemon.process.returncode == -9, engine.daemon.log_tail()


@pytest.mark.parametrize("point", sorted({*points()} - ON_A_FULL_DISK - {point for point, _ in RECOVERIES}))
def test_crash_leaves_nothing_and_harms_nobody(crash_engine, point):
    check_crashes(crash_engine, point)


@pytest.mark.parametrize("point,before", RECOVERIES)
def test_crash_of_a_recovery_leaves_nothing_and_harms_nobody(crash_engine, point, before):
    check_crashes(crash_engine, before, point)


def test_all_crash_points_of_recoveries_are_tried():
    assert {each for each in points() if each.startswith("recover.")} == {point for point, _ in RECOVERIES}


def check_crashes(engine, point, in_recovery=None):
    """Ends the daemon while everything is done, and again in its recovery; what is there afterwards is what was before."""
    before, rows_before = leaks.snapshot(engine.daemon), rows(engine)
    seen = engine.inspect(engine.bystander)

    engine.daemon.stop()
    engine.daemon.start({"BERTH_CRASH_AT": point})
    everything(engine)
    await_crash(engine, point)
    if in_recovery:
        engine.daemon.spawn({"BERTH_CRASH_AT": in_recovery})
        await_crash(engine, in_recovery)

    engine.daemon.start()
    after = engine.inspect(engine.bystander)
    assert after["State"]["Running"] and after["State"]["Pid"] == seen["State"]["Pid"]
    numbers = [int(line) for line in engine.logs(engine.bystander, tail="200")[0].split()]
    assert numbers == list(range(numbers[0], numbers[-1] + 1))

    # What a client can see again it can also use or remove.
    known = {each["Names"][0] for each in engine.api.get("/containers/json", all="1").json}
    if "/crash" in known:
        if engine.inspect("crash")["State"]["Paused"]:
            assert engine.api.post("/containers/crash/unpause").status == 204
        answer = engine.api.post("/containers/crash/start")
        assert answer.status in (204, 304), answer
        # Its port leads to it, also where it was just going from one endpoint to another.
        addresses = {each["IPAddress"] for each in engine.inspect("crash")["NetworkSettings"]["Networks"].values()}
        until(lambda: [value.split(" . ")[0] in addresses for name, key, value, _ in leaks.elements(engine.daemon)
                       if name == "published" and key.endswith(" . 8080")] == [True], "its port is not published")
        assert engine.inspect("crash")["NetworkSettings"]["Ports"]["80/tcp"] == [
            {"HostIp": address, "HostPort": "8080"} for address in ("0.0.0.0", "::")]
        engine.remove("crash", force="1", v="1")
    assert engine.api.delete("/networks/crash").status in (204, 404)
    assert engine.api.delete("/volumes/crash").status in (204, 404)
    for tag in ("crash:1", "crash:2"):
        assert engine.api.delete(f"/images/{tag}").status in (200, 404)
    left = leaks.left_behind(engine.daemon, before)
    assert not left, left
    database.await_second_copy(engine)
    now = rows(engine)
    assert {table: count for table, count in now.items() if count > rows_before.get(table, 0) and "event" not in table} == {}
