"""Drivers that are dropped in: a module in C, one behind a socket, and those that are wrong, missing or hang."""

import json
import signal
import subprocess
import threading
import time

import pytest
from harness.cli import ROOT
from harness.plugin import VolumePlugin

pytestmark = pytest.mark.berthd

SOURCE = ROOT / "Tests/Fixtures/cdriver/cdriver.c"
HEADER = ROOT / "Sources/Plugins/CDriver/include"


def build(target, *flags):
    """Compiles the C driver from its source and the one header."""
    subprocess.run(["cc", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", *flags, f"-I{HEADER}", "-o", str(target),
                    str(SOURCE)], check=True)
    return target


def describe(engine, name, **descriptor):
    path = engine.daemon.plugins / f"{name}.json"
    path.write_text(json.dumps({"name": name, **descriptor}, indent=2))
    return path


def works(engine):
    """The daemon and its own drivers go on as if nothing were wrong."""
    assert engine.out("echo fine > /data/f; cat /data/f", host={"NetworkMode": "bridge", "Binds": ["fine:/data"]}) == "fine"


def test_driver_in_c_makes_a_network_and_a_volume(own_engine, tmp_path):
    engine = own_engine(start=False)
    describe(engine, "cdriver", kinds=["network", "volume"], module=str(build(tmp_path / "cdriver.so")),
             options={"root": str(tmp_path)})
    engine.daemon.start()
    engine.load(engine.archive)

    assert "cdriver" in engine.api.get("/info").json["Plugins"]["Network"]
    assert "cdriver" in engine.api.get("/info").json["Plugins"]["Volume"]
    engine.network("in-c", "10.90.1.0/24", Driver="cdriver")
    volume = engine.api.post("/volumes/create", {"Name": "in-c", "Driver": "cdriver"})
    assert volume.status == 201, volume
    container = engine.run("sh", "-c", "echo written > /data/file; sleep 60",
                           host={"NetworkMode": "in-c", "Binds": ["in-c:/data"]})
    assert "inet 10.90.1.2/24" in engine.execute(container, "ip", "address", "show", "eth0")[1]
    assert any(name.startswith("ch") for name in engine.lan.host.run("ip", "-br", "link").split())
    engine.stop(container)
    assert (tmp_path / "in-c/file").read_text() == "written\n"
    engine.remove(container)
    assert engine.api.delete("/networks/in-c").status == 204
    assert engine.api.delete("/volumes/in-c").status == 204
    assert not (tmp_path / "in-c").exists()
    assert not any(name.startswith("ch") for name in engine.lan.host.run("ip", "-br", "link").split())


def test_descriptor_dropped_in_is_read_on_sighup(own_engine, tmp_path):
    engine = own_engine()
    running = engine.run("sleep", "60", host={"NetworkMode": "bridge"})
    describe(engine, "late", kinds=["volume"], module=str(build(tmp_path / "late.so")), options={"root": str(tmp_path)})
    describe(engine, "broken", kinds=["volume"], module="no-such-module.so")
    assert engine.api.post("/volumes/create", {"Name": "early", "Driver": "late"}).status == 404
    engine.daemon.signal(signal.SIGHUP)
    deadline = time.monotonic() + 5
    while "late" not in engine.api.get("/info").json["Plugins"]["Volume"] and time.monotonic() < deadline:
        time.sleep(0.01)
    assert engine.api.post("/volumes/create", {"Name": "in-time", "Driver": "late"}).status == 201
    assert "broken.json" in engine.daemon.log_tail()
    assert engine.inspect(running)["State"]["Running"]
    works(engine)


def test_driver_behind_a_socket(own_engine, tmp_path):
    engine = own_engine(start=False)
    socket = engine.daemon.root / "plugin.sock"
    describe(engine, "remote", kinds=["volume"], socket=str(socket))
    with VolumePlugin(socket, tmp_path / "volumes") as plugin:
        engine.daemon.start()
        engine.load(engine.archive)
        made = engine.api.post("/volumes/create", {"Name": "afar", "Driver": "remote"})
        assert made.status == 201, made
        engine.out("echo through the socket > /data/file", host={"Binds": ["afar:/data"]})
        assert (tmp_path / "volumes/afar/file").read_text() == "through the socket\n"
        assert engine.api.delete("/volumes/afar").status == 204
        assert not (tmp_path / "volumes/afar").exists()
        assert plugin.calls[0] == "Plugin.Activate"
        assert {"VolumeDriver.Create", "VolumeDriver.Mount", "VolumeDriver.Unmount", "VolumeDriver.Remove"} <= set(
            plugin.calls)


def test_socket_that_nobody_serves_fails_its_own_calls_until_somebody_does(own_engine, tmp_path):
    engine = own_engine(start=False)
    socket = engine.daemon.root / "plugin.sock"
    describe(engine, "absent", kinds=["volume"], socket=str(socket), **{"timeout-ms": 1000})
    assert engine.daemon.start() < 5
    engine.load(engine.archive)
    answer = engine.api.post("/volumes/create", {"Name": "vol", "Driver": "absent"})
    assert answer.status >= 400 and "absent" in answer.message
    works(engine)
    with VolumePlugin(socket, tmp_path / "volumes"):
        assert engine.api.post("/volumes/create", {"Name": "vol", "Driver": "absent"}).status == 201
        assert engine.api.delete("/volumes/vol").status == 204


def test_driver_that_hangs_fails_its_own_calls_alone(own_engine, tmp_path):
    engine = own_engine(start=False)
    socket = engine.daemon.root / "plugin.sock"
    describe(engine, "stuck", kinds=["volume"], socket=str(socket), **{"timeout-ms": 1000})
    with VolumePlugin(socket, tmp_path / "volumes", hang={"VolumeDriver.Create"}):
        engine.daemon.start()
        engine.load(engine.archive)
        began = time.monotonic()
        result = {}
        asking = threading.Thread(target=lambda: result.update(
            answer=engine.api.post("/volumes/create", {"Name": "vol", "Driver": "stuck"})))
        asking.start()
        works(engine)
        asking.join(20)
        assert result["answer"].status >= 400, result
        assert "stuck" in result["answer"].message
        assert time.monotonic() - began < 10


def test_driver_that_hangs_in_its_handshake_does_not_hold_up_the_start(own_engine, tmp_path):
    engine = own_engine(start=False)
    socket = engine.daemon.root / "plugin.sock"
    describe(engine, "mute", kinds=["volume"], socket=str(socket), **{"timeout-ms": 1000})
    with VolumePlugin(socket, tmp_path / "volumes", hang={"Plugin.Activate"}):
        assert engine.daemon.start() < 5
        engine.load(engine.archive)
        works(engine)
        assert "mute" in engine.api.post("/volumes/create", {"Name": "vol", "Driver": "mute"}).message


BAD = {
    "not json": '{\n  "name": "bad",\n  oops\n}',
    "unknown kind": '{\n  "name": "bad",\n  "kinds": ["teleport"],\n  "module": "bridge.so"\n}',
    "no transport": '{"name": "bad", "kinds": ["volume"]}',
    "unknown key": '{\n"name": "bad",\n"kinds": ["volume"], "module": "local.so",\n"modul": 1}',
    "timeout out of range": '{"name": "bad", "kinds": ["volume"],\n"module": "local.so", "timeout-ms": -5}',
    "missing module": '{"name": "bad", "kinds": ["volume"],\n\n"module": "no-such-module.so"}',
}
LINES = {"not json": 3, "unknown kind": 3, "no transport": 1, "unknown key": 4, "timeout out of range": 2,
         "missing module": 3}


@pytest.mark.parametrize("fault", BAD)
def test_bad_descriptor_is_refused_with_its_line_and_the_daemon_starts(own_engine, fault):
    engine = own_engine(start=False)
    path = engine.daemon.plugins / "bad.json"
    path.write_text(BAD[fault])
    engine.daemon.start()
    engine.load(engine.archive)
    assert f"{path}:{LINES[fault]}: " in engine.daemon.log.read_text()
    answer = engine.api.post("/volumes/create", {"Name": "vol", "Driver": "bad"})
    assert answer.status == 404, answer
    works(engine)


@pytest.mark.parametrize("fault", ["wrong abi", "no entry point", "not a library"])
def test_bad_module_is_refused_and_the_daemon_starts(own_engine, tmp_path, fault):
    engine = own_engine(start=False)
    module = tmp_path / "bad.so"
    if fault == "wrong abi":
        build(module, "-DWRONG_ABI")
    elif fault == "no entry point":
        subprocess.run(["cc", "-shared", "-fPIC", "-x", "c", "-o", str(module), "-"], input=b"int x;", check=True)
    else:
        module.write_text("this is no library")
    describe(engine, "bad", kinds=["volume"], module=str(module), options={"root": str(tmp_path)})
    engine.daemon.start()
    engine.load(engine.archive)
    answer = engine.api.post("/volumes/create", {"Name": "vol", "Driver": "bad"})
    assert answer.status >= 400, answer
    assert str(module) in engine.daemon.log.read_text() or str(module) in answer.message
    if fault == "wrong abi":
        assert "999" in engine.daemon.log.read_text() + answer.message
    works(engine)
