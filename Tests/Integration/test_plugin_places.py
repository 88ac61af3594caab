"""Plugins where Docker's plugins are found, and volumes that a plugin has already."""

import json
import os
import threading

import pytest
from harness.plugin import VolumePlugin

pytestmark = pytest.mark.berthd


@pytest.fixture
def places(own_engine, tmp_path):
    """An engine, and its directories of sockets and of files; neither is there when it starts."""
    sockets, specs = tmp_path / "run", tmp_path / "etc"
    engine = own_engine(options=("--plugin-sockets", str(sockets), "--plugin-specs", str(specs)))
    return engine, sockets, specs


def create(engine, name, driver, **body):
    return engine.api.post("/volumes/create", {"Name": name, "Driver": driver, **body})


def listed(engine):
    return {each["Name"]: each for each in engine.api.get("/volumes").json["Volumes"] or []}


@pytest.mark.parametrize("way", ["socket", "folder", "spec", "json"])
def test_plugin_is_found_when_it_comes(places, tmp_path, way):
    engine, sockets, specs = places
    answer = create(engine, "early", "afar")
    assert answer.status == 404 and "afar" in answer.message
    path = {"socket": sockets / "afar.sock", "folder": sockets / "afar/afar.sock"}.get(way, tmp_path / "p.sock")
    path.parent.mkdir(parents=True, exist_ok=True)
    specs.mkdir()
    with VolumePlugin(path, tmp_path / "volumes") as plugin:
        if way == "spec":
            (specs / "afar.spec").write_text(f"unix://{path}\n")
        if way == "json":
            (specs / "afar.json").write_text(json.dumps({"Name": "afar", "Addr": f"unix://{path}"}))
        assert create(engine, "vol", "afar").status == 201
        engine.out("echo through > /data/file", host={"Binds": ["vol:/data"]})
        assert (plugin.root / "vol/file").read_text() == "through\n"
        assert "afar" in engine.api.get("/info").json["Plugins"]["Volume"]
        assert engine.api.delete("/volumes/vol").status == 204
        assert not (plugin.root / "vol").exists()


def test_plugin_that_starts_is_waited_for_and_found_again_after_a_restart(places, tmp_path):
    engine, _, specs = places
    specs.mkdir()
    path = tmp_path / "p.sock"
    (specs / "slow.spec").write_text(f"unix://{path}")
    answers = []
    asking = threading.Thread(target=lambda: answers.append(create(engine, "vol", "slow")))
    asking.start()
    with VolumePlugin(path, tmp_path / "volumes") as plugin:
        asking.join(30)
        assert [answer.status for answer in answers] == [201]
        engine.daemon.kill()
        engine.daemon.start()
        engine.out("touch /data/again", host={"Binds": ["vol:/data"]})
        assert (plugin.root / "vol/again").exists()
        assert engine.api.delete("/volumes/vol").status == 204


@pytest.mark.parametrize("name, text, reason", [
    ("x.spec", "nonsense", "is not an address"), ("x.spec", "unix://relative", "not absolute"),
    ("x.spec", "tcp://host/path", "HOST:PORT"), ("x.json", "{", "JSON object"), ("x.json", "{}", "is not an address"),
    ("x.json", json.dumps({"Addr": "tcp://127.0.0.1:1", "TLSConfig": {"CAFile": "/ca"}}), "TLS"),
])
def test_file_that_makes_no_sense_says_why(places, name, text, reason):
    engine, _, specs = places
    specs.mkdir()
    (specs / name).write_text(text)
    answer = create(engine, "vol", "x")
    assert answer.status == 404 and name in answer.message and reason in answer.message, answer


@pytest.mark.parametrize("name", ["../run/x", "a/b", ".hidden"])
def test_name_leads_to_no_other_place(places, tmp_path, name):
    engine, sockets, _ = places
    sockets.mkdir()
    (sockets / "a").mkdir()
    for path in (sockets / "x.sock", sockets / "a/b.sock", sockets / ".hidden.sock"):
        with VolumePlugin(path, tmp_path / "volumes") as plugin:
            assert create(engine, "vol", name).status == 404
            assert not plugin.calls


def test_none_switches_it_off(own_engine, tmp_path):
    engine = own_engine(options=("--plugin-sockets", "none", "--plugin-specs", "none"))
    assert create(engine, "vol", "afar").status == 404


# Volumes that the plugin has already


@pytest.fixture
def plugged(places, tmp_path):
    engine, sockets, _ = places
    sockets.mkdir()
    with VolumePlugin(sockets / "afar.sock", tmp_path / "volumes") as plugin:
        yield engine, plugin
        engine.clear()


def test_volume_that_is_there_is_taken_without_create(plugged):
    engine, plugin = plugged
    (plugin.root / "old").mkdir()
    (plugin.root / "old/file").write_text("kept")
    assert create(engine, "old", "afar").status == 201
    assert "VolumeDriver.Create" not in plugin.calls and plugin.calls.count("VolumeDriver.Get") == 1
    assert engine.out("cat /data/file", host={"Binds": ["old:/data"]}) == "kept"


def test_create_that_fails_leaves_a_volume_that_was_there(plugged):
    engine, plugin = plugged
    (plugin.root / "old").mkdir()
    body = {"Image": "busybox", "HostConfig": {"VolumeDriver": "afar", "Binds": ["old:/a", "new:/b", "odd:/c"]}}
    create(engine, "odd", "local")
    answer = engine.api.post("/containers/create", body)
    assert answer.status == 409, answer
    assert (plugin.root / "old").is_dir() and not (plugin.root / "new").exists()


def test_volumes_of_a_plugin_are_listed_inspected_used_and_removed(plugged):
    engine, plugin = plugged
    (plugin.root / "other").mkdir()
    assert "other" not in listed(engine)  # nobody has asked for the plugin yet
    assert create(engine, "first", "afar").status == 201
    assert {name: each["Driver"] for name, each in listed(engine).items()} == {"first": "afar", "other": "afar"}
    assert engine.api.get("/volumes/other").json["Mountpoint"] == str(plugin.root / "other")
    engine.out("touch /data/here", host={"Binds": ["other:/data"]})
    assert (plugin.root / "other/here").exists()
    (plugin.root / "third").mkdir()
    assert engine.api.delete("/volumes/third").status == 204
    assert not (plugin.root / "third").exists()
    plugin.fail.add("VolumeDriver.List")
    answer = engine.api.get("/volumes").json
    assert any("VolumeDriver.List" in warning for warning in answer["Warnings"])
    assert {each["Name"] for each in answer["Volumes"]} == {"first", "other"}


def test_scope_is_the_drivers(plugged, monkeypatch):
    engine, plugin = plugged
    answer = plugin.answer
    monkeypatch.setattr(plugin, "answer", lambda method, body: {"Capabilities": {"Scope": "global"}} if method ==
                        "VolumeDriver.Capabilities" else answer(method, body))
    assert create(engine, "vol", "afar").json["Scope"] == "global"
    assert create(engine, "here", "local").json["Scope"] == "local"


@pytest.mark.parametrize("loose", ["socket", "folder", "above", "everybody", "sticky"])
def test_socket_that_others_could_replace_is_not_connected_to(places, tmp_path, loose):
    engine, sockets, specs = places
    sockets.mkdir()
    specs.mkdir()
    folder = tmp_path / "theirs" / "plugins"
    folder.mkdir(parents=True)
    path = folder / "p.sock"
    (specs / "afar.spec").write_text(f"unix://{path}\n")
    with VolumePlugin(path, tmp_path / "volumes") as plugin:
        path.chmod(0o666)  # who may connect to it is its own affair
        changed = {"socket": path, "above": folder.parent}.get(loose, folder)
        if loose == "everybody":
            folder.chmod(0o777)
        else:
            if loose == "sticky":
                folder.chmod(0o1777)
                changed = path
            os.chown(changed, 12345, 0)
        answer = create(engine, "vol", "afar")
        assert answer.status >= 400, answer
        assert f"the socket `{path}` is not trusted: `{changed}` " in answer.message, answer
        assert ("can be written by everybody" if loose == "everybody" else "belongs to user 12345") in answer.message
        assert plugin.calls == []
        os.chown(changed, 0, 0)
        folder.chmod(0o755)
        assert create(engine, "vol", "afar").status == 201
        assert engine.api.delete("/volumes/vol").status == 204
