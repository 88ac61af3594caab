"""Volumes: bind mounts, named and anonymous volumes, and what lives how long."""

import os
import shutil

import pytest
from harness import programs
from harness.waiting import until


def volume(engine, name, **config):
    answer = engine.api.post("/volumes/create", {"Name": name, **config})
    assert answer.status == 201, answer
    return answer.json


def names(engine, **query):
    return {each["Name"] for each in engine.api.get("/volumes", **query).json["Volumes"] or []}


def test_bind_mount_both_ways(engine, tmp_path):
    (tmp_path / "from-host").write_text("host\n")
    out = engine.out("cat /data/from-host; echo container > /data/from-container", host={"Binds": [f"{tmp_path}:/data"]})
    assert out == "host"
    assert (tmp_path / "from-container").read_text() == "container\n"


def test_read_only_bind(engine, tmp_path):
    status, _, err = engine.sh("touch /data/x", host={"Binds": [f"{tmp_path}:/data:ro"]})
    assert status == 1 and "Read-only file system" in err
    assert not list(tmp_path.iterdir())


def test_bind_of_one_file(engine, tmp_path):
    (tmp_path / "one").write_text("single\n")
    assert engine.out("cat /etc/one", host={"Binds": [f"{tmp_path}/one:/etc/one:ro"]}) == "single"


def test_bind_makes_an_absent_host_directory(engine, tmp_path):
    engine.out("echo x > /data/y", host={"Binds": [f"{tmp_path}/made/deep:/data"]})
    assert (tmp_path / "made/deep/y").read_text() == "x\n"


def test_bind_by_the_mounts_field_needs_its_source(engine, tmp_path):
    mount = {"Type": "bind", "Source": f"{tmp_path}/absent", "Target": "/data"}
    answer = engine.api.post("/containers/create", {"Image": "busybox", "HostConfig": {"Mounts": [mount]}})
    assert answer.status == 400
    assert answer.message.startswith("invalid mount config for type \"bind\": bind source path does not exist")
    assert not (tmp_path / "absent").exists()


def test_bind_propagation(engine, tmp_path):
    out = engine.out("grep ' /data ' /proc/self/mountinfo", host={"Binds": [f"{tmp_path}:/data:rprivate"]})
    assert "shared:" not in out and "master:" not in out


def test_file_system_mounted_inside_a_bind_is_seen(engine):
    out = engine.out("grep -c ' /host-proc' /proc/self/mountinfo; ls /host-proc/self > /dev/null && echo seen",
                     host={"Binds": ["/proc:/host-proc"]})
    assert out.splitlines()[-1] == "seen"


def test_named_volume_outlives_its_containers(engine):
    engine.out("echo kept > /data/file", host={"Binds": ["keep:/data"]})
    assert engine.out("cat /other/file", host={"Binds": ["keep:/other"]}) == "kept"
    assert "keep" in names(engine)


def test_named_volume_outlives_the_daemon(own_engine):
    engine = own_engine()
    engine.out("echo kept > /data/file", host={"Binds": ["keep:/data"]})
    engine.daemon.stop()
    engine.daemon.start()
    assert engine.out("cat /data/file", host={"Binds": ["keep:/data"]}) == "kept"


def test_read_only_volume(engine):
    status, _, err = engine.sh("touch /data/x", host={"Binds": ["ro-volume:/data:ro"]})
    assert status == 1 and "Read-only file system" in err


def test_two_containers_share_a_volume(engine):
    first = engine.run("sh", "-c", "while ! test -e /data/go; do sleep 0.02; done; echo there > /data/answer",
                       host={"Binds": ["shared:/data"]})
    engine.out("touch /data/go", host={"Binds": ["shared:/data"]})
    assert engine.wait(first) == 0
    assert engine.out("cat /data/answer", host={"Binds": ["shared:/data"]}) == "there"


def test_new_volume_takes_the_images_content_owner_and_mode(engine):
    script = "stat -c '%a %u %g' /seed; cat /seed/greeting; stat -c '%a %u %g' /seed/greeting; readlink /seed/deep/up"
    out = engine.out(script, image="fixture:latest", Entrypoint=[], User="0", host={"Binds": ["seeded:/seed"]})
    assert out.splitlines() == ["750 1000 50", "hello from the image", "640 1000 50", "../greeting"]


def test_volume_with_content_is_left_alone(engine):
    engine.out("echo mine > /data/mine", host={"Binds": ["mine:/data"]})
    assert engine.out("ls /seed", image="fixture:latest", Entrypoint=[], User="0", host={"Binds": ["mine:/seed"]}) == "mine"


def test_nocopy_leaves_the_volume_empty(engine):
    assert engine.out("ls /seed", image="fixture:latest", Entrypoint=[], User="0",
                      host={"Binds": ["empty:/seed:nocopy"]}) == ""


def test_anonymous_volume_of_the_image(engine):
    container = engine.create("true", image="fixture:latest")
    (mount,) = engine.inspect(container)["Mounts"]
    assert (mount["Type"], mount["Destination"], mount["RW"]) == ("volume", "/seed", True)
    assert len(mount["Name"]) == 64 and mount["Name"] in names(engine)
    assert mount["Source"].startswith(str(engine.daemon.data_root))
    engine.remove(container)
    assert mount["Name"] in names(engine)


def test_anonymous_volumes_go_with_their_container_when_asked(engine):
    container = engine.create("true", image="fixture:latest", Volumes={"/more": {}}, host={"Binds": ["named:/named"]})
    assert len(names(engine)) == 3
    engine.remove(container, v="1")
    assert names(engine) == {"named"}


def test_auto_remove_takes_anonymous_volumes(engine):
    container = engine.run("true", Volumes={"/anonymous": {}}, host={"AutoRemove": True})
    engine.api.post(f"/containers/{container}/wait", condition="removed")
    assert names(engine) == set()


def test_volumes_from_another_container(engine):
    first = engine.run("sh", "-c", "echo from first > /data/file; sleep 60", host={"Binds": ["from:/data"]})
    assert engine.out("while ! cat /data/file 2>/dev/null; do sleep 0.05; done", host={"VolumesFrom": [first]}) == "from first"
    assert engine.sh("touch /data/x", host={"VolumesFrom": [f"{first}:ro"]})[0] == 1


def test_mount_of_type_volume(engine):
    mount = {"Type": "volume", "Source": "by-mount", "Target": "/data", "VolumeOptions": {"Labels": {"made": "so"}}}
    engine.out("echo 1 > /data/f", host={"Mounts": [mount]})
    assert engine.api.get("/volumes/by-mount").json["Labels"] == {"made": "so"}


# The volumes API


def test_create_inspect_and_remove(engine):
    made = volume(engine, "made", Labels={"a": "b"})
    assert (made["Name"], made["Driver"], made["Scope"], made["Labels"]) == ("made", "local", "local", {"a": "b"})
    assert os.path.isdir(made["Mountpoint"])
    assert engine.api.get("/volumes/made").json == made
    assert engine.api.delete("/volumes/made").status == 204
    assert not os.path.exists(made["Mountpoint"])


def test_create_is_idempotent(engine):
    assert volume(engine, "again")["CreatedAt"] == volume(engine, "again")["CreatedAt"]


def test_name_is_made_up(engine):
    made = engine.api.post("/volumes/create", {}).json
    assert len(made["Name"]) == 64


@pytest.mark.parametrize("name", ["-bad", "a/b", "white space", "x"])
def test_invalid_name_is_400(engine, name):
    answer = engine.api.post("/volumes/create", {"Name": name})
    assert answer.status == 400, answer
    assert name in answer.message
    assert names(engine) == set()


def test_unknown_driver_is_404(engine):
    answer = engine.api.post("/volumes/create", {"Name": "driverless", "Driver": "nosuch"})
    assert answer.status in ((404,) if engine.daemon.name == "berthd" else (400, 404, 500)), answer
    assert "nosuch" in answer.message


def test_unknown_option_is_400(engine):
    answer = engine.api.post("/volumes/create", {"Name": "optioned", "DriverOpts": {"nosuch": "x"}})
    assert answer.status in ((400,) if engine.daemon.name == "berthd" else (400, 500)), answer
    assert "nosuch" in answer.message


def test_tmpfs_volume(engine):
    volume(engine, "in-memory", DriverOpts={"type": "tmpfs", "device": "tmpfs", "o": "size=1m"})
    assert "size=1024k" in engine.out("grep ' /data ' /proc/mounts", host={"Binds": ["in-memory:/data"]})


def test_absent_volume_is_404(engine):
    for answer in (engine.api.get("/volumes/absent"), engine.api.delete("/volumes/absent")):
        assert answer.status == 404
        assert answer.message == "get absent: no such volume"


def test_volume_in_use_cannot_be_removed(engine):
    container = engine.create("true", host={"Binds": ["used:/data"]})
    answer = engine.api.delete("/volumes/used")
    assert answer.status == 409
    assert "volume is in use" in answer.message and container in answer.message
    engine.remove(container)
    assert engine.api.delete("/volumes/used").status == 204


@pytest.mark.parametrize("filters, expected", [
    ({"name": ["al"]}, {"alpha"}), ({"label": ["k=v"]}, {"beta"}), ({"driver": ["local"]}, {"alpha", "beta"}),
    ({"driver": ["other"]}, set()), ({"dangling": ["true"]}, {"alpha"}), ({"dangling": ["false"]}, {"beta"}),
])
def test_list_filters(engine, filters, expected):
    volume(engine, "alpha")
    volume(engine, "beta", Labels={"k": "v"})
    engine.create("true", host={"Binds": ["beta:/data"]})
    assert names(engine, filters=filters) == expected


def test_prune(engine):
    volume(engine, "unused")
    engine.create("true", host={"Binds": ["in-use:/data"]})
    pruned = engine.api.post("/volumes/prune", filters={"all": ["true"]} if engine.daemon.name == "berthd" else {}).json
    assert pruned["VolumesDeleted"] == ["unused"]
    assert names(engine) == {"in-use"}


@pytest.mark.parametrize("binds, text", [
    (["relative/path:/data"], "relative/path"),
    (["name:not-absolute"], "not-absolute"),
    (["a:b:c:d:e"], "invalid volume specification: 'a:b:c:d:e'"),
    (["name:/data:badmode"], "badmode"),
    (["name:/"], "/"),
    (["one:/data", "two:/data"], "Duplicate mount point: /data"),
])
def test_bad_binds_are_400(engine, binds, text):
    answer = engine.api.post("/containers/create", {"Image": "busybox", "HostConfig": {"Binds": binds}})
    assert answer.status in ((400,) if engine.daemon.name == "berthd" else (400, 500)), answer
    assert text in answer.message
    if engine.daemon.name == "berthd":
        assert names(engine) == set()


def test_docker_volume_commands(engine, cli):
    assert cli.out("volume", "create", "by-cli") == "by-cli"
    cli("run", "--rm", "--network", "none", "-v", "by-cli:/d", "busybox", "sh", "-c", "echo x > /d/f")
    assert "by-cli" in cli.out("volume", "ls", "-q").splitlines()
    mountpoint = cli.out("volume", "inspect", "-f", "{{.Mountpoint}}", "by-cli")
    with open(f"{mountpoint}/f") as file:
        assert file.read() == "x\n"
    assert cli.out("volume", "rm", "by-cli") == "by-cli"


def test_sdk_volumes(sdk):
    made = sdk.volumes.create("by-sdk", labels={"a": "b"})
    sdk.containers.run("busybox", ["touch", "/d/x"], remove=True, network_mode="none", volumes={"by-sdk": {"bind": "/d"}})
    assert os.path.exists(f"{made.attrs['Mountpoint']}/x")
    made.remove()


@pytest.mark.berthd
def test_volume_that_is_there_with_other_options_is_a_conflict(engine):
    options = {"type": "tmpfs", "device": "tmpfs", "o": "size=1m"}
    assert engine.api.post("/volumes/create", {"Name": "opt", "DriverOpts": options}).status == 201
    for same in ({}, options):
        answer = engine.api.post("/volumes/create", {"Name": "opt", "DriverOpts": same})
        assert answer.status == 201 and answer.json["Options"] == options
    other = {**options, "o": "size=2m"}
    answer = engine.api.post("/volumes/create", {"Name": "opt", "DriverOpts": other})
    assert answer.status == 409 and "'opt' already exists with other options" in answer.message, answer
    mount = {"Type": "volume", "Source": "opt", "Target": "/v", "VolumeOptions": {"DriverConfig": {"Options": other}}}
    answer = engine.api.post("/containers/create", {"Image": "busybox", "HostConfig": {"Mounts": [mount]}})
    assert answer.status == 409 and "other options" in answer.message, answer


@pytest.mark.berthd
@pytest.mark.parametrize("what", ["", "_data"])
def test_volume_whose_folder_was_removed_from_outside_is_made_again(engine, what):
    engine.api.post("/volumes/create", {"Name": "lost"})
    container = engine.create("sh", "-c", "ls -A /data; echo again > /data/file", host={"Binds": ["lost:/data"]})
    shutil.rmtree(engine.daemon.data_root / "volumes/lost" / what)
    engine.start(container)
    assert engine.wait(container) == 0
    assert engine.logs(container) == ("", "")
    assert engine.out("cat /data/file", host={"Binds": ["lost:/data"]}) == "again"
    assert "volume lost: " in engine.daemon.log_tail(200)


@pytest.mark.berthd
@pytest.mark.parametrize("name", ["../secret", "..%2f", "x" * 300, "a/b"])
def test_removal_by_force_touches_nothing_by_a_name_that_no_volume_has(engine, name):
    from urllib.parse import quote

    outside = engine.daemon.data_root / "records/secret"
    outside.parent.mkdir(exist_ok=True)
    outside.write_text("kept")
    assert engine.api.delete(f"/volumes/{quote(name, safe='')}").status == 404
    assert engine.api.delete(f"/volumes/{quote(name, safe='')}", force="1").status in (204, 404)
    assert outside.read_text() == "kept"
    outside.unlink()
    answer = engine.api.post("/volumes/create", {"Name": "x" * 256})
    assert answer.status == 400 and "255" in answer.message, answer
    answer = engine.api.post("/volumes/create", {"Name": "x"})
    assert answer.status == 400 and "too short" in answer.message, answer


@pytest.mark.berthd
def test_volume_with_files_that_a_container_has_made_immutable_is_removed(engine):
    program = programs.build("mark_immutable")
    script = "mkdir -p /v/d/e; touch /v/f /v/d/f; /p/mark_immutable /v/f /v/d/f /v/d/e /v/d /v"
    status, out, err = engine.sh(script, host={
        "Binds": ["marked:/v", f"{program.parent}:/p:ro"], "CapAdd": ["LINUX_IMMUTABLE"]})
    if status == 1 and not err:
        pytest.skip("no immutable files here")
    assert (status, out) == (0, "marked\n"), err
    assert engine.api.delete("/volumes/marked").status == 204
    until(lambda: os.listdir(engine.daemon.data_root / "volumes") == [], engine.daemon.log_tail)
