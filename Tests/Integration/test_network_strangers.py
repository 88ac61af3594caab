"""What others get to see of the host's routing: strangers on its networks, and containers that pretend to be routers."""

import json
import socket
import subprocess
import time
from pathlib import Path

import pytest
from harness import packets
from harness.netns import NamedNetns
from harness.servers import Server, http_reply

pytestmark = pytest.mark.berthd


def reaches(netns, address, port, timeout=0.5):
    try:
        netns.connect(address, port, timeout).close()
        return True
    except OSError:
        return False


class Stranger(NamedNetns):
    """A host on a network of its own behind the engine's host: 198.51.100.N of RFC 5737."""

    def __init__(self, engine, name, number):
        super().__init__(f"{engine.daemon.root.name}-{name}")
        self.address = f"198.51.100.{number + 1}"
        gateway = f"198.51.100.{number}"
        host = engine.lan.host.name
        for command in (
                f"ip -n {host} link add {name} type veth peer name cable netns {self.name}",
                f"ip -n {host} address add {gateway}/30 dev {name}", f"ip -n {host} link set {name} up",
                f"ip -n {self.name} address add {self.address}/30 dev cable", f"ip -n {self.name} link set cable up",
                f"ip -n {self.name} route add default via {gateway}"):
            subprocess.run(command.split(), check=True)


@pytest.fixture
def strangers(own_engine):
    """Makes an engine that is not started, and two strangers on networks of the host's."""
    made = []

    def make(**options):
        engine = own_engine(start=False, **options)
        pair = Stranger(engine, "left", 1), Stranger(engine, "right", 5)
        made.extend(pair)
        return engine, *pair

    yield make
    for stranger in made:
        stranger.close()


def started(engine):
    engine.daemon.start()
    engine.load(engine.archive)


def test_host_that_did_not_route_routes_for_containers_alone(strangers):
    engine, left, right = strangers()
    started(engine)
    container = engine.run("sleep", "600", ExposedPorts={"80/tcp": {}}, host={
        "NetworkMode": "bridge", "PortBindings": {"80/tcp": [{"HostPort": "8080"}]}})
    with Server(right, 7777, http_reply("")), Server(engine.netns_of(container), 80, http_reply("")):
        for change in ("nothing", "a flush", "a kill"):
            if change == "a flush":
                engine.lan.host.run("nft", "flush ruleset")
                deadline = time.monotonic() + 10
                while "8080" not in engine.lan.host.run("nft", "list ruleset"):
                    assert time.monotonic() < deadline
            if change == "a kill":
                engine.daemon.kill()
                engine.daemon.start()
            assert not reaches(left, right.address, 7777), change
            assert reaches(engine.netns_of(container), right.address, 7777, 5), change
            assert reaches(left, "198.51.100.1", 8080, 5), change
    engine.daemon.stop()
    engine.daemon.options = ["--ip-forward-no-drop"]
    engine.daemon.start()
    with Server(right, 7777, http_reply("")):
        assert reaches(left, right.address, 7777, 5)


def test_host_that_routed_before_goes_on(strangers):
    engine, left, right = strangers()
    engine.lan.host.run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
    started(engine)
    with Server(right, 7777, http_reply("")):
        assert reaches(left, right.address, 7777, 5)
        engine.daemon.kill()
        engine.daemon.start()
        assert reaches(left, right.address, 7777, 5)


def settings(engine, link):
    names = ("accept_ra", "accept_redirects", "autoconf", "disable_ipv6")
    return engine.lan.host.run("sh", "-c", f"cd /proc/sys/net/ipv6/conf/{link}; cat {' '.join(names)}").split()


def test_router_advertisements_of_containers_are_not_heard(own_engine):
    engine = own_engine()
    engine.network("own", "10.94.21.0/24", Options={"com.docker.network.bridge.name": "own0"})
    container = engine.run("sleep", "600", host={"NetworkMode": "own"})
    assert settings(engine, "own0") == ["0", "0", "0", "1"]

    def heard():
        with packets.raw(engine.netns_of(container), "eth0") as made:
            for _ in range(3):
                made.send(packets.router_advertisement())
        return "2001:db8:bad" in engine.lan.host.run("ip", "-6", "address") or (
            "fe80::bad" in engine.lan.host.run("ip", "-6", "route"))

    assert not heard()
    # As earlier versions left them: a start puts that right.
    engine.daemon.kill()
    for name, value in (("disable_ipv6", "0"), ("accept_ra", "1"), ("autoconf", "1")):
        engine.lan.host.run("sh", "-c", f"echo {value} > /proc/sys/net/ipv6/conf/own0/{name}")
    engine.daemon.start()
    assert settings(engine, "own0") == ["0", "0", "0", "1"]
    assert not heard()
    veths = [line for line in engine.lan.host.run("ip", "-6", "-o", "address").splitlines() if "veth" in line]
    assert not veths


def net_filter(engine, value):
    path = "/proc/sys/net/bridge/bridge-nf-call-iptables"
    if not Path(path).exists():
        pytest.skip("no br_netfilter")
    engine.lan.host.run("sh", "-c", f"echo {value} > {path}")


@pytest.mark.parametrize("value", ["0", "1"])
def test_silent_containers_are_apart_with_and_without_br_netfilter(own_engine, value):
    engine = own_engine()
    net_filter(engine, "1" if value == "0" else "0")
    engine.network("silent", "10.94.22.0/24", Options={"com.docker.network.bridge.enable_icc": "false"})
    web = engine.run("sleep", "600", ExposedPorts={"80/tcp": {}}, host={
        "NetworkMode": "silent", "PortBindings": {"80/tcp": [{"HostPort": "8080"}]}})
    other = engine.netns_of(engine.run("sleep", "600", host={"NetworkMode": "silent"}))
    address = engine.address(web, "silent")
    with Server(engine.netns_of(web), 80, http_reply("")):
        assert not reaches(other, address, 80)
        net_filter(engine, value)  # a change of which the kernel tells nobody
        deadline = time.monotonic() + 10
        while not reaches(other, "10.94.22.1", 8080) or reaches(other, address, 80):
            assert time.monotonic() < deadline
        for netns, target in ((other, "192.0.2.1"), (engine.netns_of(web), "10.94.22.1"), (engine.lan.outside, "192.0.2.1")):
            assert reaches(netns, target, 8080, 5)


@pytest.mark.parametrize("tags", [(), (0,), (0, 0)], ids=["bare", "in VLAN 0", "in VLAN 0 twice"])
def test_no_frame_comes_from_one_silent_container_to_another(own_engine, tags):
    """br_netfilter does not show the table frames with tags, and one of VLAN 0 is heard as if it had none."""
    engine = own_engine()
    net_filter(engine, "1")
    engine.network("silent", "10.94.25.0/24", Options={"com.docker.network.bridge.enable_icc": "false"})
    engine.network("open", "10.94.26.0/24")

    def hears(network, reconnect=False):
        victim, other = (engine.run("sleep", "600", host={"NetworkMode": network}) for _ in range(2))
        if reconnect:
            for what in ("disconnect", "connect"):
                assert engine.api.post(f"/networks/{network}/{what}", {"Container": other}).status == 200
        there = engine.inspect(victim)["NetworkSettings"]["Networks"][network]
        netns = engine.netns_of(other)
        with engine.netns_of(victim).socket(socket.SOCK_DGRAM, timeout=10) as ears:
            ears.bind((there["IPAddress"], 5555))
            # The last one comes bare from the host, so that what came before it has come.
            for _ in range(3):
                packets.send(netns, "eth0", packets.mac(there["MacAddress"]), packets.datagram(
                    engine.address(other, network), there["IPAddress"], 5555, b"tagged"), tags)
            with engine.lan.host.socket(socket.SOCK_DGRAM) as last:
                last.sendto(b"last", (there["IPAddress"], 5555))
            return ears.recv(100) == b"tagged"

    assert hears("open")
    assert not hears("silent")
    assert not hears("silent", reconnect=True)
    # Containers of an earlier build have no guard until the daemon has looked at them.
    host = engine.lan.host.run
    names = [link["ifname"] for link in json.loads(host("ip", "-j", "link", "show", "type", "veth")) if link.get("master")]
    for name in names:
        host("sh", "-c", f"tc qdisc delete dev {name} clsact || true")
    engine.daemon.kill()
    engine.daemon.start()
    guards = [host("tc", "filter", "show", "dev", name, "ingress").count("pref 2 bpf chain 0 handle") for name in names]
    assert sorted(guards) == [0, 0, 1, 1, 1, 1]


PIN_LOSS = ["while it runs", "while it is away"]


@pytest.mark.parametrize("when", PIN_LOSS)
def test_namespace_that_was_unpinned_is_pinned_again(own_engine, when):
    engine = own_engine()
    engine.network("first", "10.94.23.0/24")
    engine.network("second", "10.94.24.0/24")
    container = engine.run("sleep", "600", host={"NetworkMode": "first"})
    if when == "while it is away":
        engine.daemon.kill()
    for pin in (engine.daemon.exec_root / "netns").iterdir():
        subprocess.run(["umount", str(pin)], check=True)
    if when == "while it is away":
        engine.daemon.start()
    assert engine.api.post("/networks/second/connect", {"Container": container}).status == 200
    assert "eth1" in engine.execute(container, "ip", "-o", "link")[1]
    assert engine.address(container, "second").startswith("10.94.24.")
    assert engine.api.post("/networks/first/disconnect", {"Container": container}).status == 200
    for _ in range(5):  # the spare ones are looked at, too
        engine.run("sleep", "600", host={"NetworkMode": "first"})
