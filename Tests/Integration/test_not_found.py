"""What a 404 means: to who creates a container that the image is not there, elsewhere that the named thing is not."""

import pytest


def create(engine, host=None, **config):
    body = {"Image": "busybox", "Cmd": ["true"], "HostConfig": {"NetworkMode": "none", **(host or {})}, **config}
    return engine.api.post("/containers/create", body)


def test_image_that_is_not_there_is_404(engine):
    answer = create(engine, Image="nosuch")
    assert (answer.status, answer.message) == (404, "No such image: nosuch:latest")


REFUSED = {
    "volumes-from": ({"VolumesFrom": ["nosuch"]}, "No such container: nosuch"),
    "volume driver of a bind": ({"Binds": ["vol:/y"], "VolumeDriver": "nosuch"}, 'plugin "nosuch" not found'),
    "volume driver of a mount": (
        {"Mounts": [{"Type": "volume", "Source": "vol", "Target": "/y", "VolumeOptions": {"DriverConfig": {"Name": "nosuch"}}}]},
        'plugin "nosuch" not found'),
    "bind": ({"Mounts": [{"Type": "bind", "Source": "/no/such/path", "Target": "/y"}]}, "/no/such/path"),
    "device": ({"Devices": [{"PathOnHost": "/dev/nosuch", "PathInContainer": "/dev/x"}]}, "/dev/nosuch"),
}


@pytest.mark.berthd
@pytest.mark.parametrize("case", REFUSED)
def test_anything_else_that_is_not_there_is_400(engine, case):
    host, text = REFUSED[case]
    before = len(engine.api.get("/containers/json", all="1").json)
    answer = create(engine, host)
    assert answer.status == 400 and text in answer.message, answer
    assert len(engine.api.get("/containers/json", all="1").json) == before
    assert not engine.api.get("/volumes").json["Volumes"]


@pytest.mark.parametrize("entry, text", [
    ("", "volumes-from specification cannot be an empty string"),
    (":ro", 'invalid name or ID supplied: ""'), (":", 'invalid name or ID supplied: ""'),
    ("donor:", None), ("donor:ro", None), ("donor:rw,z", None),
    ("donor:nosuch", "invalid mode: nosuch"), ("donor:ro,rw", "invalid mode: ro,rw"), ("donor:ro:ro", "invalid mode: ro:ro"),
    ("donor:nocopy", "invalid mode: nocopy"), ("donor:rslave", "invalid mode: rslave"),
])
def test_what_volumes_from_may_say(engine, entry, text):
    engine.create("true", name="donor", host={"Binds": ["given:/data"]})
    answer = create(engine, {"VolumesFrom": [entry]})
    assert (answer.status, answer.json.get("message")) == ((400, text) if text else (201, None))


@pytest.mark.parametrize("force", [False, True])
def test_disconnect_of_what_is_not_there(engine, force):
    engine.network("there", "10.94.40.0/24")

    def disconnect(network, container):
        answer = engine.api.post(f"/networks/{network}/disconnect", {"Container": container, "Force": force})
        return answer.status, answer.message

    absent = "endpoint nosuch not found" if force else "No such container: nosuch"
    assert disconnect("there", "nosuch") == (404, absent)
    assert disconnect("there", "")[0] == 400
    assert disconnect("nosuch", "nosuch")[0] == 404
    answer = engine.api.post("/networks/there/connect", {"Container": ""})
    assert (answer.status, answer.message) == (400, 'invalid name or ID supplied: ""')


@pytest.mark.parametrize("mode", ["NetworkMode", "PidMode", "IpcMode"])
@pytest.mark.berthd
def test_mode_of_an_absent_container_is_refused_at_the_start(engine, mode):
    answer = create(engine, {mode: "container:nosuch"})
    assert answer.status == 201, answer
    container = answer.json["Id"]
    assert engine.inspect(container)["HostConfig"][mode] == "container:nosuch"
    started = engine.api.post(f"/containers/{container}/start")
    assert started.status != 204 and started.status != 500 and "No such container: nosuch" in started.message, started
    # It may come later.
    engine.create("sleep", "60", name="nosuch", host={"IpcMode": "shareable"})
    engine.start("nosuch")
    engine.start(container)
    assert engine.wait(container) == 0


@pytest.mark.berthd
def test_unknown_network_is_refused_at_the_start(engine):
    answer = create(engine, {"NetworkMode": "bridge"}, NetworkingConfig={"EndpointsConfig": {"bridge": {}, "nosuch": {}}})
    assert answer.status == 201, answer
    container = answer.json["Id"]
    started = engine.api.post(f"/containers/{container}/start")
    assert (started.status, started.message) == (404, "network nosuch not found")
    engine.network("nosuch", "10.91.1.0/24")
    engine.start(container)
    assert engine.wait(container) == 0
    assert set(engine.inspect(container)["NetworkSettings"]["Networks"]) == {"bridge", "nosuch"}


@pytest.mark.parametrize("option", ["--volumes-from=nosuch", "--network=container:nosuch", "--pid=container:nosuch",
                                    "--ipc=container:nosuch", "--network=nosuch"])
@pytest.mark.berthd
def test_docker_run_pulls_nothing_for_it(engine, cli, option):
    done = cli("run", "--rm", option, "busybox", "true", check=False)
    assert done.returncode == 125, done
    assert "nosuch" in done.stderr and "Unable to find image" not in done.stderr, done.stderr


def test_elsewhere_404_names_what_is_not_there(engine):
    container = engine.create("true")
    engine.network("there")
    for path, body, text in [
        ("/containers/nosuch/exec", {"Cmd": ["true"]}, "No such container: nosuch"),
        ("/networks/nosuch/connect", {"Container": container}, "network nosuch not found"),
        ("/networks/there/connect", {"Container": "nosuch"}, "No such container: nosuch"),
        ("/networks/there/disconnect", {"Container": "nosuch"}, "No such container: nosuch"),
    ]:
        answer = engine.api.post(path, body)
        assert (answer.status, answer.message) == (404, text), path
