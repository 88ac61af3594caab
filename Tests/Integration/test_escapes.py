"""What a hostile image, or a process in a container, tries in order to get at the host."""

import time

import pytest
from harness import image


@pytest.fixture
def load(engine, tmp_path):
    """Loads an image of busybox and one more layer. It goes with the test, and its containers before it."""
    tags = []

    def load(layer):
        tags.append(f"hostile:{len(tags)}")
        layers = [image.busybox_layer(), layer.finish()]
        engine.load(image.archive(tmp_path / f"{len(tags)}.tar", [([tags[-1]], layers, {"Cmd": ["sh"]})]))
        return tags[-1]

    yield load
    engine.clear()
    for tag in tags:
        assert engine.api.delete(f"/images/{tag}", force="1").status == 200


def refusal(engine, container):
    """Starts a container that must not start, and returns the reason."""
    answer = engine.api.post(f"/containers/{container}/start")
    assert answer.status in ((400,) if engine.daemon.name == "berthd" else (400, 500)), answer
    state = engine.inspect(container)["State"]
    assert (state["Running"], state["Pid"]) == (False, 0)
    return answer.message


# Links in an image


@pytest.mark.berthd
@pytest.mark.parametrize("name", ["proc", "sys", "dev"])
def test_image_with_a_link_in_place_of_a_kernel_directory_is_refused(engine, load, name):
    layer = image.Layer()
    layer.directory("elsewhere")
    layer.link(name, "/elsewhere")
    reason = refusal(engine, engine.create("true", image=load(layer)))
    assert f'to rootfs at "/{name}": filesystem "' in reason
    assert "must be mounted on ordinary directory" in reason


def test_image_whose_proc_is_a_link_by_way_of_dev_is_refused(engine, load):
    layer = image.Layer()
    layer.link("proc", "/dev/p")
    layer.directory("dev")
    layer.link("dev/p", "/elsewhere")
    layer.directory("elsewhere")
    container = engine.create("sh", "-c", "echo escaped > /elsewhere/sys/kernel/domainname", image=load(layer))
    assert "must be mounted on ordinary directory" in refusal(engine, container)


def await_true(engine, container, *condition):
    deadline = time.monotonic() + 5
    while engine.execute(container, "test", *condition)[0] != 0:
        assert time.monotonic() < deadline, condition
        time.sleep(0.02)


# The working directory


@pytest.mark.berthd
def test_no_descriptor_can_be_the_working_directory_of_a_container(engine):
    for number in range(3, 20):
        container = engine.create("pwd", WorkingDir=f"/proc/self/fd/{number}")
        assert "chdir to cwd" in refusal(engine, container)


@pytest.mark.berthd
def test_no_descriptor_can_be_the_working_directory_of_an_exec(engine):
    container = engine.run("sleep", "60")
    for number in range(3, 20):
        status, out, err = engine.execute(container, "pwd", WorkingDir=f"/proc/self/fd/{number}")
        assert (status, out) == (126, "")
        assert "chdir to cwd" in err


@pytest.mark.berthd
def test_working_directory_outside_of_the_container_is_refused(engine):
    container = engine.create("pwd", WorkingDir=f"/proc/{engine.daemon.pid}/root", host={"PidMode": "host"})
    assert "is outside of container mount namespace root" in refusal(engine, container)


# Devices


def test_account_file_that_is_a_device_is_not_opened(engine):
    """Opening it would fail: there is none of that number."""
    container = engine.run("sh", "-c", "rm /etc/passwd && mknod /etc/passwd b 0 1 && exec sleep 60")
    await_true(engine, container, "-b", "/etc/passwd")
    assert engine.execute(container, "id", "-u") == (0, "0\n", "")


def test_exec_does_not_open_what_is_in_place_of_the_null_device(engine):
    container = engine.run("sh", "-c", "rm /dev/null && mknod /dev/null b 7 0 && exec sleep 60")
    await_true(engine, container, "-b", "/dev/null")
    status, out, err = engine.execute(container, "stat", "-Lc", "%F", "/proc/self/fd/0")
    assert status == 0, err
    assert out in ("fifo\n", "character special file\n")


# Volumes


@pytest.fixture
def volume(engine):
    """A volume in which a container has made links: to its own directory, and out of the volume."""
    engine.out(
        "mkdir -p /v/a/b; echo inside > /v/a/b/file; ln -s a /v/in; ln -s / /v/out; ln -s ../../../../../../.. /v/up",
        host={"Binds": ["links:/v"]})
    return "links"


def with_subpath(engine, volume, subpath):
    """The answer to the creation of a container that has a part of the volume."""
    mount = {"Type": "volume", "Source": volume, "Target": "/mnt", "VolumeOptions": {"Subpath": subpath}}
    return engine.api.at("1.45").post("/containers/create", {
        "Image": "busybox:latest", "Cmd": ["ls", "-A", "/mnt"],
        "HostConfig": {"NetworkMode": "none", "Mounts": [mount]}})


@pytest.mark.berthd
@pytest.mark.parametrize("subpath", ["a/b", "in/b"])
def test_subpath_of_a_volume(engine, volume, subpath):
    made = with_subpath(engine, volume, subpath)
    assert made.status == 201, made
    container = made.json["Id"]
    engine.start(container)
    assert engine.wait(container) == 0
    assert engine.logs(container) == ("file\n", "")


@pytest.mark.berthd
@pytest.mark.parametrize("subpath", ["out", "out/etc", "up", "up/etc"])
def test_subpath_does_not_follow_links_out_of_the_volume(engine, volume, subpath):
    made = with_subpath(engine, volume, subpath)
    assert made.status == 201, made
    assert f'subpath "{subpath}": path escapes from parent' in refusal(engine, made.json["Id"])


@pytest.mark.berthd
@pytest.mark.parametrize("subpath", ["..", "a/../..", "/etc"])
def test_subpath_that_leaves_the_volume_by_itself_is_refused(engine, volume, subpath):
    made = with_subpath(engine, volume, subpath)
    if made.status == 201:
        refusal(engine, made.json["Id"])
    else:
        assert made.status == 400, made
