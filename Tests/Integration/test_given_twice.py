"""What a client, an image and the engine may each say, and that can be only once: the last word counts."""

import os

import pytest
from harness import image


def variables(text, *names):
    return [line for line in text.splitlines() if line.split("=")[0] in names]


@pytest.fixture
def doubled(engine, tmp_path):
    config = {"Env": ["PATH=/nowhere", "A=image1", "PATH=/usr/bin:/bin", "A=image2", "B=image", "B"], "Cmd": ["env"]}
    engine.load(image.archive(tmp_path / "a.tar", [(["doubled:1"], [image.busybox_layer()], config)]))
    yield "doubled:1"
    engine.clear()
    assert engine.api.delete("/images/doubled:1").status == 200


@pytest.mark.berthd
def test_variables_of_an_image_and_a_client_are_unique(engine, doubled):
    assert sorted(variables(engine.out("env", image=doubled), "A", "PATH", "B")) == ["A=image2", "PATH=/usr/bin:/bin"]
    given = ["A=own1", "C=1", "A=own2", "C=2", "PATH=/bin", "HOSTNAME=other"]
    out = engine.out("env", image=doubled, Env=given)
    assert sorted(variables(out, "A", "C", "PATH", "HOSTNAME")) == ["A=own2", "C=2", "HOSTNAME=other", "PATH=/bin"]
    container = engine.create("true", image=doubled, Env=given)
    assert engine.inspect(container)["Config"]["Env"] == ["A=own2", "C=2", "PATH=/bin", "HOSTNAME=other", "B"]


@pytest.mark.berthd
def test_variables_of_an_exec_are_unique(engine):
    container = engine.run("sleep", "60", Env=["A=1", "KEEP=1"])
    out = engine.execute(container, "env", Env=["B=1", "B=2", "A=2", "A=3", "PATH=/x", "PATH=/bin"])[1]
    assert sorted(variables(out, "A", "B", "KEEP", "PATH")) == ["A=3", "B=2", "KEEP=1", "PATH=/bin"]
    out = engine.execute(container, "env", Env=["A", "KEEP=2", "KEEP"])[1]
    assert variables(out, "A", "KEEP") == []


@pytest.mark.berthd
def test_the_last_of_two_limits_holds(engine):
    limits = [{"Name": "nofile", "Soft": 100, "Hard": 100}, {"Name": "NOFILE", "Soft": 90, "Hard": 200}]
    assert engine.out("ulimit -Sn; ulimit -Hn", host={"Ulimits": limits}).split() == ["90", "200"]


@pytest.mark.berthd
@pytest.mark.parametrize("limit, words", [
    ({"Soft": -1, "Hard": 4}, "ulimit soft limit must be less than or equal to hard limit"),
    ({"Soft": 5, "Hard": 4}, "ulimit soft limit must be less than or equal to hard limit: 5 > 4"),
    ({"Soft": -2, "Hard": 4}, "a limit is at least -1"),
])
def test_limits_that_the_kernel_refuses_are_refused_at_create(engine, limit, words):
    host = {"Ulimits": [{"Name": "nofile", **limit}]}
    answer = engine.api.post("/containers/create", {"Image": "busybox", "Cmd": ["true"], "HostConfig": host})
    assert answer.status == 400 and words in answer.message


@pytest.mark.berthd
def test_the_last_of_two_devices_is_at_a_place(engine):
    def device(host, inside, rights="rwm"):
        return {"PathOnHost": host, "PathInContainer": inside, "CgroupPermissions": rights}

    numbers = os.stat("/dev/zero").st_rdev
    script = "stat -c %t:%T /dev/x /dev/full"
    devices = [device("/dev/null", "/dev/x"), device("/dev/zero", "/dev//x"), device("/dev/zero", "/dev/full")]
    zero = f"{os.major(numbers):x}:{os.minor(numbers):x}"
    assert engine.out(script, host={"Devices": devices}).split() == [zero, zero]


# Nothing, and an empty thing, are the same


@pytest.mark.parametrize("empty", [None, []])
def test_an_empty_command_is_the_images(engine, empty):
    container = engine.create(image="fixture:latest", Cmd=empty)
    shown = engine.inspect(container)["Config"]
    assert shown["Cmd"] == engine.api.get("/images/fixture:latest/json").json["Config"]["Cmd"]


def test_an_empty_entry_point_takes_the_images_away_and_leaves_its_command(engine):
    container = engine.create(image="fixture:latest", Entrypoint=[])
    shown = engine.inspect(container)["Config"]
    assert not shown["Entrypoint"]
    assert shown["Cmd"] == engine.api.get("/images/fixture:latest/json").json["Config"]["Cmd"]


@pytest.mark.berthd
def test_null_and_empty_values_give_the_same_container(engine):
    absent = engine.inspect(engine.create("true"))
    lists = ("VolumesFrom", "Mounts", "CapAdd", "CapDrop", "Dns", "DnsOptions", "DnsSearch", "ExtraHosts", "GroupAdd",
             "Links", "SecurityOpt", "Devices", "DeviceCgroupRules", "Ulimits", "ConsoleSize", "BlkioWeightDevice")
    objects = ("PortBindings", "Annotations", "StorageOpt", "Tmpfs", "Sysctls")
    for nothing in (lambda kind: None, lambda kind: kind()):
        host = {name: nothing(kind) for names, kind in ((lists, list), (objects, dict)) for name in names}
        config = {"Volumes": nothing(dict), "ExposedPorts": nothing(dict), "OnBuild": nothing(list),
                  "Shell": nothing(list), "StopSignal": nothing(str), "MacAddress": nothing(str)}
        other = engine.inspect(engine.create("true", host={**host, "Runtime": nothing(str)}, **config))
        assert other["HostConfig"] == absent["HostConfig"]
        assert {**other["Config"], "Hostname": ""} == {**absent["Config"], "Hostname": ""}


@pytest.mark.berthd
def test_masks_may_be_none_at_all(engine):
    script = "head -c 1 /proc/timer_list | wc -c"
    assert engine.out(script) == "0"
    assert engine.out(script, host={"MaskedPaths": None}) == "0"
    container = engine.create("true", host={"MaskedPaths": [], "ReadonlyPaths": []})
    assert engine.inspect(container)["HostConfig"]["MaskedPaths"] == []


@pytest.mark.berthd
def test_healthcheck_takes_what_it_leaves_open_from_the_image(engine, tmp_path):
    config = {"Cmd": ["true"], "Healthcheck": {"Test": ["CMD", "true"], "Interval": 3_000_000_000, "Retries": 4}}
    engine.load(image.archive(tmp_path / "a.tar", [(["healthy:1"], [image.busybox_layer()], config)]))
    container = engine.create(image="healthy:1", Healthcheck={"Test": [], "Interval": 0, "Retries": 7})
    shown = engine.inspect(container)["Config"]["Healthcheck"]
    engine.clear()
    engine.api.delete("/images/healthy:1")
    assert (shown["Test"], shown["Interval"], shown["Retries"]) == (["CMD", "true"], 3_000_000_000, 7)


# The runtime's name


@pytest.mark.berthd
def test_runtime_is_shown_by_name(engine):
    info = engine.api.get("/info").json
    default = info["DefaultRuntime"]
    assert default in info["Runtimes"]
    assert engine.inspect(engine.create("true"))["HostConfig"]["Runtime"] == default
    for name in info["Runtimes"]:
        container = engine.run("true", host={"Runtime": name})
        assert engine.wait(container) == 0
        assert engine.inspect(container)["HostConfig"]["Runtime"] == name
    body = {"Image": "busybox", "Cmd": ["true"], "HostConfig": {"Runtime": "nosuch"}}
    answer = engine.api.post("/containers/create", body)
    assert (answer.status, answer.message) == (400, "unknown or invalid runtime name: nosuch")
