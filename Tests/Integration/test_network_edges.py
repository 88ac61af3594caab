"""Names, subnets and addresses at the edges of what networks can have."""

import pytest

pytestmark = pytest.mark.berthd


def create(engine, name="edge", **config):
    return engine.api.post("/networks/create", {"Name": name, "Driver": "bridge", **config})


@pytest.mark.parametrize("name", ["br%d", "a b", "a\0b", "a\nb", "-a", ".a", "lo", "all", "b" * 16, "brücke", "a/b", "a:b"])
def test_bridge_name_that_the_kernel_or_a_tool_takes_for_something_else_is_400(engine, name):
    before = engine.lan.host.run("ip", "-o", "link")
    answer = create(engine, Options={"com.docker.network.bridge.name": name})
    assert answer.status == 400 and "bridge" in answer.message, answer
    assert engine.lan.host.run("ip", "-o", "link") == before


@pytest.mark.parametrize("subnet", [
    "127.0.0.0/24", "127.0.0.0/8", "126.0.0.0/7", "224.0.0.0/24", "239.1.0.0/16", "240.0.0.0/24", "0.0.0.0/24"])
def test_subnet_that_no_host_can_be_in_is_400(engine, subnet):
    answer = create(engine, IPAM={"Config": [{"Subnet": subnet}]})
    assert answer.status == 400 and "it has addresses" in answer.message, answer


def test_bridge_has_one_subnet_and_needs_an_ipam_driver(engine):
    answer = create(engine, IPAM={"Config": [{"Subnet": "10.94.31.0/24"}, {"Subnet": "10.94.32.0/24"}]})
    assert (answer.status, answer.message) == (403, "bridge driver doesn't support multiple subnets")
    answer = create(engine, IPAM={"Driver": "null"})
    assert (answer.status, answer.message) == (400, "ipv4 pool is empty")
    answer = create(engine, IPAM={"Driver": "null", "Config": [{"Subnet": "10.94.31.0/24"}]})
    assert answer.status == 400
    # Nothing is left of them: both subnets can be had.
    engine.network("one", "10.94.31.0/24")
    engine.network("two", "10.94.32.0/24")


def test_no_free_address_is_503_in_dockers_words(engine):
    network = engine.network("small", "10.94.33.0/30")
    first = engine.run("sleep", "600", host={"NetworkMode": "small"})
    second = engine.create("sleep", "600", host={"NetworkMode": "small"})
    answer = engine.api.post(f"/containers/{second}/start")
    assert (answer.status, answer.message.split(": ", 1)[1] if answer.message.startswith("f") else answer.message) == (
        503, f"no available IPv4 addresses on this network's address pools: small ({network})")
    engine.stop(first)
    engine.start(second)


def test_static_address_of_a_container_that_does_not_run_is_kept_for_it(engine):
    engine.network("own", "10.94.34.0/29")
    settings = {"EndpointsConfig": {"own": {"IPAMConfig": {"IPv4Address": "10.94.34.3"}}}}
    static = engine.create("sleep", "600", host={"NetworkMode": "own"}, NetworkingConfig=settings)
    others = [engine.create("sleep", "600", host={"NetworkMode": "own"}) for _ in range(5)]
    for other in others[:4]:
        engine.start(other)
    assert engine.api.post(f"/containers/{others[4]}/start").status == 503
    engine.start(static)
    assert engine.address(static, "own") == "10.94.34.3"


def test_host_port_that_was_picked_stays_while_networks_come_and_go(engine):
    for number, name in enumerate(("aaa", "ccc")):
        engine.network(name, f"10.94.{35 + number}.0/24")
    container = engine.run("sleep", "600", ExposedPorts={"70/tcp": {}}, host={
        "NetworkMode": "bridge", "PortBindings": {"70/tcp": [{"HostPort": ""}]}})

    def port():
        return {binding["HostPort"] for binding in engine.inspect(container)["NetworkSettings"]["Ports"]["70/tcp"]}

    picked = port()
    for step, network in (("connect", "aaa"), ("disconnect", "aaa"), ("connect", "ccc"), ("disconnect", "bridge"),
                          ("connect", "aaa"), ("disconnect", "ccc")):
        answer = engine.api.post(f"/networks/{network}/{step}", {"Container": container})
        assert answer.status == 200 and port() == picked, (step, network, answer)
