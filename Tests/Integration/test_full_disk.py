"""A disk that is full: the error says so, and nothing is left half made."""

import os
import signal
import sqlite3

import pytest
from harness import leaks
from harness.disk import empty, fill, fill_inodes, take_reserve
from harness.load import GONE
from harness.waiting import until


def test_full_disk_on_create(small):
    before = leaks.files(small.daemon)
    fill(small)
    answer = small.api.post("/containers/create", {"Image": "busybox", "Cmd": ["true"]}, name="too-much")
    assert answer.status == 500 or small.daemon.name == "berthd" and answer.status == 507, answer
    assert "no space left on device" in answer.message.lower() or "disk is full" in answer.message.lower()
    empty(small)
    assert small.api.get("/containers/too-much/json").status == 404
    assert small.api.get("/containers/json", all="1").json == []
    assert not leaks.files(small.daemon) - before
    assert small.out("echo well again", name="too-much") == "well again"


def test_full_disk_on_load(small, tmp_path):
    from harness import image

    layer = image.Layer()
    layer.file("big", os.urandom(30 << 20))
    archive = image.archive(tmp_path / "big.tar", [(["big:1"], [layer.finish()], {})])
    before = leaks.files(small.daemon)
    answer = small.api.post("/images/load", archive.read_bytes(), quiet="1")
    assert b"no space left on device" in answer.body.lower()
    assert small.api.get("/images/big:1/json").status == 404
    assert not {path for path in leaks.files(small.daemon) - before if "tmp" not in path}
    assert small.out("echo well again") == "well again"


# Removal

def reserve(engine):
    return sorted(file.name for file in (engine.daemon.data_root / "reserve").iterdir())


def world(engine):
    """One of each thing that can be removed."""
    engine.network("full", "10.94.1.0/24")
    engine.network("idle", "10.94.2.0/24")
    for volume in ("used", "unused"):
        assert engine.api.post("/volumes/create", {"Name": volume}).status == 201
    engine.run("sleep", "600", name="busy", ExposedPorts={"80/tcp": {}}, host={
        "NetworkMode": "full", "Binds": ["used:/data"], "PortBindings": {"80/tcp": [{"HostPort": "8080"}]}},
        NetworkingConfig={"EndpointsConfig": {"full": {"IPAMConfig": {"IPv4Address": "10.94.1.9"}}}})
    engine.create("true", name="idle", host={"Binds": ["/anonymous"]})
    engine.wait(engine.run("true", name="once"))


def remove_all(engine):
    """Each way to remove something, with its status."""
    asked = [
        ("POST", "/networks/full/disconnect", {"Container": "busy"}, {}, 200),
        ("POST", "/containers/busy/stop", None, {"t": "0"}, 204),
        ("DELETE", "/containers/idle", None, {"v": "1"}, 204),
        ("POST", "/containers/prune", None, {}, 200),
        ("DELETE", "/networks/idle", None, {}, 204),
        ("POST", "/networks/prune", None, {}, 200),
        ("DELETE", "/volumes/unused", None, {}, 204),
        ("DELETE", "/volumes/used", None, {}, 204),
        ("DELETE", "/images/fixture", None, {}, 200),
        ("DELETE", "/images/busybox", None, {"force": "1"}, 200),
        ("POST", "/images/prune", None, {}, 200),
    ]
    for method, path, body, query, status in asked:
        answer = engine.api.request(method, path, body, **query)
        assert answer.status == status, (method, path, answer)
    assert engine.api.get("/containers/json", all="1").json == []
    assert {each["Name"] for each in engine.api.get("/networks").json} == {"bridge", "host", "none"}
    assert not engine.api.get("/volumes").json["Volumes"]
    assert engine.api.get("/images/json").json == []


def still_works(engine):
    empty(engine)
    until(lambda: len(reserve(engine)) == 16, "the reserve is not made again")
    engine.load(engine.archive)
    world(engine)
    assert engine.inspect("busy")["NetworkSettings"]["Networks"]["full"]["IPAddress"] == "10.94.1.9"


@pytest.mark.berthd
@pytest.mark.parametrize("filled", [fill, fill_inodes], ids=["no-space", "no-inode"])
@pytest.mark.parametrize("again", ["", "killed", "stopped"])
def test_everything_can_be_removed_on_a_full_disk(small, filled, again):
    world(small)
    filled(small)
    if again == "killed":
        small.daemon.kill()
    elif again == "stopped":
        assert small.daemon.stop() == 0
        filled(small)
    if again:
        small.daemon.start()
        assert small.inspect("busy")["State"]["Running"]
    remove_all(small)
    still_works(small)


@pytest.mark.berthd
def test_container_that_filled_the_disk_can_be_removed(small):
    hog = small.run("sleep", "600")
    status, _, said = small.execute(hog, "dd", "if=/dev/zero", "of=/x", "bs=64k")
    assert status and "No space left" in said
    small.remove(hog, force="1")
    until(lambda: not disk_is_full(small), "its space is not free")
    assert small.out("echo well again") == "well again"


def disk_is_full(engine):
    return os.statvfs(engine.daemon.data_root).f_bavail == 0


@pytest.mark.berthd
def test_containers_can_be_removed_when_another_one_takes_every_block(small):
    """Nothing can be written down any more, before the tree of the one that goes has made room."""
    for name in ("first", "second"):
        small.run("sh", "-c", "dd if=/dev/zero of=/x bs=64k count=32 2>/dev/null; echo written; sleep 600", name=name)
        until(lambda: small.logs(name)[0] == "written\n", "not written")
    # It begins when its start is written down.
    hog = small.run("sh", "-c", "trap 'while :; do dd if=/dev/zero bs=64k >> /x 2>/dev/null; done' TERM; "
                    "while :; do sleep 0.02; done")
    small.await_trap(hog, signal.SIGTERM)
    os.kill(small.pid(hog), signal.SIGTERM)
    until(lambda: disk_is_full(small), "not full")
    take_reserve(small)
    for name in ("first", "second", hog):
        small.remove(name, force="1")
    until(lambda: not disk_is_full(small), "no room again")
    empty(small)
    assert small.api.get("/containers/json", all="1").json == []
    assert small.out("echo well again") == "well again"


@pytest.mark.berthd
def test_removal_that_only_the_trash_tells_of_is_finished_after_a_restart(small):
    """Ended between the moving away of the container's tree, on a disk too full for more, and anything else."""
    small.run("sleep", "600", name="bystander")
    container = small.create("true", name="going", host={"Binds": ["/anonymous"]})
    volumes = {each["Name"] for each in small.api.get("/volumes").json["Volumes"] or []}
    small.daemon.kill()
    data = small.daemon.data_root
    os.rename(data / "containers" / container, data / "trash" / f"{container}.removing-with-volumes.kept")
    small.daemon.start()
    assert small.api.get("/containers/going/json").status == 404
    assert not [each for each in small.api.get("/volumes").json["Volumes"] or [] if each["Name"] in volumes]
    assert small.inspect("bystander")["State"]["Running"]
    until(lambda: not list((data / "trash").iterdir()), "the trash is not emptied")


@pytest.mark.berthd
@pytest.mark.parametrize("point", ["remove.trashed", "remove.layer", "remove.forgotten"])
@pytest.mark.parametrize("emptied", [True, False], ids=["room again", "still full"])
def test_removal_on_a_full_disk_that_is_killed_is_finished(small, point, emptied):
    small.run("sleep", "600", name="bystander")
    container = small.create("true", name="going", host={"Binds": ["/anonymous"]})
    small.daemon.stop()
    small.daemon.start({"BERTH_CRASH_AT": point})
    fill(small)
    take_reserve(small)
    # The database's log has room of its own for some rows.
    until(lambda: small.api.post("/volumes/create", {}).status == 500, "something can still be written down")
    with pytest.raises(GONE):
        small.api.delete(f"/containers/{container}", v="1")
    assert small.daemon.wait() == -signal.SIGKILL
    if emptied:
        empty(small)
    small.daemon.start()
    assert small.api.get("/containers/going/json").status == 404
    empty(small)
    assert small.inspect("bystander")["State"]["Running"]
    assert small.out("echo the name is free", name="going") == "the name is free"
    until(lambda: not list((small.daemon.data_root / "trash").iterdir()), "the trash is not emptied")
    until(lambda: rows(small, "containers") == 1, "not forgotten")


# Ends that could not be written down

def ports_and_address(engine, name):
    return engine.create(
        "sleep", "600", name=name, ExposedPorts={"80/tcp": {}},
        host={"NetworkMode": "full", "PortBindings": {"80/tcp": [{"HostPort": "8080"}]}},
        NetworkingConfig={"EndpointsConfig": {"full": {"IPAMConfig": {"IPv4Address": "10.94.1.9"}}}})


@pytest.mark.berthd
@pytest.mark.parametrize("end", ["stopped", "ended by itself"])
@pytest.mark.parametrize("next_one", ["the same", "another", "behind"])
def test_end_on_a_full_disk_frees_port_and_address(small, end, next_one):
    small.network("full", "10.94.1.0/24")
    first, second = ports_and_address(small, "first"), ports_and_address(small, "second")
    small.start(first)
    fill(small)
    take_reserve(small)
    if end == "stopped":
        small.stop(first)
    else:
        os.kill(small.pid(first), 9)
        small.wait(first)
    assert small.inspect(first)["State"]["Status"] == "exited"
    if next_one == "behind":
        assert rows(small, "endpoints") == 1
        empty(small)
        until(lambda: rows(small, "endpoints") == 0, "not forgotten")
        strays = "owner != '' AND owner NOT IN (SELECT id FROM networks)"
        until(lambda: rows(small, "driver_state", strays) == 0, "not forgotten")
        small.daemon.kill()
        small.daemon.start()
        assert small.inspect(first)["State"]["ExitCode"] == 137
        assert "monitor" not in small.inspect(first)["State"]["Error"]
    empty(small)
    small.start(first if next_one == "the same" else second)


def test_exit_code_is_kept_on_a_full_disk_while_no_daemon_runs(small):
    container = small.run("sh", "-c", "trap 'exit 7' TERM; while :; do sleep 1; done", name="alone")
    pid = small.pid(container)
    until(lambda: os.path.exists(small.daemon.data_root / "containers" / container / "exit.new"), "no room was taken")
    small.daemon.kill()
    fill(small)
    take_reserve(small)
    os.kill(pid, signal.SIGTERM)
    until(lambda: not os.path.exists(f"/proc/{pid}"), "did not end")
    empty(small)
    small.daemon.start()
    until(lambda: small.inspect(container)["State"]["Status"] == "exited", "not ended")
    assert small.inspect(container)["State"]["ExitCode"] == 7
    assert not os.path.exists(small.daemon.data_root / "containers" / container / "exit.new")


def rows(engine, table, where="1"):
    with sqlite3.connect(f"file:{engine.daemon.data_root}/berth.db?mode=ro", uri=True) as database:
        (count,) = database.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()
    database.close()
    return count


@pytest.mark.berthd
def test_auto_removal_on_a_full_disk_is_made_up_for(small):
    container = small.run("sleep", "600", name="going", host={"AutoRemove": True})
    fill(small)
    take_reserve(small)
    small.stop(container)
    empty(small)
    until(lambda: small.api.get("/containers/going/json").status == 404, "still there")
    assert small.out("echo the name is free", name="going") == "the name is free"


@pytest.mark.berthd
def test_create_that_failed_on_a_full_disk_leaves_its_name_free(small):
    for name in ("one", "two", "three"):
        fill(small)
        assert small.api.post("/containers/create", {"Image": "busybox"}, name=name).status == 500
        assert small.api.post("/networks/create", {"Name": name}).status in (201, 500)
        small.api.delete(f"/networks/{name}")
        empty(small)
        small.remove(small.create("true", name=name))
        small.network(name)


@pytest.mark.berthd
def test_killed_on_a_full_disk_loses_nothing(small):
    world(small)
    kept = {each["Id"]: each["State"] for each in small.api.get("/containers/json", all="1").json}
    for emptied in (False, True):
        fill(small)
        small.api.post("/containers/create", {"Image": "busybox"}, name="too-much")
        small.daemon.kill()
        if emptied:
            empty(small)
        small.daemon.start()
        assert {each["Id"]: each["State"] for each in small.api.get("/containers/json", all="1").json} == kept
    assert small.execute("busy", "echo", "on") == (0, "on\n", "")
