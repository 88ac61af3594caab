"""A container on several networks: by which of them its default route and its published ports go."""

import pytest
from harness.servers import Server, http_reply


def running(engine, *networks, port=None):
    """A container on the networks in this order; port 80 is published as `port`."""
    body = {
        "Image": "busybox", "Cmd": ["sleep", "60"], "ExposedPorts": {"80/tcp": {}},
        "HostConfig": {"NetworkMode": networks[0],
                       "PortBindings": {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": str(port)}]} if port else {}},
        "NetworkingConfig": {"EndpointsConfig": {networks[0]: {}}}}
    answer = engine.api.post("/containers/create", body)
    assert answer.status == 201, answer
    container = answer.json["Id"]
    for network in networks[1:]:
        connect(engine, network, container)
    engine.start(container)
    return container


def connect(engine, network, container):
    answer = engine.api.post(f"/networks/{network}/connect", {"Container": container})
    assert answer.status == 200, answer


def disconnect(engine, network, container):
    answer = engine.api.post(f"/networks/{network}/disconnect", {"Container": container})
    assert answer.status == 200, answer


def default_route(engine, container):
    lines = engine.execute(container, "ip", "route")[1].splitlines()
    return [line.split()[2] for line in lines if line.startswith("default via")]


def bindings(engine, container):
    return {port: [(each["HostIp"], each["HostPort"]) for each in found or []]
            for port, found in engine.inspect(container)["NetworkSettings"]["Ports"].items()}


def reached(engine, container, port):
    with Server(engine.netns_of(container), 80, http_reply("reached")):
        return engine.lan.outside.fetch(engine.lan.HOST, port, timeout=2)[1] == b"reached"


def test_internal_network_is_no_way_out(engine):
    engine.network("a-inside", "10.94.1.0/24", Internal=True)
    engine.network("b-outside", "10.94.2.0/24")
    container = running(engine, "a-inside", "b-outside", port=8091)
    assert default_route(engine, container) == ["10.94.2.1"]
    assert bindings(engine, container) == {"80/tcp": [("0.0.0.0", "8091")]}
    assert reached(engine, container, 8091)


@pytest.mark.berthd
def test_way_out_that_comes_later_has_the_ports(engine):
    engine.network("inside", "10.94.3.0/24", Internal=True)
    engine.network("outside", "10.94.4.0/24")
    container = running(engine, "inside", port=8092)
    assert default_route(engine, container) == []
    assert bindings(engine, container) == {"80/tcp": []}
    connect(engine, "outside", container)
    assert default_route(engine, container) == ["10.94.4.1"]
    assert bindings(engine, container) == {"80/tcp": [("0.0.0.0", "8092")]}
    assert reached(engine, container, 8092)


def test_ports_and_default_route_move_when_their_network_goes(engine):
    engine.network("one", "10.94.5.0/24")
    engine.network("two", "10.94.6.0/24")
    container = running(engine, "one", "two", port=8093)
    assert default_route(engine, container) == ["10.94.5.1"]
    disconnect(engine, "one", container)
    assert default_route(engine, container) == ["10.94.6.1"]
    assert bindings(engine, container) == {"80/tcp": [("0.0.0.0", "8093")]}
    assert reached(engine, container, 8093)
    # The port is the container's until it ends, and free afterwards.
    engine.stop(container)
    assert reached(engine, running(engine, "one", port=8093), 8093)


@pytest.mark.berthd
def test_moved_ports_outlive_the_daemon(own_engine):
    engine = own_engine()
    engine.network("one", "10.94.7.0/24")
    engine.network("two", "10.94.8.0/24")
    container = running(engine, "one", "two", port=8094)
    disconnect(engine, "one", container)
    engine.daemon.kill()
    engine.daemon.start()
    assert bindings(engine, container) == {"80/tcp": [("0.0.0.0", "8094")]}
    assert reached(engine, container, 8094)
    second = engine.create("true", ExposedPorts={"80/tcp": {}}, host={
        "NetworkMode": "two", "PortBindings": {"80/tcp": [{"HostPort": "8094"}]}})
    assert "port is already allocated" in engine.api.post(f"/containers/{second}/start").message


def test_interface_name_is_free_at_once_after_a_disconnect(engine):
    engine.network("again", "10.94.9.0/24")
    container = running(engine, "bridge")
    for _ in range(5):
        connect(engine, "again", container)
        assert "10.94.9." in engine.execute(container, "ip", "address", "show", "eth1")[1]
        disconnect(engine, "again", container)


@pytest.mark.parametrize("order", [("z-first", "a-second"), ("a-second", "z-first")])
def test_of_networks_with_equal_priority_the_first_by_name_is_the_way_out(engine, order):
    engine.network("a-second", "10.94.20.0/24")
    engine.network("z-first", "10.94.21.0/24")
    container = running(engine, *order, port=8096)
    assert default_route(engine, container) == ["10.94.20.1"]
    assert reached(engine, container, 8096)


def test_network_that_comes_first_by_name_takes_the_way_out_over_and_gives_it_back(engine):
    for number, name in enumerate(("m-own", "a-before", "z-behind")):
        engine.network(name, f"10.94.{22 + number}.0/24")
    container = running(engine, "m-own", port=8097)
    for connected, way in (("z-behind", "10.94.22.1"), ("a-before", "10.94.23.1")):
        connect(engine, connected, container)
        assert default_route(engine, container) == [way]
    assert bindings(engine, container) == {"80/tcp": [("0.0.0.0", "8097")]}
    assert reached(engine, container, 8097)
    disconnect(engine, "a-before", container)
    assert default_route(engine, container) == ["10.94.22.1"]
    assert reached(engine, container, 8097)
