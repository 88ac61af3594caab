"""Which networks a container may have together, in Docker's words."""

import pytest
from harness import database, leaks

SHARED = "container sharing network namespace with another container or host cannot be connected to any other network"
HOST = "container cannot be disconnected from host network or connected to host network"
NONE = "container cannot be connected to multiple networks with one of the networks in private (none) mode"


@pytest.mark.parametrize("mode, network, text", [
    ("bridge", "host", HOST), ("host", "own", SHARED), ("none", "own", NONE), ("bridge", "none", NONE),
])
def test_networks_that_do_not_go_together_are_400(engine, mode, network, text):
    engine.network("own", "10.95.1.0/24")
    container = engine.run("sleep", "60", host={"NetworkMode": mode})
    answer = engine.api.post(f"/networks/{network}/connect", {"Container": container})
    assert (answer.status, answer.message) == (400, text)


def test_container_that_has_anothers_network_gets_no_other(engine):
    engine.network("own", "10.95.1.0/24")
    owner = engine.run("sleep", "60", host={"NetworkMode": "bridge"})
    container = engine.run("sleep", "60", host={"NetworkMode": f"container:{owner}"})
    answer = engine.api.post("/networks/own/connect", {"Container": container})
    assert (answer.status, answer.message) == (400, SHARED)


def test_host_network_is_kept(engine):
    container = engine.run("sleep", "60", host={"NetworkMode": "host"})
    answer = engine.api.post("/networks/host/disconnect", {"Container": container})
    assert (answer.status, answer.message) == (400, HOST)


@pytest.mark.berthd
def test_host_network_is_told_in_the_words_of_the_clients_version(engine):
    engine.create("true", name="guest", host={"NetworkMode": "bridge"})
    engine.create("true", name="hosts", host={"NetworkMode": "host"})
    newer = engine.api.at("1.44")
    answer = newer.post("/networks/host/connect", {"Container": "guest"})
    assert (answer.status, answer.message) == (
        400, "cannot connect container to host network - container must be created in host network mode")
    answer = newer.post("/networks/host/disconnect", {"Container": "hosts"})
    assert (answer.status, answer.message) == (
        400, "cannot disconnect container from host network - container was created in host network mode")


@pytest.mark.berthd
def test_address_outside_the_subnet_is_told_in_dockers_words(engine):
    engine.network("own", "10.95.2.0/24")
    container = engine.run("sleep", "60", host={"NetworkMode": "bridge"})
    answer = engine.api.post("/networks/own/connect", {
        "Container": container, "EndpointConfig": {"IPAMConfig": {"IPv4Address": "10.99.0.1"}}})
    text = "Invalid address 10.99.0.1: It does not belong to any of this network's subnets"
    assert (answer.status, answer.message) == (400, text)


@pytest.mark.berthd
@pytest.mark.parametrize("mode", ["host", "none", "container:other"])
@pytest.mark.parametrize("settings", [
    {"IPAMConfig": {"IPv4Address": "10.1.2.3"}}, {"MacAddress": "02:42:00:00:00:01"}, {"GwPriority": 1},
    {"DriverOpts": {"com.docker.network.endpoint.ifname": "x"}}])
def test_modes_without_an_endpoint_take_no_settings_of_one(engine, mode, settings):
    engine.create("true", name="other")
    body = {"Image": "busybox", "HostConfig": {"NetworkMode": mode}}
    answer = engine.api.post("/containers/create", {**body, "NetworkingConfig": {"EndpointsConfig": {mode: settings}}})
    assert answer.status == 400 and f"and the network mode {mode.split(':')[0]}" in answer.message, answer
    # What the docker command sends when nothing is asked.
    empty = {"IPAMConfig": None, "Links": None, "Aliases": None, "MacAddress": "", "DriverOpts": None, "GwPriority": 0}
    answer = engine.api.post("/containers/create", {**body, "NetworkingConfig": {"EndpointsConfig": {mode: empty}}})
    assert answer.status == 201, answer


@pytest.mark.berthd
def test_connect_that_would_make_nothing_is_409(own_engine):
    """Of a container whose network namespace nobody knows any more: to write down that it is connected would be a lie."""
    engine = own_engine()
    engine.network("further", "10.94.50.0/24")
    container = engine.run("sleep", "60", host={"NetworkMode": "bridge"})
    engine.daemon.kill()
    database.execute(engine, "UPDATE containers SET record = CAST(json_set(record, '$.sandboxKey', '') AS BLOB)")
    engine.daemon.start()
    before = (leaks.links(engine.daemon), engine.inspect(container)["NetworkSettings"]["Networks"])
    answer = engine.api.post("/networks/further/connect", {"Container": container})
    assert answer.status == 409 and "without a network namespace of its own" in answer.message, answer
    assert (leaks.links(engine.daemon), engine.inspect(container)["NetworkSettings"]["Networks"]) == before
    assert "further" not in before[1]
    assert engine.api.delete("/networks/further").status == 204  # nothing uses it
    engine.stop(container)
    engine.start(container)
    assert engine.execute(container, "ip", "-4", "-o", "address", "show", "eth0")[0] == 0


def test_connect_with_an_interface_name_that_is_there_already_is_409(engine):
    engine.network("further", "10.94.50.0/24")
    container = engine.run("sleep", "60", host={"NetworkMode": "bridge"})
    option = {"com.docker.network.endpoint.ifname": "eth0"}
    answer = engine.api.post("/networks/further/connect", {"Container": container, "EndpointConfig": {"DriverOpts": option}})
    if engine.daemon.name == "berthd":
        assert answer.status == 409 and "eth0" in answer.message, answer
    assert "further" not in engine.inspect(container)["NetworkSettings"]["Networks"]
