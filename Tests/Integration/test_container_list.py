"""Container list with its filters, inspect, top and stats."""

import re
import time

import pytest


@pytest.fixture
def three(engine):
    """One running, one exited with 3, one created."""
    ids = {
        "running": engine.run("sleep", "60", name="one-running", Labels={"tier": "front", "x": ""}),
        "exited": engine.run("sh", "-c", "exit 3", name="two-exited", Labels={"tier": "back"}),
        "created": engine.create("true", name="three-created", image="fixture:latest"),
    }
    engine.wait(ids["exited"])
    return ids


def listed(engine, **query):
    return {each["Names"][0][1:] for each in engine.api.get("/containers/json", **query).json}


def test_list_shows_the_running_ones_and_all_when_asked(engine, three):
    assert listed(engine) == {"one-running"}
    assert listed(engine, all="1") == {"one-running", "two-exited", "three-created"}
    assert listed(engine, all="true", limit="1") == {"three-created"}


@pytest.mark.parametrize("filters, expected", [
    ({"status": ["exited"]}, {"two-exited"}),
    ({"status": ["exited", "created"]}, {"two-exited", "three-created"}),
    ({"status": {"running": True}}, {"one-running"}),
    ({"name": ["two"]}, {"two-exited"}),
    ({"name": ["^one-running$"]}, {"one-running"}),
    ({"name": ["^/one-running$"]}, {"one-running"}),
    ({"label": ["tier"]}, {"one-running", "two-exited"}),
    ({"label": ["tier=back"]}, {"two-exited"}),
    ({"label": ["tier", "x"]}, {"one-running"}),
    ({"exited": ["3"]}, {"two-exited"}),
    ({"ancestor": ["fixture"]}, {"three-created"}),
    ({"ancestor": ["busybox:latest"], "status": ["running"]}, {"one-running"}),
    ({"network": ["none"]}, {"one-running", "two-exited", "three-created"}),
    ({"before": ["three-created"]}, {"one-running", "two-exited"}),
    ({"since": ["one-running"]}, {"two-exited", "three-created"}),
    ({"is-task": ["false"]}, {"one-running", "two-exited", "three-created"}),
])
def test_filters(engine, three, filters, expected):
    assert listed(engine, all="1", filters=filters) == expected


def test_filter_by_id(engine, three):
    assert listed(engine, all="1", filters={"id": [three["exited"][:10]]}) == {"two-exited"}


def test_filter_by_volume(engine):
    container = engine.create("true", host={"Binds": ["listed-volume:/data"]})
    found = engine.api.get("/containers/json", all="1", filters={"volume": ["listed-volume"]}).json
    assert [each["Id"] for each in found] == [container]


@pytest.mark.parametrize("filters, text", [
    ({"nosuch": ["x"]}, "invalid filter 'nosuch'"),
    ({"status": ["nosuch"]}, "nosuch"),
    ({"exited": ["many"]}, "many"),
])
def test_bad_filters_are_400(engine, filters, text):
    answer = engine.api.get("/containers/json", filters=filters)
    assert answer.status in ((400,) if engine.daemon.name == "berthd" else (400, 500)), answer
    assert text in answer.message.lower()


def test_filters_that_are_no_json_are_400(engine):
    answer = engine.api.get("/containers/json", filters="{no json")
    assert answer.status in ((400,) if engine.daemon.name == "berthd" else (400, 500)), answer
    assert answer.message


def test_list_entry(engine, three):
    entry = engine.api.get("/containers/json").json[0]
    assert entry["Id"] == three["running"]
    assert entry["Names"] == ["/one-running"]
    assert entry["Image"] == "busybox:latest"
    assert entry["ImageID"] == engine.api.get("/images/busybox/json").json["Id"]
    assert entry["Command"] == "sleep 60"
    assert entry["State"] == "running"
    assert re.fullmatch(r"Up (Less than a second|1 second|\d+ seconds)", entry["Status"])
    assert entry["Labels"] == {"tier": "front", "x": ""}
    assert isinstance(entry["Created"], int)
    assert entry["Ports"] == []
    assert entry["HostConfig"]["NetworkMode"] == "none"
    assert "none" in entry["NetworkSettings"]["Networks"]
    assert entry["Mounts"] == []


def test_list_with_sizes(engine, three):
    engine.execute(three["running"], "sh", "-c", "head -c 100000 /dev/zero > /big")
    entry = engine.api.get("/containers/json", size="1").json[0]
    assert entry["SizeRw"] >= 100_000
    assert entry["SizeRootFs"] > entry["SizeRw"]


def test_docker_ps_prints_a_table(cli, three):
    table = cli.out("ps", "-a", "--format", "{{.Names}} {{.Image}} {{.Command}} {{.Status}}").splitlines()
    assert table[0] == 'three-created fixture:latest "/bin/echo entry true" Created'
    assert re.fullmatch(r'two-exited busybox:latest ".*" Exited \(3\) .*', table[1])
    assert re.fullmatch(r'one-running busybox:latest "sleep 60" Up .*', table[2])


def test_inspect_tells_what_was_asked_for(engine):
    container = engine.create(
        "-c", "true", name="asked", Entrypoint=["sh"], Env=["A=1"], Labels={"l": "v"}, WorkingDir="/tmp", User="1000",
        Hostname="thehost", Tty=True, OpenStdin=True,
        host={"Memory": 64 << 20, "CapAdd": ["NET_ADMIN"], "Binds": ["/etc:/hostetc:ro"], "AutoRemove": False,
              "RestartPolicy": {"Name": "no"}})
    seen = engine.inspect(container)
    assert (seen["Name"], seen["Path"], seen["Args"]) == ("/asked", "sh", ["-c", "true"])
    config = seen["Config"]
    assert (config["Hostname"], config["User"], config["WorkingDir"]) == ("thehost", "1000", "/tmp")
    assert (config["Entrypoint"], config["Cmd"], config["Image"]) == (["sh"], ["-c", "true"], "busybox:latest")
    assert config["Tty"] and config["OpenStdin"] and config["Labels"] == {"l": "v"}
    assert "A=1" in config["Env"] and any(each.startswith("PATH=") for each in config["Env"])
    host = seen["HostConfig"]
    assert (host["Memory"], host["NetworkMode"], host["Binds"]) == (64 << 20, "none", ["/etc:/hostetc:ro"])
    assert [each.removeprefix("CAP_") for each in host["CapAdd"]] == ["NET_ADMIN"]
    assert host["LogConfig"]["Type"] == "json-file"
    (mount,) = seen["Mounts"]
    assert (mount["Type"], mount["Source"], mount["Destination"], mount["RW"]) == ("bind", "/etc", "/hostetc", False)
    assert seen["Image"].startswith("sha256:")
    assert seen["RestartCount"] == 0 and seen["Driver"] and seen["Platform"] == "linux"
    assert seen["Created"].endswith("Z") and seen["State"]["StartedAt"] == "0001-01-01T00:00:00Z"


def test_inspect_inherits_from_the_image(engine):
    config = engine.inspect(engine.create(image="fixture:latest"))["Config"]
    assert (config["Entrypoint"], config["Cmd"]) == (["/bin/echo", "entry"], ["default"])
    assert (config["User"], config["WorkingDir"], config["StopSignal"]) == ("1000:50", "/made/by/workdir", "SIGUSR1")
    assert "FROM_IMAGE=yes" in config["Env"] and config["Labels"] == {"kind": "fixture"}
    assert config["ExposedPorts"] == {"8080/tcp": {}} and config["Volumes"] == {"/seed": {}}


def test_own_entrypoint_drops_the_images_command(engine):
    config = engine.inspect(engine.create(image="fixture:latest", Entrypoint=["/bin/true"]))["Config"]
    assert (config["Entrypoint"], config["Cmd"]) == (["/bin/true"], None)


def test_top_lists_the_processes(engine, cli):
    container = engine.run("sh", "-c", "sleep 61 & sleep 62")
    commands, deadline = [], time.monotonic() + 5
    while sorted(commands)[-2:] != ["sleep 61", "sleep 62"]:
        assert time.monotonic() < deadline, commands
        top = engine.api.get(f"/containers/{container}/top").json
        commands = [row[top["Titles"].index("CMD")] for row in top["Processes"]]
    assert "sleep 62" in cli.out("top", container)


def test_stats_once(engine):
    container = engine.run("sh", "-c", "while :; do :; done")
    answer = engine.api.get(f"/containers/{container}/stats", stream="0", **{"one-shot": "1"})
    if answer.status == 501:
        pytest.skip(answer.message)
    stats = answer.json
    assert stats["memory_stats"]["usage"] > 0
    assert stats["cpu_stats"]["cpu_usage"]["total_usage"] > 0
    assert stats["pids_stats"]["current"] >= 1
    assert stats["id"] == container


def test_changes_in_the_file_system(engine):
    container = engine.run("sh", "-c", "touch /tmp/new; rm /etc/group; echo >> /etc/passwd")
    engine.wait(container)
    answer = engine.api.get(f"/containers/{container}/changes")
    if answer.status == 501:
        pytest.skip(answer.message)
    changes = {each["Path"]: each["Kind"] for each in answer.json}
    assert changes["/tmp/new"] == 1 and changes["/etc/group"] == 2 and changes["/etc/passwd"] == 0
