"""The JSON Schema of descriptors: it is one, the shipped descriptors conform, and the daemon agrees with it."""

import json
from pathlib import Path

import pytest
from harness.cli import ROOT
from jsonschema import Draft202012Validator

SCHEMA = json.loads((ROOT / "docs/descriptor.schema.json").read_text())
SHIPPED = sorted((ROOT / "plugins.d").glob("*.json"))
ABSENT = object()


def descriptor(**changes):
    """The text of a descriptor that is right but for the changes. NAME stands for a name that no other has."""
    members = {"name": "NAME", "kinds": ["volume"], "socket": "/run/nobody.sock", **changes}
    members = {key.replace("_ms", "-ms"): value for key, value in members.items() if value is not ABSENT}
    return json.dumps(members)


def module(path, **changes):
    return descriptor(module=path, socket=ABSENT, **changes)


GOOD = {
    "the least": descriptor(),
    "every key": descriptor(**{"$schema": "x.json"}, kinds=["network", "ipam", "volume", "name"], timeout_ms=250,
                            options={"a": [1, 2.5, True, None, {"b": "é"}]}),
    "a kind that nothing calls": descriptor(kinds=["name"]),
    "no schema to speak of": descriptor(**{"$schema": ""}),
    "short name": descriptor(name="7"),
    "name of all that is allowed": descriptor(name="A.b_c-9"),
    "longest name": descriptor(name="n" * 128),
    "module of the daemon's folder": module("bind.so"),
    "module by its path, which is no library": module(str(Path(__file__).resolve())),
    "longest path": descriptor(socket="/" + "p" * 106),
    "path with a space": descriptor(socket="/run/no body.sock"),
    "path as a URL": descriptor(socket="unix:///run/nobody.sock"),
    "longest path as a URL": descriptor(socket="unix:///" + "p" * 106),
    "http": descriptor(socket="http://127.0.0.1:9"),
    "http with slashes at its end": descriptor(socket="http://localhost:9//"),
    "tcp": descriptor(socket="tcp://[::1]:9"),
    "no options": descriptor(options={}),
    "options with odd keys": descriptor(options={"": 1, "Berth": {"berth": 1}}),
    "shortest timeout": descriptor(timeout_ms=1),
    "longest timeout": descriptor(timeout_ms=600000),
}

BAD = {
    "array": "[]",
    "string": '"NAME"',
    "null": "null",
    "empty object": "{}",
    "no name": descriptor(name=ABSENT),
    "no kinds": descriptor(kinds=ABSENT),
    "no transport": descriptor(socket=ABSENT),
    "empty name": descriptor(name=""),
    "name that is a number": descriptor(name=7),
    "name that is null": descriptor(name=None),
    "name that begins with a dash": descriptor(name="-NAME"),
    "name that begins with a dot": descriptor(name=".NAME"),
    "name with a slash": descriptor(name="NAME/a"),
    "name with a space": descriptor(name="NAME a"),
    "name beyond ASCII": descriptor(name="NAMEé"),
    "name with a line feed": descriptor(name="NAME\n"),
    "name with a NUL": descriptor(name="NAME\0"),
    "name that is too long": descriptor(name="m" * 129),
    "kinds that are a string": descriptor(kinds="volume"),
    "kinds that are null": descriptor(kinds=None),
    "kinds that are empty": descriptor(kinds=[]),
    "kind that is a number": descriptor(kinds=[1]),
    "kind that is unknown": descriptor(kinds=["teleport"]),
    "kind in capitals": descriptor(kinds=["Volume"]),
    "kind that is there twice": descriptor(kinds=["volume", "ipam", "volume"]),
    "empty module": module(""),
    "module that is a number": module(1),
    "module with a NUL": module("bind.so\0"),
    "empty socket": descriptor(socket=""),
    "socket that is null": descriptor(socket=None),
    "relative path": descriptor(socket="nobody.sock"),
    "relative path as a URL": descriptor(socket="unix://nobody.sock"),
    "path that is too long": descriptor(socket="/" + "p" * 107),
    "path that is too long as a URL": descriptor(socket="unix:///" + "p" * 107),
    "path with a NUL": descriptor(socket="/run/nobody.sock\0"),
    "http without a host": descriptor(socket="http://"),
    "http with slashes alone": descriptor(socket="http:///"),
    "http with a path": descriptor(socket="http://a/b"),
    "http with a query": descriptor(socket="http://a?b"),
    "http with a fragment": descriptor(socket="http://a#b"),
    "http with a user": descriptor(socket="http://b@a"),
    "http with a space": descriptor(socket="http://a b"),
    "http with a line feed": descriptor(socket="http://a\n"),
    "http in capitals": descriptor(socket="HTTP://a"),
    "https": descriptor(socket="https://a"),
    "two transports": descriptor(module="bind.so"),
    "cni": descriptor(socket=ABSENT, cni={"type": "macvlan"}),
    "cni and another": descriptor(cni={"type": "macvlan"}),
    "options that are an array": descriptor(options=[]),
    "options that are null": descriptor(options=None),
    "option of the daemon's own": descriptor(options={"berth": None}),
    "timeout of nothing": descriptor(timeout_ms=0),
    "negative timeout": descriptor(timeout_ms=-5),
    "timeout that is too long": descriptor(timeout_ms=600001),
    "timeout with a fraction": descriptor(timeout_ms=2.5),
    "timeout that is a string": descriptor(timeout_ms="250"),
    "timeout that is a boolean": descriptor(timeout_ms=True),
    "timeout that is null": descriptor(timeout_ms=None),
    "unknown key": descriptor(modul="bind.so"),
    "key in capitals": descriptor(Kinds=["ipam"]),
    "schema that is a number": descriptor(**{"$schema": 1}),
}

#: What only the daemon can know, or what the data model of JSON Schema has no words for.
BEYOND = {
    "module that is not there": module("no-such-module.so"),
    "module that is a folder": module("/tmp"),
    "name that another descriptor has": descriptor(name="bridge"),
    "path of fewer characters than bytes": descriptor(socket="/" + "é" * 60),
    "whole number with an exponent": '{"name": "NAME", "kinds": ["volume"], "socket": "/s", "timeout-ms": 5e3}',
    "whole number with a fraction": '{"name": "NAME", "kinds": ["volume"], "socket": "/s", "timeout-ms": 5000.0}',
    "number that is too large": '{"name": "NAME", "kinds": ["volume"], "socket": "/s", "options": {"a": 1e999}}',
    "key that is there twice": '{"name": "NAME", "name": "NAME", "kinds": ["volume"], "socket": "/s"}',
    "nesting that is too deep": descriptor(options=json.loads('{"a": ' * 70 + "1" + "}" * 70)),
}


def conforms(text):
    return Draft202012Validator(SCHEMA).is_valid(json.loads(text))


def test_schema_is_a_schema():
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_shipped_descriptor_conforms(path):
    Draft202012Validator(SCHEMA).validate(json.loads(path.read_text()))


def test_shipped_descriptors_are_found():
    assert len(SHIPPED) >= 4


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_good_descriptor_conforms(text):
    Draft202012Validator(SCHEMA).validate(json.loads(text))


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_bad_descriptor_does_not_conform(text):
    assert not conforms(text)


@pytest.mark.parametrize("text", BEYOND.values(), ids=BEYOND)
def test_what_a_schema_cannot_know_conforms(text):
    assert conforms(text)


@pytest.mark.berthd
def test_daemon_takes_the_good_and_refuses_the_bad(own_engine):
    """One daemon reads all of them; its log tells which it refused."""
    engine = own_engine(start=False)
    paths, names = {}, {}
    for number, (label, text) in enumerate({**GOOD, **BAD, **BEYOND}.items()):
        text = text.replace("NAME", f"x{number:03}")
        paths[label] = engine.daemon.plugins / f"x{number:03}.json"
        paths[label].write_text(text)
        members = json.loads(text)
        names[label] = members.get("name") if isinstance(members, dict) else None
    engine.daemon.start()
    log = engine.daemon.log.read_text(errors="replace")
    refused = {label for label, path in paths.items() if f"descriptor refused: {path}:1: " in log}
    assert refused == {*BAD, *BEYOND}

    listed = engine.api.get("/info").json["Plugins"]["Volume"]
    for label, text in GOOD.items():
        if '"volume"' in text and '"socket"' in text:
            assert names[label] in listed, label
    for label in refused:
        assert names[label] not in listed, label
