"""Options of endpoints and of bridge networks: each acts or is refused by its name, none is passed over."""

import pytest
from test_default_route import bindings, connect, default_route, disconnect, reached

pytestmark = pytest.mark.berthd

IFNAME = "com.docker.network.endpoint.ifname"
SYSCTLS = "com.docker.network.endpoint.sysctls"
BRIDGE = "com.docker.network.bridge."


def create(engine, endpoints, mode=None, **host):
    body = {"Image": "busybox", "Cmd": ["sleep", "60"], "ExposedPorts": {"80/tcp": {}},
            "HostConfig": {"NetworkMode": mode or next(iter(endpoints)), **host},
            "NetworkingConfig": {"EndpointsConfig": endpoints}}
    return engine.api.post("/containers/create", body)


def running(engine, endpoints, **host):
    answer = create(engine, endpoints, **host)
    assert answer.status == 201, answer
    engine.start(answer.json["Id"])
    return answer.json["Id"]


def interfaces(engine, container):
    return set(engine.execute(container, "ls", "/sys/class/net")[1].split()) - {"lo"}


def priority(engine, container, network):
    return engine.inspect(container)["NetworkSettings"]["Networks"][network]["GwPriority"]


def published(port):
    return {"PortBindings": {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": str(port)}]}}


def test_gateway_priority_chooses_the_way_out_and_the_ports(engine):
    engine.network("one", "10.92.1.0/24")
    engine.network("two", "10.92.2.0/24")
    container = running(engine, {"one": {}, "two": {"GwPriority": 10}}, **published(8101))
    assert default_route(engine, container) == ["10.92.2.1"]
    assert (priority(engine, container, "one"), priority(engine, container, "two")) == (0, 10)
    assert bindings(engine, container) == {"80/tcp": [("0.0.0.0", "8101")]}
    assert reached(engine, container, 8101)
    # It is the client's wish, and so kept when the container has ended.
    engine.stop(container)
    assert priority(engine, container, "two") == 10
    engine.start(container)
    assert default_route(engine, container) == ["10.92.2.1"]


def test_negative_priority_is_below_none(engine):
    engine.network("one", "10.92.3.0/24")
    engine.network("two", "10.92.4.0/24")
    container = running(engine, {"one": {"GwPriority": -1}, "two": {}})
    assert default_route(engine, container) == ["10.92.4.1"]


def test_priority_of_an_internal_network_is_no_way_out(engine):
    engine.network("one", "10.92.5.0/24", Internal=True)
    engine.network("two", "10.92.6.0/24")
    container = running(engine, {"one": {"GwPriority": 100}, "two": {}})
    assert default_route(engine, container) == ["10.92.6.1"]


def test_connect_with_a_higher_priority_takes_the_way_out_over(engine):
    engine.network("one", "10.92.7.0/24")
    engine.network("two", "10.92.8.0/24")
    engine.network("three", "10.92.9.0/24")
    container = running(engine, {"one": {}}, **published(8102))
    connect(engine, "three", container)
    assert default_route(engine, container) == ["10.92.7.1"]
    answer = engine.api.post("/networks/two/connect", {"Container": container, "EndpointConfig": {"GwPriority": 5}})
    assert answer.status == 200, answer
    assert default_route(engine, container) == ["10.92.8.1"]
    assert bindings(engine, container) == {"80/tcp": [("0.0.0.0", "8102")]}
    assert reached(engine, container, 8102)
    # One that is not the way out goes without moving it; then the way out itself goes.
    disconnect(engine, "three", container)
    assert default_route(engine, container) == ["10.92.8.1"]
    disconnect(engine, "two", container)
    assert default_route(engine, container) == ["10.92.7.1"]
    assert bindings(engine, container) == {"80/tcp": [("0.0.0.0", "8102")]}
    assert reached(engine, container, 8102)


def test_docker_run_with_priority_and_name(engine):
    cli = engine.cli()
    engine.network("one", "10.92.10.0/24")
    engine.network("two", "10.92.11.0/24")
    out = cli.out("run", "--rm", "--network", f"name=one,driver-opt={IFNAME}=lan0", "--network", "name=two,gw-priority=10",
                  "busybox", "sh", "-c", "ls /sys/class/net; ip route | head -1")
    assert out.split()[:3] == ["eth0", "lan0", "lo"] and "default via 10.92.11.1 dev eth0" in out


def test_interface_name(engine):
    engine.network("one")
    engine.network("two")
    container = running(engine, {"one": {"DriverOpts": {IFNAME: "eth1"}}, "two": {}})
    assert interfaces(engine, container) == {"eth0", "eth1"}
    assert engine.inspect(container)["NetworkSettings"]["Networks"]["one"]["DriverOpts"] == {IFNAME: "eth1"}
    address = engine.address(container, "one")
    assert f"inet {address}/" in engine.execute(container, "ip", "address", "show", "eth1")[1]
    answer = engine.api.post("/networks/bridge/connect", {
        "Container": container, "EndpointConfig": {"DriverOpts": {IFNAME: "eth1"}}})
    assert answer.status == 409 and "eth1" in answer.message, answer
    connect(engine, "bridge", container)
    assert interfaces(engine, container) == {"eth0", "eth1", "eth2"}


@pytest.mark.parametrize("name", ["", "lo", ".", "a/b", "a b", "sixteen-letters-", "a:1", "eth%d"])
def test_nonsense_as_interface_name_is_refused(engine, name):
    answer = create(engine, {"bridge": {"DriverOpts": {IFNAME: name}}})
    assert answer.status == 400 and IFNAME in answer.message, answer


def test_one_name_for_two_interfaces_is_refused(engine):
    engine.network("one")
    made = create(engine, {"one": {"DriverOpts": {IFNAME: "x"}}, "bridge": {"DriverOpts": {IFNAME: "x"}}})
    answer = engine.api.post(f"/containers/{made.json['Id']}/start")
    assert answer.status == 400 and "more than one network" in answer.message, answer


@pytest.mark.parametrize("spelled", [str, str.lower])
def test_interface_sysctls(engine, spelled):
    engine.network("one")
    wish = "net.ipv4.conf.IFNAME.log_martians=1,net.ipv4.neigh.IFNAME.base_reachable_time_ms=12000"
    # The docker command makes small letters of its options.
    container = running(engine, {"bridge": {}, "one": {"DriverOpts": {SYSCTLS: spelled(wish)}}})
    read = lambda name: engine.execute(container, "cat", f"/proc/sys/net/ipv4/{name}")[1].strip()
    assert [read("conf/eth1/log_martians"), read("neigh/eth1/base_reachable_time_ms")] == ["1", "12000"]
    assert read("neigh/eth0/base_reachable_time_ms") != "12000"


@pytest.mark.parametrize("wish", [
    "net.ipv4.conf.eth0.log_martians=1", "net.ipv4.ip_forward=1", "kernel.conf.IFNAME.x=1", "net.ipv4.conf.IFNAME.x",
    "net.ipv4.conf.IFNAME.../../x=1", "net.ipv4.conf.IFNAME.log_martians=", "net.ipv4.conf.IFNAME.log_martians=1,"])
def test_nonsense_as_interface_sysctl_is_refused(engine, wish):
    answer = create(engine, {"bridge": {"DriverOpts": {SYSCTLS: wish}}})
    assert answer.status == 400 and SYSCTLS in answer.message, answer


@pytest.mark.parametrize("wish", ["net.ipv4.conf.IFNAME.nosuch=1", "net.ipv4.conf.IFNAME.log_martians=x"])
def test_interface_sysctl_that_the_kernel_does_not_take_is_the_clients_mistake(engine, wish):
    made = create(engine, {"bridge": {"DriverOpts": {SYSCTLS: wish}}})
    answer = engine.api.post(f"/containers/{made.json['Id']}/start")
    assert answer.status == 400 and wish.split("=")[0].replace("IFNAME", "eth0") in answer.message, answer


def test_unknown_endpoint_option_is_refused(engine):
    made = create(engine, {"bridge": {"DriverOpts": {"com.example.nosuch": "1"}}})
    answer = engine.api.post(f"/containers/{made.json['Id']}/start")
    assert answer.status == 400 and "com.example.nosuch" in answer.message, answer
    container = running(engine, {"bridge": {}})
    engine.network("one")
    answer = engine.api.post("/networks/one/connect", {
        "Container": container, "EndpointConfig": {"DriverOpts": {"com.example.nosuch": "1"}}})
    assert answer.status == 400 and "com.example.nosuch" in answer.message, answer
    assert interfaces(engine, container) == {"eth0"}


def test_link_local_addresses(engine):
    container = running(engine, {"bridge": {"IPAMConfig": {"LinkLocalIPs": ["169.254.7.8", "169.254.7.9"]}}})
    inside = engine.execute(container, "ip", "address", "show", "eth0")[1]
    assert "inet 169.254.7.8/16" in inside and "inet 169.254.7.9/16" in inside
    for address, status in [("10.1.2.3", 400), ("nonsense", 400), ("fe80::1", 501)]:
        answer = create(engine, {"bridge": {"IPAMConfig": {"LinkLocalIPs": [address]}}})
        assert answer.status == status and address in answer.message, answer


def test_prefix_of_interface_names(engine):
    engine.network("one", Options={"com.docker.network.container_iface_prefix": "lan"})
    engine.network("two", Options={"com.docker.network.container_iface_prefix": "lan"})
    container = running(engine, {"one": {}, "bridge": {}})
    connect(engine, "two", container)
    assert interfaces(engine, container) == {"lan0", "lan1", "eth0"}


OPTIONS = [
    ("com.docker.network.container_iface_prefix", "much-too-long-a-prefix", 400),
    ("com.docker.network.container_iface_prefix", "a/b", 400),
    (BRIDGE + "gateway_mode_ipv4", "bogus", 400), (BRIDGE + "gateway_mode_ipv4", "routed", 501),
    (BRIDGE + "gateway_mode_ipv4", "isolated", 501), (BRIDGE + "gateway_mode_ipv4", "nat-unprotected", 501),
    (BRIDGE + "gateway_mode_ipv6", "bogus", 400), (BRIDGE + "gateway_mode_ipv6", "routed", 501),
    (BRIDGE + "inhibit_ipv4", "true", 501), (BRIDGE + "inhibit_ipv4", "perhaps", 400),
    (BRIDGE + "trusted_host_interfaces", "eth0", 501), ("com.docker.network.host_ipv4", "192.0.2.1", 501),
    (BRIDGE + "host_binding_ipv4", "nonsense", 400), (BRIDGE + "enable_icc", "perhaps", 400),
    (BRIDGE + "enable_ip_masquerade", "2", 400), ("com.docker.network.driver.mtu", "60", 400),
    ("com.docker.network.driver.mtu", "many", 400), ("com.docker.network.enable_ipv6", "true", 501),
    ("com.example.nosuch", "1", 400), (BRIDGE + "nosuch", "", 400),
]


@pytest.mark.parametrize("option, value, status", OPTIONS, ids=lambda part: str(part))
def test_network_option_that_cannot_be_is_refused_by_name(engine, option, value, status):
    answer = engine.api.post("/networks/create", {"Name": "refused", "Options": {option: value}})
    assert answer.status == status and option in answer.message, answer
    assert engine.api.get("/networks/refused").status == 404


def test_network_options_that_mean_what_is_so_anyway(engine):
    engine.network("plain", Options={
        BRIDGE + "gateway_mode_ipv4": "nat", BRIDGE + "inhibit_ipv4": "false", "com.docker.network.enable_ipv4": "true",
        "--ip-masq": "", "--icc": ""})
    assert engine.api.get("/networks/plain").json["Options"]["--icc"] == ""


def test_unknown_ipam_option_is_refused(engine):
    body = {"Name": "refused", "IPAM": {"Driver": "default", "Options": {"com.example.nosuch": "1"}}}
    answer = engine.api.post("/networks/create", body)
    assert answer.status == 400 and "com.example.nosuch" in answer.message, answer
