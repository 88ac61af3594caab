"""What a new container may say of its name, its networks and its cgroup, and what volumes without a name are."""

import os
import time
from pathlib import Path

import pytest


def create(engine, networking=None, host=None, **config):
    body = {"Image": "busybox", "Cmd": ["sleep", "60"], "HostConfig": host or {}, **config}
    if networking is not None:
        body["NetworkingConfig"] = {"EndpointsConfig": networking}
    return engine.api.post("/containers/create", body)


def networks(engine, container):
    return set(engine.inspect(container)["NetworkSettings"]["Networks"])


def test_empty_name_is_none(engine):
    answer = engine.api.post("/containers/create", {"Image": "busybox"}, name="")
    assert answer.status == 201, answer
    assert len(engine.inspect(answer.json["Id"])["Name"]) > 1


# Networks


def test_image_with_ports_joins_the_network_of_another_container(engine):
    owner = engine.run("sleep", "60")
    mode = {"NetworkMode": f"container:{owner}"}
    container = engine.create("true", image="fixture:latest", Entrypoint=[], host=mode)
    assert "8080/tcp" in engine.inspect(container)["Config"]["ExposedPorts"]
    engine.start(container)
    assert engine.wait(container) == 0
    answer = create(engine, host=mode, ExposedPorts={"80/tcp": {}})
    assert answer.status == 400
    assert "conflicting options: port exposing and the container type network mode" in answer.message


def test_networks_that_are_named_are_all_there_are(engine):
    engine.network("only", "10.98.1.0/24")
    container = create(engine, {"only": {"Aliases": ["me"]}}).json["Id"]
    assert networks(engine, container) == {"only"}
    engine.start(container)
    assert networks(engine, container) == {"only"}
    assert engine.address(container, "only").startswith("10.98.1.")


def test_default_network_is_for_containers_that_name_none(engine):
    assert networks(engine, create(engine).json["Id"]) == {"bridge"}
    assert networks(engine, create(engine, {}).json["Id"]) == {"bridge"}
    assert networks(engine, create(engine, {"default": {}}, {"NetworkMode": "default"}).json["Id"]) == {"bridge"}


@pytest.mark.berthd
def test_network_mode_may_be_an_id_and_is_the_first_network(engine):
    engine.network("another", "10.98.2.0/24")
    first = engine.network("the-first", "10.98.3.0/24")
    for named in ({}, {first: {}}, {"the-first": {}}):
        container = create(engine, named, {"NetworkMode": first}).json["Id"]
        assert networks(engine, container) == {"the-first"}
        assert engine.api.post("/networks/another/connect", {"Container": container}).status == 200
        engine.start(container)
        _, out, _ = engine.execute(container, "ip", "-4", "address", "show", "eth0")
        assert " 10.98.3." in out
        engine.remove(container, force="1")


@pytest.mark.berthd
def test_links_are_not_there_yet(engine):
    engine.network("own", "10.98.4.0/24")
    other = engine.run("sleep", "60", name="other", host={"NetworkMode": "own"})
    container = engine.create("sleep", "60", host={"NetworkMode": "own"})
    links = {"Links": ["other:db"]}
    for answer in (
        create(engine, host=links),
        create(engine, {"own": links}, {"NetworkMode": "own"}),
        engine.api.post("/networks/bridge/connect", {"Container": container, "EndpointConfig": links}),
    ):
        assert (answer.status, answer.message) == (501, "links between containers is not implemented yet")
    answer = create(engine, host={"NetworkMode": f"container:{other}", **links})
    assert answer.status == 400 and "can't be used with links" in answer.message


@pytest.mark.berthd
def test_ipv6_is_not_there_yet(engine):
    for answer in (
        engine.api.post("/networks/create", {"Name": "six", "EnableIPv6": True}),
        engine.api.post("/networks/create", {"Name": "six", "IPAM": {"Config": [{"Subnet": "fd00:1::/64"}]}}),
        create(engine, host={"PortBindings": {"80/sctp": [{"HostIp": "::1", "HostPort": "8080"}]}}),
    ):
        assert answer.status == 501 and "not implemented yet" in answer.message, answer
    answer = create(engine, host={"PortBindings": {"80/tcp": [{"HostIp": "1.2.3", "HostPort": "8080"}]}})
    assert (answer.status, answer.message) == (400, "invalid IP address: 1.2.3")


@pytest.mark.berthd
@pytest.mark.parametrize("part", ["10.98.5.255/32", "10.98.5.0/32"])
def test_range_without_an_address_for_a_host_is_400(engine, part):
    answer = engine.api.post("/networks/create", {
        "Name": "no-room", "IPAM": {"Config": [{"Subnet": "10.98.5.0/24", "IPRange": part}]}})
    assert answer.status == 400 and f"invalid ip-range {part}" in answer.message, answer
    engine.network("room", "10.98.5.0/24")


# Cgroup


@pytest.mark.berthd
def test_cgroup_parent_does_not_lead_out_of_the_hierarchy(engine):
    parent = engine.daemon.cgroup_parent
    container = engine.run("sleep", "60", host={"CgroupParent": f"/../../../../../..{parent}"})
    assert not Path(parent).exists()
    joined = Path(f"/proc/{engine.pid(container)}/cgroup").read_text()
    assert f"{parent}/{container}" in joined


@pytest.mark.parametrize("parent", ["/", ".", "..", "/made-for-a-test/.."])
def test_cgroup_directly_below_the_root_can_be_joined(engine, parent):
    container = engine.run("sleep", "60", host={"CgroupParent": parent})
    assert f"/{container}\n" in Path(f"/proc/{engine.pid(container)}/cgroup").read_text()


@pytest.mark.parametrize("parent", ["made-for-a-test", "/made-for-a-test/below", "../../made-for-a-test",
                                    "/../../made-for-a-test/./below"])
def test_container_sees_its_cgroup_below_the_parent_that_was_asked_for(engine, parent):
    if os.path.exists("/sys/fs/cgroup/cgroup.controllers"):
        pytest.skip("v2: the container has a cgroup namespace of its own")
    container = engine.run("sh", "-c", "cat /proc/self/cgroup; sleep 60", host={"CgroupParent": parent})
    wanted = "/" + "/".join(part for part in parent.split("/") if part not in ("", ".", ".."))
    try:
        groups = dict(line.strip().split(":", 2)[1:] for line in open(f"/proc/{engine.pid(container)}/cgroup"))
        assert groups["memory"].endswith(f"{wanted}/{container}")
        deadline = time.monotonic() + 10
        while not (seen := engine.logs(container)[0]).endswith("\n") and time.monotonic() < deadline:
            time.sleep(0.01)
        assert f":memory:{groups['memory']}\n" in seen
        assert not Path("/made-for-a-test").exists()
    finally:
        engine.remove(container, force="1")
        for top in Path("/sys/fs/cgroup").iterdir():
            for name in ("made-for-a-test/below", "made-for-a-test"):
                if (top / name).is_dir():
                    (top / name).rmdir()


# Removal


@pytest.mark.berthd
def test_removal_of_a_running_container_is_refused_in_dockers_words(engine):
    container = engine.run("sleep", "60", name="at-work")
    refused = 'cannot remove container "/at-work": container is '
    answer = engine.api.delete(f"/containers/{container}")
    assert answer.status == 409
    assert answer.message == refused + "running: stop the container before removing or force remove"
    assert engine.api.post(f"/containers/{container}/pause").status == 204
    answer = engine.api.delete("/containers/at-work")
    assert (answer.status, answer.message) == (409, refused + "paused and must be unpaused first")
    engine.remove(container, force="1")


# Volumes without a name


@pytest.mark.berthd
def test_volumes_without_a_name_are_marked_and_pruned(engine):
    label = {"com.docker.volume.anonymous": ""}
    made = engine.api.post("/volumes/create", {"Labels": {"a": "b"}}).json
    assert made["Labels"] == {"a": "b", **label}
    container = engine.create("true", Volumes={"/data": {}})
    (mount,) = engine.inspect(container)["Mounts"]
    assert engine.api.get(f"/volumes/{mount['Name']}").json["Labels"] == label
    named = engine.api.post("/volumes/create", {"Name": "named"}).json
    assert not named["Labels"]
    engine.remove(container)
    pruned = engine.api.at("1.42").post("/volumes/prune").json["VolumesDeleted"]
    assert sorted(pruned) == sorted([made["Name"], mount["Name"]])


@pytest.mark.berthd
@pytest.mark.parametrize("mac", ["ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01", "00:00:00:00:00:00", "02:42", "nonsense"])
def test_mac_address_that_no_interface_can_have_is_400_at_create(engine, mac):
    engine.network("macs")
    endpoint = {"EndpointsConfig": {"macs": {"MacAddress": mac}}}
    for body in ({"MacAddress": mac}, {"NetworkingConfig": endpoint}):
        answer = engine.api.post("/containers/create", {
            "Image": "busybox", "HostConfig": {"NetworkMode": "macs"}, **body})
        assert (answer.status, answer.message) == (400, f"invalid MAC address: {mac}")


@pytest.mark.parametrize("name", ["a" * 300, "%2F", "..%2Fnetworks%2Fx", "%20"])
def test_forced_removal_of_what_is_no_name_of_a_volume_does_nothing(engine, name):
    assert engine.api.delete(f"/volumes/{name}", force="1").status in (204, 400, 404)
