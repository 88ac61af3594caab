"""What a create or start under way needs stays, and who waits for it hears of its failure."""

import json
import threading
import time

import pytest
from harness.plugin import VolumePlugin

pytestmark = pytest.mark.berthd


@pytest.fixture
def plugged(own_engine, tmp_path):
    """An engine with a volume plugin `slow`, each of whose calls has a second and a half."""
    engine = own_engine(start=False)
    path = engine.daemon.root / "plugin.sock"
    (engine.daemon.plugins / "slow.json").write_text(json.dumps(
        {"name": "slow", "kinds": ["volume"], "socket": str(path), "timeout-ms": 1500}))
    with VolumePlugin(path, tmp_path / "volumes") as plugin:
        engine.daemon.start()
        engine.load(engine.archive)
        yield engine, plugin
        plugin.hang.clear()
        engine.clear()


def asked(plugin, method, seconds=5):
    deadline = time.monotonic() + seconds
    while method not in plugin.calls:
        assert time.monotonic() < deadline, plugin.calls
        time.sleep(0.01)


def in_background(ask):
    result = {}
    thread = threading.Thread(target=lambda: result.update(answer=ask()))
    thread.start()

    def join():
        thread.join(20)
        return result["answer"]

    return join


def test_volumes_and_image_of_a_create_under_way_are_in_use(plugged):
    engine, plugin = plugged
    assert engine.api.post("/volumes/create", {"Name": "here"}).status == 201
    plugin.hang.add("VolumeDriver.Create")
    mounts = [{"Type": "volume", "Source": "here", "Target": "/here"},
              {"Type": "volume", "Source": "afar", "Target": "/afar",
               "VolumeOptions": {"DriverConfig": {"Name": "slow"}}}]
    join = in_background(lambda: engine.api.post("/containers/create", {
        "Image": "busybox", "Cmd": ["true"], "HostConfig": {"Mounts": mounts}}))
    asked(plugin, "VolumeDriver.Create")
    assert engine.api.delete("/volumes/here").status == 409
    assert not engine.api.post("/volumes/prune", filters={"all": ["true"]}).json["VolumesDeleted"]
    assert engine.api.delete("/images/busybox").status == 409
    assert join().status >= 500
    assert engine.api.delete("/volumes/here").status == 204


def test_wait_during_a_start_hears_of_its_failure(plugged):
    engine, plugin = plugged
    plugin.hang.add("VolumeDriver.Mount")
    container = engine.create("true", host={"Mounts": [
        {"Type": "volume", "Source": "afar", "Target": "/afar", "VolumeOptions": {"DriverConfig": {"Name": "slow"}}}]})
    join = in_background(lambda: engine.api.post(f"/containers/{container}/start"))
    asked(plugin, "VolumeDriver.Mount")
    assert engine.wait(container, timeout=10) == 128
    assert join().status >= 500
