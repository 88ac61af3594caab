"""Published ports: from outside, from the host, from 127.0.0.1, and from the container itself."""

import socket
from pathlib import Path

import pytest
from harness.servers import Server, echo, http_reply


def published(engine, *bindings, network="bridge", script="sleep 60"):
    """A running container with ports published; a binding is (container port, host address, host port)."""
    ports = {}
    for inside, address, outside in bindings:
        ports.setdefault(inside, []).append({"HostIp": address, "HostPort": outside})
    return engine.run("sh", "-c", script, ExposedPorts={port: {} for port in ports},
                      host={"NetworkMode": network, "PortBindings": ports})


def test_tcp_from_outside_from_the_host_and_from_loopback(engine):
    container = published(engine, ("80/tcp", "", "8080"))
    with Server(engine.netns_of(container), 80, http_reply("published")) as server:
        for netns, address in (
            (engine.lan.outside, engine.lan.HOST), (engine.lan.host, engine.lan.HOST),
            (engine.lan.host, "127.0.0.1"), (engine.lan.host, "127.0.0.7")):
            status, body, _ = netns.fetch(address, 8080)
            assert (status, body) == (200, b"published"), address
        assert server.peers[0][0] == engine.lan.OUTSIDE


def test_client_address_is_kept(engine):
    container = published(engine, ("80/tcp", "", "8080"))
    with Server(engine.netns_of(container), 80, lambda _, peer: http_reply(peer[0])(_, peer)):
        assert engine.lan.outside.fetch(engine.lan.HOST, 8080)[1].decode() == engine.lan.OUTSIDE


@pytest.fixture(params=["0", "1"])
def bridge_netfilter(request, engine):
    """Whether frames within a bridge come by the firewall's rules (br_netfilter), in the daemon's namespace."""
    setting = "net.bridge.bridge-nf-call-iptables"
    if not Path("/proc/sys/net/bridge").exists():
        if request.param == "1":
            pytest.skip("the kernel has no br_netfilter")
        yield
        return
    before = engine.lan.host.run("sysctl", "-n", setting).strip()
    engine.lan.host.run("sysctl", "-q", "-w", f"{setting}={request.param}")
    yield
    engine.lan.host.run("sysctl", "-q", "-w", f"{setting}={before}")


def test_hairpin_from_the_container_itself_and_its_neighbour(engine, bridge_netfilter):
    container = published(engine, ("80/tcp", "", "8080"), script="echo hairpin > /index.html; httpd -f -p 80 -h /")
    engine.netns_of(container).await_port("127.0.0.1", 80)
    script = f"timeout 3 wget -q -O - http://{engine.lan.HOST}:8080/"
    status, out, err = engine.execute(container, "sh", "-c", script)
    assert (status, out) == (0, "hairpin\n"), err
    assert engine.out(script, host={"NetworkMode": "bridge"}) == "hairpin"


def test_ways_to_a_port_do_not_depend_on_bridge_netfilter(engine, bridge_netfilter):
    engine.network("other", "10.89.2.0/24")
    container = published(engine, ("80/tcp", "", "8088"))
    neighbour = engine.run("sleep", "60", host={"NetworkMode": "bridge"})
    stranger = engine.run("sleep", "60", host={"NetworkMode": "other"})
    with Server(engine.netns_of(container), 80, lambda _, peer: http_reply(peer[0])(_, peer)):
        def source(netns, address, port=8088):
            return netns.fetch(address, port)[1].decode()

        host = engine.lan.HOST
        assert source(engine.lan.outside, host) == engine.lan.OUTSIDE
        assert source(engine.lan.host, host) == host
        gateway = engine.inspect(container)["NetworkSettings"]["Networks"]["bridge"]["Gateway"]
        assert source(engine.lan.host, "127.0.0.1") == gateway
        assert source(engine.netns_of(neighbour), host) == gateway
        assert source(engine.netns_of(stranger), host) == gateway
        assert source(engine.netns_of(neighbour), engine.address(container), 80) == engine.address(neighbour)
        with pytest.raises(OSError):
            engine.netns_of(stranger).fetch(engine.address(container), 80, timeout=1)


def test_udp_from_outside_and_from_loopback(engine):
    container = published(engine, ("53/udp", "", "5353"))
    with Server(engine.netns_of(container), 53, echo, socket.SOCK_DGRAM):
        for netns, address in ((engine.lan.outside, engine.lan.HOST), (engine.lan.host, "127.0.0.1")):
            with netns.socket(socket.SOCK_DGRAM) as sock:
                sock.connect((address, 5353))
                sock.send(b"datagram")
                assert sock.recv(100) == b"datagram", address


def test_tcp_and_udp_on_the_same_number(engine):
    container = published(engine, ("53/udp", "", "5300"), ("80/tcp", "", "5300"))
    with Server(engine.netns_of(container), 53, echo, socket.SOCK_DGRAM), \
            Server(engine.netns_of(container), 80, http_reply("tcp")):
        assert engine.lan.outside.fetch(engine.lan.HOST, 5300)[1] == b"tcp"
        with engine.lan.outside.socket(socket.SOCK_DGRAM) as sock:
            sock.connect((engine.lan.HOST, 5300))
            sock.send(b"udp")
            assert sock.recv(100) == b"udp"


def test_bound_to_loopback_alone(engine):
    container = published(engine, ("80/tcp", "127.0.0.1", "8081"))
    with Server(engine.netns_of(container), 80, http_reply("local")):
        assert engine.lan.host.fetch("127.0.0.1", 8081)[1] == b"local"
        with pytest.raises(OSError):
            engine.lan.outside.fetch(engine.lan.HOST, 8081, timeout=1)


def test_bound_to_one_address(engine):
    container = published(engine, ("80/tcp", engine.lan.HOST, "8082"))
    with Server(engine.netns_of(container), 80, http_reply("one")):
        assert engine.lan.outside.fetch(engine.lan.HOST, 8082)[1] == b"one"
        with pytest.raises(OSError):
            engine.lan.host.fetch("127.0.0.1", 8082, timeout=1)


def test_network_of_ones_own_publishes_too(engine):
    engine.network("own", "10.89.1.0/24")
    container = published(engine, ("80/tcp", "", "8083"), network="own")
    with Server(engine.netns_of(container), 80, http_reply("own")):
        assert engine.lan.outside.fetch(engine.lan.HOST, 8083)[1] == b"own"
        assert engine.lan.host.fetch("127.0.0.1", 8083)[1] == b"own"


def test_host_port_is_chosen_when_none_is_given(engine, cli):
    container = published(engine, ("80/tcp", "", ""))
    (binding,) = [each for each in engine.inspect(container)["NetworkSettings"]["Ports"]["80/tcp"]
                  if ":" not in each["HostIp"]]
    assert binding["HostIp"] == "0.0.0.0" and 32768 <= int(binding["HostPort"]) < 65536
    assert f"0.0.0.0:{binding['HostPort']}" in cli.out("port", container, "80/tcp")
    with Server(engine.netns_of(container), 80, http_reply("chosen")):
        assert engine.lan.outside.fetch(engine.lan.HOST, int(binding["HostPort"]))[1] == b"chosen"


def test_publish_all_exposed_ports(engine):
    container = engine.run("sleep", "60", ExposedPorts={"80/tcp": {}, "81/udp": {}},
                           host={"NetworkMode": "bridge", "PublishAllPorts": True})
    ports = engine.inspect(container)["NetworkSettings"]["Ports"]
    assert set(ports) == {"80/tcp", "81/udp"} and all(ports.values())


def test_exposed_range_is_shown_and_found_port_by_port(engine):
    container = engine.run("sleep", "60", ExposedPorts={"8000-8002/tcp": {}, "53/udp": {}}, host={"NetworkMode": "bridge"})
    assert engine.inspect(container)["NetworkSettings"]["Ports"] == {
        "53/udp": None, "8000/tcp": None, "8001/tcp": None, "8002/tcp": None}

    def listed(**filters):
        return engine.api.get("/containers/json", filters={"id": [container], **filters}).json

    assert [(port["PrivatePort"], port["Type"]) for port in listed()[0]["Ports"]] == [
        (53, "udp"), (8000, "tcp"), (8001, "tcp"), (8002, "tcp")]
    for wanted in ("8001", "8002-9000/tcp", "53/udp"):
        assert listed(expose=[wanted]), wanted
    for other in ("8003", "8001/udp", "53"):
        assert not listed(expose=[other]), other


def test_exposed_port_is_not_published(engine):
    container = engine.run("sleep", "60", ExposedPorts={"80/tcp": {}}, host={"NetworkMode": "bridge"})
    assert engine.inspect(container)["NetworkSettings"]["Ports"] == {"80/tcp": None}
    (listed,) = engine.api.get("/containers/json").json
    assert listed["Ports"] == [{"PrivatePort": 80, "Type": "tcp"}]


def test_list_and_inspect_tell_the_binding(engine):
    container = published(engine, ("80/tcp", "127.0.0.1", "8084"))
    assert engine.inspect(container)["NetworkSettings"]["Ports"] == {
        "80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8084"}]}
    (listed,) = engine.api.get("/containers/json").json
    assert listed["Ports"] == [{"IP": "127.0.0.1", "PrivatePort": 80, "PublicPort": 8084, "Type": "tcp"}]


def test_range_of_ports(engine, cli):
    container = cli.out("run", "-d", "-p", "9000-9002:80-82", "busybox", "sleep", "60")
    with Server(engine.netns_of(container), 82, http_reply("third")):
        assert engine.lan.outside.fetch(engine.lan.HOST, 9002)[1] == b"third"


def test_port_in_use_is_refused_and_free_again_later(engine):
    first = published(engine, ("80/tcp", "", "8085"))
    second = engine.create("sleep", "60", ExposedPorts={"80/tcp": {}}, host={
        "NetworkMode": "bridge", "PortBindings": {"80/tcp": [{"HostPort": "8085"}]}})
    answer = engine.api.post(f"/containers/{second}/start")
    assert answer.status == 500, answer
    assert "port is already allocated" in answer.message
    assert not engine.inspect(second)["State"]["Running"]
    engine.stop(first)
    engine.start(second)


def test_port_that_a_process_of_the_host_uses_is_refused(engine):
    with Server(engine.lan.host, 8086, echo):
        container = engine.create("true", ExposedPorts={"80/tcp": {}}, host={
            "NetworkMode": "bridge", "PortBindings": {"80/tcp": [{"HostPort": "8086"}]}})
        answer = engine.api.post(f"/containers/{container}/start")
        assert answer.status >= 400
        assert "address already in use" in answer.message or "port is already allocated" in answer.message


@pytest.mark.parametrize("ports, text", [
    ({"80/tcp": [{"HostPort": "70000"}]}, "70000"),
    ({"80/tcp": [{"HostPort": "many"}]}, "many"),
    ({"99999/tcp": [{"HostPort": "80"}]}, "99999"),
    ({"80/sctpx": [{"HostPort": "80"}]}, "sctpx"),
    ({"80/tcp": [{"HostPort": "80", "HostIp": "not-an-address"}]}, "not-an-address"),
])
def test_invalid_port_is_400(engine, ports, text):
    answer = engine.api.post("/containers/create", {
        "Image": "busybox", "Cmd": ["true"], "HostConfig": {"NetworkMode": "bridge", "PortBindings": ports}})
    if answer.status == 201 and engine.daemon.name == "dockerd":
        return  # 20.10 looks at some of these only where the command line has already refused them
    assert answer.status in ((400,) if engine.daemon.name == "berthd" else (400, 500)), answer
    assert text in answer.message or engine.daemon.name == "dockerd"
    assert engine.api.get("/containers/json", all="1").json == []


def test_a_hundred_ports_on_one_container(engine):
    container = published(engine, *((f"{port}/tcp", "", str(port)) for port in range(20000, 20100)))
    with Server(engine.netns_of(container), 20099, http_reply("last")):
        assert engine.lan.outside.fetch(engine.lan.HOST, 20099)[1] == b"last"


def test_firewall_rules_of_others_stay(engine):
    before = "table ip mine { chain input { type filter hook input priority 0; policy accept; tcp dport 1 drop; }; }"
    engine.lan.host.run("nft", before)
    try:
        listed = engine.lan.host.run("nft", "list", "table", "ip", "mine")
        container = published(engine, ("80/tcp", "", "8087"))
        engine.stop(container)
        assert engine.lan.host.run("nft", "list", "table", "ip", "mine") == listed
    finally:
        engine.lan.host.run("nft", "delete", "table", "ip", "mine")
