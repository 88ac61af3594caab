"""Networks: the default bridge, networks of one's own, and what is refused."""

import re

import pytest
from harness.servers import Server, http_reply


def test_the_three_that_are_always_there(engine):
    listed = {each["Name"]: each for each in engine.api.get("/networks").json}
    assert set(listed) == {"bridge", "host", "none"}
    assert (listed["bridge"]["Driver"], listed["host"]["Driver"], listed["none"]["Driver"]) == ("bridge", "host", "null")
    assert all(each["Scope"] == "local" and len(each["Id"]) == 64 for each in listed.values())
    (pool,) = listed["bridge"]["IPAM"]["Config"]
    assert re.fullmatch(r"172\.\d+\.0\.0/16", pool["Subnet"])


def test_container_on_the_default_bridge_reaches_another_host_by_nat(engine):
    """The neighbour has no route back: it can answer only the daemon's host."""
    with Server(engine.lan.outside, 8000, http_reply("from outside")) as server:
        out = engine.out(f"wget -q -O - http://{engine.lan.OUTSIDE}:8000/", host={"NetworkMode": "bridge"})
        assert out == "from outside"
        assert [peer[0] for peer in server.peers] == [engine.lan.HOST]


def test_inspect_tells_the_endpoint(engine):
    container = engine.run("sleep", "60", host={"NetworkMode": "bridge"})
    settings = engine.inspect(container)["NetworkSettings"]
    endpoint = settings["Networks"]["bridge"]
    assert endpoint["IPAddress"] == settings["IPAddress"] and endpoint["IPPrefixLen"] == 16
    assert endpoint["Gateway"] == engine.api.get("/networks/bridge").json["IPAM"]["Config"][0].get(
        "Gateway", endpoint["Gateway"])
    assert re.fullmatch("(?:[0-9a-f]{2}:){5}[0-9a-f]{2}", endpoint["MacAddress"])
    assert endpoint["NetworkID"] == engine.api.get("/networks/bridge").json["Id"]
    assert len(endpoint["EndpointID"]) == 64
    inside = engine.execute(container, "ip", "-4", "address", "show", "eth0")[1]
    assert f"inet {endpoint['IPAddress']}/16" in inside
    assert endpoint["MacAddress"] in engine.execute(container, "ip", "link", "show", "eth0")[1]
    assert f"default via {endpoint['Gateway']} dev eth0" in engine.execute(container, "ip", "route")[1]
    listed = engine.api.get("/networks/bridge").json["Containers"]
    assert listed[container]["IPv4Address"] == f"{endpoint['IPAddress']}/16"


def test_containers_on_the_same_network_reach_each_other(engine):
    engine.network("together")
    server = engine.run("sh", "-c", "echo shared > /index.html; httpd -f -p 80 -h /", host={"NetworkMode": "together"})
    address = engine.address(server, "together")
    engine.netns_of(server).await_port("127.0.0.1", 80)
    assert engine.out(f"wget -q -O - http://{address}/", host={"NetworkMode": "together"}) == "shared"


def test_networks_are_kept_apart(engine):
    engine.network("one")
    engine.network("two")
    server = engine.run("sh", "-c", "httpd -f -p 80 -h /etc", host={"NetworkMode": "one"})
    address = engine.address(server, "one")
    engine.netns_of(server).await_port("127.0.0.1", 80)
    assert engine.sh(f"timeout 1 wget -q -O - http://{address}/hostname; exit $?", host={"NetworkMode": "two"})[0] != 0


def test_chosen_subnets_are_none_that_the_host_has_routes_to(engine):
    """A route by way of a link, one by way of a neighbour and one that leads nowhere; wider ones and narrower ones."""
    host = engine.lan.host
    for number in (1, 2):
        engine.network(f"before{number}")
    second = [int(engine.api.get(f"/networks/before{number}").json["IPAM"]["Config"][0]["Subnet"].split(".")[1])
              for number in (1, 2)]
    first_free = max(second) + 1
    routes = [
        (f"172.{first_free}.5.0/24", "dev", "lo"), (f"172.{first_free + 1}.0.0/16", "via", engine.lan.OUTSIDE),
        ("blackhole", f"172.{first_free + 2}.0.9/32"), ]
    made = []
    try:
        for route in routes:
            host.run("ip", "route", "add", *route)
            made.append(route)
        engine.network("after")
        subnet = engine.api.get("/networks/after").json["IPAM"]["Config"][0]["Subnet"]
        assert subnet == f"172.{first_free + 3}.0.0/16"
    finally:
        for route in made:
            host.run("ip", "route", "delete", *route)


def test_static_address_on_a_network_with_its_own_subnet(engine, cli):
    cli("network", "create", "--subnet", "10.88.1.0/24", "--gateway", "10.88.1.254", "own")
    out = cli.out("run", "--rm", "--network", "own", "--ip", "10.88.1.77", "busybox", "sh", "-c", "ip address show eth0; ip route")
    assert "inet 10.88.1.77/24" in out and "default via 10.88.1.254" in out
    assert engine.api.get("/networks/own").json["IPAM"]["Config"] == [
        {"Subnet": "10.88.1.0/24", "Gateway": "10.88.1.254"}]


def static(engine, network, address, **extra):
    """The answer to creating and starting a container at a static address."""
    answer = engine.api.post("/containers/create", {
        "Image": "busybox", "Cmd": ["sleep", "60"], "HostConfig": {"NetworkMode": network},
        "NetworkingConfig": {"EndpointsConfig": {network: {"IPAMConfig": {"IPv4Address": address}, **extra}}}})
    return answer if answer.status != 201 else engine.api.post(f"/containers/{answer.json['Id']}/start")


def test_static_address_needs_a_network_of_ones_own(engine):
    answer = static(engine, "bridge", "172.17.0.77")
    assert answer.status == 400
    assert "user specified IP address is supported on user defined networks only" in answer.message


def test_static_address_needs_a_subnet_of_ones_own(engine):
    engine.network("chosen-for-me")
    answer = static(engine, "chosen-for-me", "172.18.0.77")
    assert answer.status == 400
    assert "ser specified IP address is supported only when connecting to networks with user configured subnets" \
        in answer.message


def test_static_address_outside_the_subnet_is_refused(engine):
    engine.network("own", "10.88.2.0/24")
    answer = static(engine, "own", "10.99.0.1")
    assert answer.status in ((400,) if engine.daemon.name == "berthd" else (400, 403, 500)), answer
    assert re.search("no configured subnet .*contain.* 10.99.0.1|[Ii]nvalid address", answer.message), answer.message


@pytest.mark.parametrize("address", ["not-an-address", "10.88.3", "10.88.3.300"])
def test_invalid_static_address_is_400(engine, address):
    engine.network("own", "10.88.3.0/24")
    answer = static(engine, "own", address)
    assert answer.status == 400
    assert address in answer.message or "invalid" in answer.message.lower()


def test_address_in_use_is_refused_and_the_holder_unharmed(engine):
    engine.network("own", "10.88.4.0/24")
    assert static(engine, "own", "10.88.4.9").status == 204
    answer = static(engine, "own", "10.88.4.9")
    assert answer.status == (403 if engine.daemon.name == "berthd" else 500)
    assert "Address already in use" in answer.message
    (holder,) = engine.api.get("/containers/json").json
    assert holder["NetworkSettings"]["Networks"]["own"]["IPAddress"] == "10.88.4.9"


def test_gateway_cannot_be_taken(engine):
    engine.network("own", "10.88.4.0/24")
    assert "Address already in use" in static(engine, "own", "10.88.4.1").message


def test_addresses_run_out_with_a_clear_error(engine):
    engine.network("tiny", "10.88.5.0/30")
    engine.run("sleep", "60", host={"NetworkMode": "tiny"})
    container = engine.create("sleep", "60", host={"NetworkMode": "tiny"})
    answer = engine.api.post(f"/containers/{container}/start")
    assert answer.status >= 400
    assert "no available IPv4 addresses" in answer.message
    assert not engine.inspect(container)["State"]["Running"]


def test_address_is_free_again_after_stop(engine):
    engine.network("tiny", "10.88.5.0/30")
    for _ in range(3):
        assert "10.88.5.2/30" in engine.out("ip address show eth0", host={"NetworkMode": "tiny"})


def test_ip_range_bounds_the_leases(engine):
    engine.network("ranged", IPAM={"Config": [{"Subnet": "10.88.6.0/24", "IPRange": "10.88.6.128/28"}]})
    container = engine.run("sleep", "60", host={"NetworkMode": "ranged"})
    assert 128 <= int(engine.address(container, "ranged").split(".")[3]) < 144


@pytest.mark.parametrize("config, text", [
    ({"Subnet": "not-a-subnet"}, "not-a-subnet"),
    ({"Subnet": "10.88.7.0/33"}, "10.88.7.0/33"),
    ({"Subnet": "10.88.7.0/24", "Gateway": "10.99.0.1"}, "10.99.0.1"),
    ({"Subnet": "10.88.7.0/24", "Gateway": "nonsense"}, "nonsense"),
    pytest.param({"Subnet": "10.88.7.0/24", "IPRange": "10.99.0.0/25"}, "10.99.0.0", marks=pytest.mark.berthd),
    ({"Gateway": "10.88.7.1"}, "subnet"),
])
def test_bad_subnet_gateway_or_range_is_refused(engine, config, text):
    answer = engine.api.post("/networks/create", {"Name": "bad", "IPAM": {"Config": [config]}})
    assert answer.status in ((400,) if engine.daemon.name == "berthd" else (400, 403, 500)), answer
    if engine.daemon.name == "berthd":
        assert text in answer.message
    assert engine.api.get("/networks/bad").status == 404


def test_overlapping_subnet_is_refused(engine):
    engine.network("first", "10.88.8.0/24")
    answer = engine.api.post("/networks/create", {"Name": "second", "IPAM": {"Config": [{"Subnet": "10.88.0.0/16"}]}})
    assert answer.status == 403
    assert "Pool overlaps with other one on this address space" in answer.message
    assert engine.api.get("/networks/second").status == 404


def test_name_in_use_is_409(engine):
    engine.network("twice")
    answer = engine.api.post("/networks/create", {"Name": "twice", "CheckDuplicate": True})
    assert (answer.status, answer.message) == (409, "network with name twice already exists")


@pytest.mark.parametrize("name", ["", "bridge", "host", "none"])
def test_reserved_and_empty_names_are_refused(engine, name):
    answer = engine.api.post("/networks/create", {"Name": name, "CheckDuplicate": True})
    assert answer.status in ((403 if name else 400,) if engine.daemon.name == "berthd" else (400, 403, 409)), answer


def test_unknown_driver_is_404(engine):
    answer = engine.api.post("/networks/create", {"Name": "x", "Driver": "nosuch"})
    assert answer.status in ((404,) if engine.daemon.name == "berthd" else (400, 404)), answer
    assert "nosuch" in answer.message


def test_absent_network_is_404(engine):
    answer = engine.api.get("/networks/absent")
    assert (answer.status, answer.message) == (404, "network absent not found")
    assert engine.api.delete("/networks/absent").status == 404


def test_container_on_an_absent_network_cannot_start(engine):
    container = engine.create("true", host={"NetworkMode": "absent"})
    answer = engine.api.post(f"/containers/{container}/start")
    assert (answer.status, answer.message) == (404, "network absent not found")
    assert not engine.inspect(container)["State"]["Running"]


def test_network_in_use_cannot_be_removed(engine):
    identity = engine.network("used")
    container = engine.run("sleep", "60", name="user-of-it", host={"NetworkMode": "used"})
    answer = engine.api.delete("/networks/used")
    assert answer.status == 403
    assert f"network used id {identity} has active endpoints" in answer.message or \
        'network used has active endpoints (name:"user-of-it"' in answer.message or \
        'has active endpoints' in answer.message
    engine.stop(container)
    assert engine.api.delete("/networks/used").status == 204


@pytest.mark.parametrize("name", ["bridge", "host", "none"])
def test_predefined_networks_cannot_be_removed(engine, name):
    answer = engine.api.delete(f"/networks/{name}")
    assert answer.status == 403
    assert f"{name} is a pre-defined network and cannot be removed" in answer.message


def test_inspect_tells_options_and_labels(engine):
    engine.network("told", Options={"com.docker.network.bridge.name": "told0"}, Labels={"a": "b"}, Internal=True)
    seen = engine.api.get("/networks/told").json
    assert (seen["Options"], seen["Labels"], seen["Internal"]) == (
        {"com.docker.network.bridge.name": "told0"}, {"a": "b"}, True)
    assert "told0" in engine.lan.host.run("ip", "-br", "link")


def test_internal_network_has_no_way_out(engine):
    engine.network("inside", Internal=True)
    with Server(engine.lan.outside, 8000, http_reply("no")) as server:
        script = f"timeout 1 wget -q -O - http://{engine.lan.OUTSIDE}:8000/; exit $?"
        status, _, _ = engine.sh(script, host={"NetworkMode": "inside"})
        assert status != 0 and not server.peers


def test_mtu(engine):
    engine.network("small", Options={"com.docker.network.driver.mtu": "1300"})
    assert "mtu 1300" in engine.out("ip link show eth0", host={"NetworkMode": "small"})


@pytest.mark.parametrize("filters, expected", [
    ({"name": ["fil"]}, {"filtered"}), ({"label": ["a=b"]}, {"filtered"}), ({"type": ["custom"]}, {"filtered", "other"}),
    ({"type": ["builtin"]}, {"bridge", "host", "none"}), ({"driver": ["null"]}, {"none"}), ({"scope": ["swarm"]}, set()),
    ({"dangling": ["true"], "type": ["custom"]}, {"filtered", "other"}),
])
def test_list_filters(engine, filters, expected):
    engine.network("filtered", Labels={"a": "b"})
    engine.network("other")
    assert {each["Name"] for each in engine.api.get("/networks", filters=filters).json} == expected


def test_connect_and_disconnect_a_running_container(engine):
    engine.network("first", "10.88.9.0/24")
    engine.network("second", "10.88.10.0/24")
    container = engine.run("sleep", "60", host={"NetworkMode": "first"})
    answer = engine.api.post("/networks/second/connect", {
        "Container": container, "EndpointConfig": {"IPAMConfig": {"IPv4Address": "10.88.10.50"}}})
    assert answer.status == 200, answer
    addresses = engine.execute(container, "ip", "-4", "address")[1]
    assert "10.88.9.2/24" in addresses and "inet 10.88.10.50/24" in addresses and "eth1" in addresses
    again = engine.api.post("/networks/second/connect", {"Container": container})
    assert again.status == 403
    assert "already exists in network second" in again.message
    assert engine.api.post("/networks/second/disconnect", {"Container": container}).status == 200
    assert "10.88.10.50" not in engine.execute(container, "ip", "-4", "address")[1]
    gone = engine.api.post("/networks/second/disconnect", {"Container": container})
    assert gone.status in ((403,) if engine.daemon.name == "berthd" else (403, 404, 500))
    assert "is not connected to" in gone.message


def test_connect_before_the_start(engine):
    engine.network("later", "10.88.11.0/24")
    container = engine.create("ip", "-4", "address", host={"NetworkMode": "bridge"})
    assert engine.api.post("/networks/later/connect", {"Container": container}).status == 200
    engine.start(container)
    assert engine.wait(container) == 0
    assert "10.88.11.2/24" in engine.logs(container)[0] and "172." in engine.logs(container)[0]


def test_prune_removes_the_unused(engine):
    engine.network("unused")
    engine.network("in-use")
    engine.run("sleep", "60", host={"NetworkMode": "in-use"})
    assert engine.api.post("/networks/prune").json["NetworksDeleted"] == ["unused"]
    assert engine.api.get("/networks/in-use").status == 200


# Modes


def test_no_network(engine):
    assert [line.split()[1] for line in engine.out("ip -o link", host={"NetworkMode": "none"}).splitlines()
            if "link/" in line and "lo:" in line] == ["lo:"]
    assert "eth0" not in engine.out("ip link", host={"NetworkMode": "none"})


def test_network_of_the_host(engine):
    out = engine.out("ip link; cat /proc/sys/kernel/hostname", host={"NetworkMode": "host"})
    assert "uplink" in out


def test_network_of_another_container(engine):
    owner = engine.run("sleep", "60", host={"NetworkMode": "bridge"})
    out = engine.out("ip -4 address show eth0; hostname", host={"NetworkMode": f"container:{owner}"})
    assert engine.address(owner) in out
    assert out.endswith(owner[:12])


def test_network_of_a_container_that_does_not_run_is_409(engine):
    owner = engine.create("true")
    container = engine.create("true", host={"NetworkMode": f"container:{owner}"})
    answer = engine.api.post(f"/containers/{container}/start")
    assert answer.status in ((409,) if engine.daemon.name == "berthd" else (409, 500))
    assert "cannot join network of a non running container" in answer.message


def test_network_of_an_absent_container_is_refused(engine):
    answer = engine.api.post("/containers/create", {"Image": "busybox", "HostConfig": {"NetworkMode": "container:absent"}})
    if answer.status == 201:
        answer = engine.api.post(f"/containers/{answer.json['Id']}/start")
    assert answer.status in ((404,) if engine.daemon.name == "berthd" else (400, 404)), answer
    assert "No such container: absent" in answer.message


def test_docker_network_commands(engine, cli):
    identity = cli.out("network", "create", "--subnet", "10.88.12.0/24", "--label", "k=v", "by-cli")
    assert cli.out("network", "ls", "--filter", "name=by-cli", "--no-trunc", "-q") == identity
    assert cli.out("network", "inspect", "-f", "{{(index .IPAM.Config 0).Subnet}}", "by-cli") == "10.88.12.0/24"
    assert cli.out("network", "rm", "by-cli") == "by-cli"


def test_sdk_networks(sdk):
    import docker

    pool = docker.types.IPAMPool(subnet="10.88.13.0/24")
    network = sdk.networks.create("by-sdk", ipam=docker.types.IPAMConfig(pool_configs=[pool]))
    container = sdk.containers.create("busybox", ["sleep", "60"])
    network.connect(container, ipv4_address="10.88.13.13")
    container.start()
    container.reload()
    assert container.attrs["NetworkSettings"]["Networks"]["by-sdk"]["IPAddress"] == "10.88.13.13"
    container.remove(force=True)
    network.remove()


@pytest.mark.parametrize("name", ["my net", "ünï", "a:b", "(x) [y] {z}"])
def test_names_may_have_spaces_and_the_like(engine, cli, name):
    cli("network", "create", "--", name)
    assert name in cli.out("network", "ls", "--format", "{{.Name}}").splitlines()
    assert cli.out("run", "--rm", "--network", name, "busybox", "ls", "/sys/class/net") == "eth0\nlo"
    cli("network", "rm", "--", name)


@pytest.mark.berthd
@pytest.mark.parametrize("name", ["", "  ", "a/b", "a\nb", "\x7f"])
def test_names_that_cannot_be_are_refused(engine, name):
    answer = engine.api.post("/networks/create", {"Name": name})
    assert answer.status == 400 and "network name" in answer.message, answer


@pytest.mark.berthd
def test_disconnect_by_force_of_what_is_gone(engine, cli):
    engine.network("gone")
    identity = engine.api.get("/networks/gone").json["Id"]
    engine.network("stays")
    container = engine.create("true", name="left", host={"NetworkMode": "gone"})
    other = engine.create("true", name="other", host={"NetworkMode": "gone"})
    engine.run("sleep", "60", name="runs", host={"NetworkMode": "stays"})
    assert engine.api.delete("/networks/gone").status == 204
    assert engine.api.post("/networks/gone/disconnect", {"Container": container}).status == 404
    cli("network", "disconnect", "-f", "gone", "left")
    assert engine.inspect(container)["NetworkSettings"]["Networks"] == {}
    assert "gone" in engine.inspect(other)["NetworkSettings"]["Networks"]
    # Not on it any more, or never: nothing of it is written down.
    answer = engine.api.post(f"/networks/{identity}/disconnect", {"Container": container, "Force": True})
    assert (answer.status, answer.message) == (404, f"network {identity} not found")
    for name in ("nosuch", identity):
        answer = engine.api.post("/networks/stays/disconnect", {"Container": name, "Force": True})
        assert (answer.status, answer.message) == (404, f"endpoint {name} not found")
    assert engine.api.post("/networks/stays/disconnect", {"Container": "nosuch"}).status == 404
    assert engine.api.post("/networks/gone/disconnect", {"Container": "nosuch", "Force": True}).status == 404
    assert "runs" in [each["Name"] for each in engine.api.get("/networks/stays").json["Containers"].values()]
