"""Volumes of a driver behind a socket: whose they are, and what a driver that fails or hangs does to them."""

import json
import threading
import time

import pytest
from harness.plugin import VolumePlugin

pytestmark = pytest.mark.berthd

#: A mount of a volume, named or not, that is made by the driver `remote`.
REMOTE = {"Type": "volume", "Target": "/data", "VolumeOptions": {"DriverConfig": {"Name": "remote"}}}


@pytest.fixture
def plugged(own_engine, tmp_path):
    """An engine with a volume plugin `remote`, each of whose calls has a second and a half."""
    engine = own_engine(start=False)
    path = engine.daemon.root / "plugin.sock"
    (engine.daemon.plugins / "remote.json").write_text(json.dumps(
        {"name": "remote", "kinds": ["volume"], "socket": str(path), "timeout-ms": 1500}))
    with VolumePlugin(path, tmp_path / "volumes") as plugin:
        engine.daemon.start()
        engine.load(engine.archive)
        yield engine, plugin
        plugin.hang.clear()
        plugin.fail.clear()
        engine.clear()


def volumes(engine):
    return {each["Name"]: each["Driver"] for each in engine.api.get("/volumes").json["Volumes"] or []}


def until(holds, seconds=5):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


# Which driver


def test_volume_that_is_there_is_used_whatever_its_driver(plugged):
    engine, plugin = plugged
    assert engine.api.post("/volumes/create", {"Name": "afar", "Driver": "remote"}).status == 201
    again = engine.api.post("/volumes/create", {"Name": "afar"})
    assert (again.status, again.json["Driver"]) == (201, "remote")
    for host in ({"Binds": ["afar:/data"]}, {"Mounts": [{"Type": "volume", "Source": "afar", "Target": "/data"}]}):
        container = engine.create("touch", "/data/here", host=host)
        (mount,) = engine.inspect(container)["Mounts"]
        assert (mount["Name"], mount["Driver"]) == ("afar", "remote")
        engine.start(container)
        assert engine.wait(container) == 0
    assert (plugin.root / "afar/here").exists()
    assert volumes(engine) == {"afar": "remote"}


def test_driver_that_is_named_must_be_the_volumes_own(plugged):
    engine, _ = plugged
    assert engine.api.post("/volumes/create", {"Name": "near"}).json["Driver"] == "local"
    text = "driver 'local' already has volume 'near'"
    answer = engine.api.post("/volumes/create", {"Name": "near", "Driver": "remote"})
    assert answer.status == 409 and text in answer.message
    for host in ({"Mounts": [{**REMOTE, "Source": "near"}]}, {"Binds": ["near:/data"], "VolumeDriver": "remote"}):
        answer = engine.api.post("/containers/create", {"Image": "busybox", "Cmd": ["true"], "HostConfig": host})
        assert answer.status == 409 and text in answer.message
    assert volumes(engine) == {"near": "local"}


# A driver that hangs


def test_driver_that_hangs_holds_up_no_other_volume(plugged):
    engine, plugin = plugged
    plugin.hang.add("VolumeDriver.Create")
    result = {}
    asking = threading.Thread(target=lambda: result.update(
        answer=engine.api.post("/volumes/create", {"Name": "afar", "Driver": "remote"})))
    asking.start()
    until(lambda: "VolumeDriver.Create" in plugin.calls)
    assert engine.api.post("/volumes/create", {"Name": "near"}).status == 201
    assert engine.api.delete("/volumes/near").status == 204
    assert asking.is_alive()
    asking.join(10)
    assert result["answer"].status >= 500
    assert volumes(engine) == {}


def test_mount_that_timed_out_is_taken_back(plugged):
    engine, plugin = plugged
    container = engine.create("true", host={"Mounts": [{**REMOTE, "Source": "afar"}]})
    plugin.hang.add("VolumeDriver.Mount")
    answer = engine.api.post(f"/containers/{container}/start")
    assert answer.status >= 500 and "timed out" in answer.message
    until(lambda: "VolumeDriver.Unmount" in plugin.calls)
    plugin.hang.clear()
    engine.start(container)
    assert engine.wait(container) == 0


# A driver that fails


def test_removal_that_fails_leaves_the_volume_as_it_was(plugged):
    engine, plugin = plugged
    assert engine.api.post("/volumes/create", {"Name": "afar", "Driver": "remote"}).status == 201
    plugin.fail.add("VolumeDriver.Remove")
    answer = engine.api.delete("/volumes/afar")
    assert answer.status == 500 and "not to be had today" in answer.message
    assert engine.out("touch /data/x", host={"Binds": ["afar:/data"]}) == ""
    assert engine.api.delete("/volumes/afar", force="1").status == 204
    # Forgotten here; what the driver still has is listed as its own, without what was known of it.
    (left,) = engine.api.get("/volumes").json["Volumes"]
    assert (left["Name"], "CreatedAt" in left) == ("afar", False)


def test_volume_that_its_driver_kept_when_its_container_went_goes_with_the_next_start(plugged):
    engine, plugin = plugged
    container = engine.create("true", host={"Mounts": [REMOTE]})
    (name,) = volumes(engine)
    plugin.fail.add("VolumeDriver.Remove")
    engine.remove(container, v="1")
    assert volumes(engine) == {} and (plugin.root / name).exists()
    engine.daemon.stop()
    engine.daemon.start()
    assert volumes(engine) == {} and (plugin.root / name).exists()
    plugin.fail.clear()
    engine.daemon.stop()
    engine.daemon.start()
    until(lambda: not (plugin.root / name).exists())


def test_volume_of_a_failed_create_can_be_made_again(plugged):
    engine, plugin = plugged
    plugin.fail |= {"VolumeDriver.Path", "VolumeDriver.Remove"}
    body = {"Image": "busybox", "Cmd": ["true"], "HostConfig": {"Mounts": [{**REMOTE, "Source": "afar"}]}}
    assert engine.api.post("/containers/create", body).status == 500
    assert volumes(engine) == {}
    plugin.fail.clear()
    assert engine.api.post("/containers/create", body).status == 201
    assert volumes(engine) == {"afar": "remote"}
