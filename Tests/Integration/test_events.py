"""Events: as they happen, from the past, and filtered; and disk usage."""

import json
import time

import pytest


class Stream:
    """An open event stream, read one event at a time."""

    def __init__(self, engine, **query):
        self._connection, self._response = engine.api.open("GET", "/events", timeout=10, **query)
        assert self._response.status == 200

    def next(self):
        return json.loads(self._response.readline())

    def until(self, action):
        """The actions seen up to and with this one."""
        seen = []
        while not seen or seen[-1] != action:
            seen.append(self.next()["Action"])
        return seen

    def rest(self):
        return [json.loads(line) for line in self._response.read().splitlines()]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._connection.close()


def now():
    return f"{time.time():.9f}"


def past(engine, since, **filters):
    with Stream(engine, since=since, until=now(), **({"filters": filters} if filters else {})) as stream:
        return stream.rest()


def test_life_of_a_container(engine):
    with Stream(engine, filters={"type": ["container"]}) as stream:
        container = engine.run("sh", "-c", "exit 3", name="watched", Labels={"l": "v"})
        engine.wait(container)
        engine.remove(container)
        events = [stream.next() for _ in range(4)]
    assert [event["Action"] for event in events] == ["create", "start", "die", "destroy"]
    for event in events:
        assert event["Type"] == "container" and event["scope"] == "local"
        assert event["Actor"]["ID"] == event["id"] == container
        assert event["Actor"]["Attributes"]["name"] == "watched"
        assert event["Actor"]["Attributes"]["image"] == event["from"] == "busybox:latest"
        assert event["Actor"]["Attributes"]["l"] == "v"
        assert event["status"] == event["Action"]
        assert event["timeNano"] // 10**9 == event["time"]
    assert events[2]["Actor"]["Attributes"]["exitCode"] == "3"


def test_stop_and_kill_are_told(engine):
    container = engine.run("sleep", "60")
    with Stream(engine, filters={"container": [container]}) as stream:
        engine.stop(container, 0)
        assert set(stream.until("stop")) == {"kill", "die", "stop"}


def test_exec_is_told(engine):
    container = engine.run("sleep", "60")
    with Stream(engine, filters={"container": [container]}) as stream:
        engine.execute(container, "true")
        actions = [stream.next()["Action"] for _ in range(3)]
    assert actions[0].startswith("exec_create: true") and actions[1].startswith("exec_start: true")
    assert actions[2] == "exec_die"


def test_networks_and_volumes_are_told(engine):
    since = now()
    engine.network("told")
    container = engine.run("sleep", "60", host={"NetworkMode": "told", "Binds": ["told-volume:/data"]})
    engine.remove(container, force="1")
    engine.api.delete("/networks/told")
    engine.api.delete("/volumes/told-volume")
    told = [(event["Type"], event["Action"]) for event in past(engine, since)]
    for wanted in (("network", "create"), ("network", "connect"), ("network", "disconnect"), ("network", "destroy"),
                   ("volume", "create"), ("volume", "mount"), ("volume", "unmount"), ("volume", "destroy")):
        assert wanted in told, (wanted, told)
    (connect,) = [each for each in past(engine, since, event=["connect"])]
    assert connect["Actor"]["Attributes"]["name"] == "told"
    assert connect["Actor"]["Attributes"]["container"] == container


def test_images_are_told(engine):
    since = now()
    engine.api.post("/images/busybox/tag", repo="told", tag="1")
    engine.api.delete("/images/told:1")
    assert [event["Action"] for event in past(engine, since, type=["image"])] == ["tag", "untag"]


@pytest.mark.parametrize("filters, expected", [
    ({"event": ["die"]}, {"die"}),
    ({"event": ["start", "create"], "type": ["container"]}, {"create", "start"}),
    ({"label": ["pick=me"]}, {"create", "start", "die", "destroy"}),
    ({"label": ["pick=other"]}, set()),
    ({"image": ["busybox:latest"], "event": ["create"]}, {"create"}),
    ({"container": ["filtered"], "event": ["die"]}, {"die"}),
    ({"type": ["volume"]}, set()),
])
def test_filters(engine, filters, expected):
    since = now()
    container = engine.run("true", name="filtered", Labels={"pick": "me"})
    engine.wait(container)
    engine.remove(container)
    assert {event["Action"] for event in past(engine, since, **filters)} == expected


def test_past_and_present_in_one_stream(engine):
    since = now()
    engine.create("true", name="past")
    with Stream(engine, since=since, filters={"event": ["create"], "type": ["container"]}) as stream:
        assert stream.next()["Actor"]["Attributes"]["name"] == "past"
        engine.create("true", name="present")
        assert stream.next()["Actor"]["Attributes"]["name"] == "present"


def test_stream_ends_at_until(engine):
    began = time.monotonic()
    with Stream(engine, until=f"{time.time() + 1:.9f}") as stream:
        stream.rest()
    assert 0.5 < time.monotonic() - began < 5


@pytest.mark.parametrize("query", [{"since": "yesterday"}, {"until": "x"}, {"filters": "{"}])
def test_bad_times_and_filters_are_400(engine, query):
    answer = engine.api.get("/events", **query)
    assert answer.status == 400 or engine.daemon.name == "dockerd" and answer.status == 500, answer
    assert answer.message


def test_docker_events(engine, cli):
    since = now()
    engine.create("true", name="seen-by-cli")
    out = cli.out("events", "--since", since, "--until", now(), "--format", "{{.Type}} {{.Action}} {{.Actor.Attributes.name}}")
    assert "container create seen-by-cli" in out.splitlines()


def test_sdk_events(engine, sdk):
    stream = sdk.events(decode=True, filters={"event": "create"})
    engine.create("true", name="seen-by-sdk")
    assert next(stream)["Actor"]["Attributes"]["name"] == "seen-by-sdk"
    stream.close()


# Disk usage


def test_disk_usage(engine, cli):
    container = engine.run("sh", "-c", "head -c 1000000 /dev/urandom > /data/f; head -c 500000 /dev/urandom > /f",
                           host={"Binds": ["big:/data"]})
    engine.wait(container)
    usage = engine.api.get("/system/df").json
    assert {tag for each in usage["Images"] for tag in each["RepoTags"]} == {"busybox:latest", "fixture:latest"}
    assert usage["LayersSize"] > 1_000_000
    (entry,) = usage["Containers"]
    assert entry["Id"] == container and entry["SizeRw"] >= 500_000
    (volume,) = usage["Volumes"]
    assert volume["Name"] == "big" and volume["UsageData"]["Size"] >= 1_000_000 and volume["UsageData"]["RefCount"] == 1
    table = cli.out("system", "df", "--format", "{{.Type}} {{.TotalCount}}").splitlines()
    assert table[:3] == ["Images 2", "Containers 1", "Local Volumes 1"]


def test_sdk_disk_usage(sdk):
    assert {"Images", "Containers", "Volumes"} <= set(sdk.df())
