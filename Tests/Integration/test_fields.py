"""No field is passed over in silence: what fields.py says of each is what happens."""

import re
from pathlib import Path

import pytest
from fields import (CREATE, ENDPOINT, NETWORK, PARENT, UPDATE, VOLUME, Acts, Ignored, Limits, Prints, Refused, deep, merged,
                    prints, with_network)
from harness import leaks
from test_options_limits import cgroup_file

pytestmark = pytest.mark.berthd

DOCS = Path(__file__).resolve().parents[2] / "docs/api.md"


@pytest.fixture(scope="module", autouse=True)
def no_parent_stays():
    """A cgroup that was named as a parent is its user's, and stays when the container goes; here it is the tests' own."""
    yield
    for group in [leaks.CGROUPS / PARENT, *leaks.CGROUPS.glob(f"*/{PARENT}")]:
        if group.is_dir():
            group.rmdir()


def name_in_body(name):
    return name.split("[]")[0]


def valued(outcome, engine):
    return outcome.value(engine) if callable(outcome.value) else outcome.value


def body_of(name, value):
    """A row for a field of a list's elements has the whole list as its value."""
    return deep(name_in_body(name), value)


def looked_up(shown, name):
    for part in name_in_body(name).split("."):
        shown = shown[part]
    return shown


def check_refused(answer, outcome):
    assert answer.status == outcome.status and outcome.text in answer.message, answer


def check_shown(shown, name, outcome, value):
    expected = value if outcome.shown is None else outcome.shown
    if expected is not Ellipsis:
        assert looked_up(shown, name) == expected


def create(engine, name, outcome, value):
    body = merged({"Image": "busybox:latest", "Cmd": ["sleep", "60"], "HostConfig": {"NetworkMode": "none"}},
                  getattr(outcome, "beside", {}))
    if isinstance(outcome, Prints):
        body["Cmd"] = ["sh", "-c", outcome.script]
    return engine.api.at("1.51").post("/containers/create", merged(body, body_of(name, value)))


def inspected(engine, container):
    """As the body of a create would have it."""
    shown = engine.api.at("1.51").get(f"/containers/{container}/json").json
    return {**shown["Config"], "HostConfig": shown["HostConfig"]}


def check_limit(engine, container, outcome, warnings):
    if any("discarded" in warning for warning in warnings or []):
        return
    lines = cgroup_file(engine, container, outcome.controller, outcome.v1, outcome.v2).splitlines()
    assert any(line.startswith(outcome.expected) for line in lines), lines


@pytest.mark.parametrize("name", CREATE)
def test_field_of_container_create(engine, name):
    outcome = CREATE[name]
    value = valued(outcome, engine)
    if getattr(outcome, "before", None):
        outcome.before(engine)
    answer = create(engine, name, outcome, value)
    if isinstance(outcome, Refused):
        return check_refused(answer, outcome)
    assert answer.status == 201, answer
    container, warnings = answer.json["Id"], answer.json["Warnings"]
    if isinstance(outcome, Ignored):
        assert looked_up(inspected(engine, container), name) == value
        assert outcome.warning in " ".join(warnings)
        return
    check_shown(inspected(engine, container), name, outcome, value)
    engine.start(container)
    if isinstance(outcome, Prints):
        prints(outcome.pattern)(engine, container)
    elif isinstance(outcome, Limits):
        check_limit(engine, container, outcome, warnings)
    else:
        outcome.probe(engine, container)


def at_create(engine, settings):
    return engine.api.at("1.51").post("/containers/create", {
        "Image": "busybox", "Cmd": ["sleep", "60"], "HostConfig": {"NetworkMode": "fields"},
        "NetworkingConfig": {"EndpointsConfig": {"fields": settings}}})


@pytest.mark.parametrize("way", ["create", "connect"])
@pytest.mark.parametrize("name", ENDPOINT)
def test_field_of_an_endpoint(engine, name, way):
    outcome = ENDPOINT[name]
    with_network(engine)
    settings = deep(name, outcome.value)
    if way == "create":
        made = at_create(engine, settings)
        container = made.json.get("Id")
        answer = engine.api.post(f"/containers/{container}/start") if made.status == 201 else made
    else:
        container = engine.create("sleep", "60", host={"NetworkMode": "fields"})
        engine.api.post("/networks/fields/disconnect", {"Container": container})
        engine.start(container)
        answer = engine.api.at("1.51").post("/networks/fields/connect", {
            "Container": container, "EndpointConfig": settings})
    if isinstance(outcome, Refused):
        return check_refused(answer, outcome)
    assert answer.status in (200, 204), answer
    shown = looked_up(engine.inspect(container)["NetworkSettings"]["Networks"]["fields"], name)
    if isinstance(outcome, Acts):
        assert shown == outcome.value
        outcome.probe(engine, container)
    else:
        # What an endpoint has got is shown in place of what was sent; the client's wishes are kept.
        assert (shown == outcome.value) == (name == "Aliases")


@pytest.mark.parametrize("name", NETWORK)
def test_field_of_network_create(engine, name):
    outcome = NETWORK[name]
    body = merged({"Name": "fields"}, body_of(name, outcome.value))
    answer = engine.api.at("1.51").post("/networks/create", body)
    if isinstance(outcome, Refused):
        check_refused(answer, outcome)
        assert engine.api.get("/networks/fields").status == 404
        return
    assert answer.status == 201, answer
    assert looked_up(engine.api.get(f"/networks/{answer.json['Id']}").json, name) == outcome.value or "Config" in name
    if isinstance(outcome, Acts):
        outcome.probe(engine, body["Name"])


@pytest.mark.parametrize("name", VOLUME)
def test_field_of_volume_create(engine, name):
    outcome = VOLUME[name]
    body = merged({"Name": "fields"}, {name: outcome.value})
    answer = engine.api.at("1.51").post("/volumes/create", body)
    if isinstance(outcome, Refused):
        check_refused(answer, outcome)
        assert engine.api.get("/volumes/fields").status == 404
        return
    assert answer.status == 201, answer
    assert answer.json[{"DriverOpts": "Options"}.get(name, name)] == outcome.value
    outcome.probe(engine, body["Name"])


@pytest.mark.parametrize("name", UPDATE)
def test_field_of_container_update(engine, name):
    outcome = UPDATE[name]
    container = engine.run("sleep", "60")
    before = engine.inspect(container)["HostConfig"]
    body = {name: outcome.value, **getattr(outcome, "beside", {})}
    answer = engine.api.at("1.51").post(f"/containers/{container}/update", body)
    if isinstance(outcome, Refused):
        check_refused(answer, outcome)
        assert engine.inspect(container)["HostConfig"] == before
        return
    assert answer.status == 200, answer
    for field, value in body.items():
        assert engine.inspect(container)["HostConfig"][field] == value
    if isinstance(outcome, Ignored):
        assert outcome.warning in " ".join(answer.json["Warnings"])
        return
    check_limit(engine, container, outcome, answer.json["Warnings"])
    # It is the container's from now on.
    engine.stop(container)
    engine.start(container)
    check_limit(engine, container, outcome, answer.json["Warnings"])


# What the documentation says

def documented():
    rows = re.findall(r"^\| `([^`|]+)` \| ([^|]+) \|$", DOCS.read_text().split("## Fields without effect")[1].split("\n## ")[0],
                      re.MULTILINE)
    return dict(rows)


def test_fields_that_are_not_acted_on_are_documented_with_their_reason():
    expected = {}
    for place, table in [("", CREATE), ("EndpointSettings.", ENDPOINT), ("network ", NETWORK), ("volume ", VOLUME),
                         ("update ", UPDATE)]:
        expected.update({place + name: outcome.why for name, outcome in table.items() if isinstance(outcome, Ignored)})
    assert documented() == expected


# The case of a field's name does not matter, which also shows that the daemon knows each field.

def misfit(value):
    """A value of another type than the field's."""
    return 7 if isinstance(value, dict) else {"not": "this"}


BODIES = {
    "create": (CREATE, "/containers/create", lambda body: {"image": "busybox", **body}),
    "endpoint": (ENDPOINT, "/containers/create", lambda body: {
        "Image": "busybox", "networkingconfig": {"endpointsconfig": {"bridge": body}}}),
    "network": (NETWORK, "/networks/create", lambda body: {"name": "fields", **body}),
    "volume": (VOLUME, "/volumes/create", lambda body: body),
    "update": (UPDATE, "/containers/fields/update", lambda body: body),
}
#: Those of which only whether they are given counts.
UNTYPED = {"DeviceRequests", "CpuCount", "CpuPercent", "IOMaximumIOps", "IOMaximumBandwidth", "ClusterVolumeSpec"}


@pytest.mark.parametrize("kind", BODIES)
def test_every_field_is_known_in_lower_case(engine, kind):
    engine.create("true", name="fields")
    table, path, whole = BODIES[kind]
    for name, outcome in table.items():
        lower = name.lower()
        if name.split(".")[-1] in UNTYPED:
            answer = engine.api.at("1.51").post(path, whole(deep(lower, outcome.value)))
            check_refused(answer, outcome)
            continue
        parts = re.findall(r"[^.\[\]]+|\[\]", lower)
        body = misfit(valued(outcome, engine) if "[]" not in name else leaf(name, valued(outcome, engine)))
        for part in reversed(parts):
            body = [body] if part == "[]" else {part: body}
        answer = engine.api.at("1.51").post(path, whole(body))
        assert answer.status == 400 and "invalid JSON" in answer.message, (name, answer)


def leaf(name, value):
    """The value that a row has for the field itself, within the whole list."""
    value = value[0]
    for part in name.split("[].")[1].split("."):
        value = value[part]
    return value


# What clients send when they are asked for nothing

def test_clients_defaults_are_taken(engine, cli, sdk):
    cli("network", "create", "plain")
    cli("volume", "create", "plain")
    made = cli("create", "--name", "plain", "--network", "plain", "-v", "plain:/data", "busybox", "sleep", "60")
    assert not made.stderr
    cli("start", "plain")
    assert not cli("update", "--cpu-shares", "512", "plain").stderr
    assert engine.inspect("plain")["HostConfig"]["CpuShares"] == 512
    container = sdk.containers.create("busybox", "sleep 60")
    container.start()
    container.update(cpu_shares=256)
    assert engine.inspect(container.id)["HostConfig"]["CpuShares"] == 256
    sdk.networks.create("sdk")
    sdk.volumes.create("sdk")
