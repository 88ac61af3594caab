"""Events: as they happen, from the past, and filtered; and disk usage."""

import itertools
import json
import re
import threading
import time
from urllib.parse import quote

import pytest
from harness.api import Api, UnixConnection, connect


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


def test_restart_is_told_in_dockers_order(engine):
    for _ in range(5):
        container = engine.run("sleep", "60", StopSignal="KILL")
        with Stream(engine, filters={"container": [container]}) as stream:
            assert engine.api.post(f"/containers/{container}/restart").status == 204
            assert stream.until("restart") == ["kill", "die", "stop", "start", "restart"]
            assert engine.api.post(f"/containers/{container}/kill").status == 204
            assert stream.until("die") == ["kill", "die"]


#: Takes more memory than it may have: the kernel kills the one that holds the data.
GREEDY = "head -c 200000000 /dev/zero | tail >/dev/null"


def test_kill_for_want_of_memory_is_told_when_the_container_lives_on(engine):
    host = {"Memory": 16 << 20, "MemorySwap": 16 << 20}
    container = engine.create("sh", "-c", f"read x; {GREEDY}; echo survived; read y", OpenStdin=True, host=host)
    with Stream(engine, filters={"container": [container]}) as stream:
        with engine.api.hijack(f"/containers/{container}/attach", stream="1", stdin="1", stdout="1") as stdin:
            engine.start(container)
            stdin.write(b"\n")
            stdin.read_until(b"survived\n")
            stream.until("oom")
        assert engine.inspect(container)["State"]["Running"]
        engine.remove(container, force="1")
        assert stream.until("destroy")[-2:] == ["die", "destroy"]


@pytest.mark.berthd
def test_kill_for_want_of_memory_that_ends_the_container_is_told_once(own_engine):
    engine = own_engine()
    container = engine.create("tail", "/dev/zero", host={"Memory": 16 << 20, "MemorySwap": 16 << 20})
    waiting = engine.create("sh", "-c", f"read x; {GREEDY}; read y", OpenStdin=True, host={"Memory": 16 << 20})
    with Stream(engine, filters={"container": [container]}) as stream:
        engine.start(container)
        assert stream.until("die") == ["start", "oom", "die"]
    assert engine.inspect(container)["State"]["OOMKilled"]
    # One that another daemon started is watched as well.
    engine.start(waiting)
    engine.daemon.kill()
    engine.daemon.start()
    with Stream(engine, filters={"container": [waiting]}) as stream:
        with engine.api.hijack(f"/containers/{waiting}/attach", stream="1", stdin="1") as stdin:
            stdin.write(b"\n")
            stream.until("oom")


def test_rename_is_told_with_both_names(engine):
    container = engine.create("true", name="first", Labels={"l": "v"})
    with Stream(engine, filters={"container": [container]}) as stream:
        assert engine.api.post(f"/containers/{container}/rename", name="second").status == 204
        event = stream.next()
    assert event["Action"] == "rename"
    assert event["Actor"]["Attributes"] == {
        "image": "busybox:latest", "name": "second", "oldName": "/first", "l": "v"}


@pytest.mark.berthd
def test_reader_of_events_that_is_too_slow_is_told_so(engine):
    """Nothing is left out without a word: the stream breaks off behind the last event that came whole."""
    container = engine.run("sleep", "60", Labels={"long": "x" * 2000})
    reader = connect(engine.api.path, 30)
    # Of this container alone: what else happens, such as the end of an earlier test's exec, is not of the test's making.
    filters = quote(json.dumps({"container": [container]}))
    reader.sendall(f"GET /v1.41/events?filters={filters} HTTP/1.1\r\nHost: docker\r\n\r\n".encode())
    # What happens before the answer's head was there is not told.
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += reader.recv(1)
    writer = UnixConnection(engine.api.path, 20)
    text = json.dumps({"Cmd": ["true"]})
    asked = 6000
    made = []
    for _ in range(asked):
        writer.request("POST", f"/containers/{container}/exec", text, {"Content-Type": "application/json"})
        made.append(json.loads(writer.getresponse().read())["Id"])
    data = b"".join(iter(lambda: reader.recv(1 << 20), b""))
    seen = [found.decode() for found in re.findall(rb'"execID":"([0-9a-f]{64})"', data)]
    assert not data.endswith(b"0\r\n\r\n"), "the stream came to its regular end"
    # What was still on its way to the reader may be lost with the connection, and nothing before it.
    assert 1000 < len(seen) < asked and seen == made[:len(seen)]
    assert "the reader of events is 4096 events behind" in engine.daemon.log.read_text()
    reader.close()
    writer.close()
    # Others are not touched by it.
    assert engine.execute(container, "true")[0] == 0


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


@pytest.mark.berthd
def test_listeners_that_come_and_go_hold_nobody_up(engine):
    container = engine.run("sleep", "600")
    deadline = time.monotonic() + 5
    failures = []

    def listen():
        while time.monotonic() < deadline:
            connection, response = engine.api.open("GET", "/events")
            response.close()
            connection.close()

    def act():
        api = Api(str(engine.daemon.socket))
        for turn in itertools.count():
            if time.monotonic() > deadline:
                return
            answer = api.post(f"/containers/{container}/rename", name=f"n{threading.get_ident()}-{turn}")
            if answer.status != 204:
                failures.append(answer)

    threads = [threading.Thread(target=work) for work in [listen] * 6 + [act] * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads), "the daemon does not answer any more"
    assert not failures, failures[0]
