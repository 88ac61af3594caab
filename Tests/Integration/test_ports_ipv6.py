"""Published ports at the host's IPv6 addresses. Containers have IPv4 alone: a process of the daemon's passes on."""

import contextlib
import hashlib
import os
import re
import selectors
import signal
import socket
import struct
import threading

import pytest
from harness.servers import Server, echo, http_reply
from harness.waiting import lives, until


def published(engine, *bindings, network="bridge", **options):
    """A running container with ports published; a binding is (container port, host address, host port)."""
    return engine.run("sleep", "600", **asked(*bindings, network=network), **options)


def asked(*bindings, network="bridge"):
    ports = {}
    for inside, address, outside in bindings:
        ports.setdefault(inside, []).append({"HostIp": address, "HostPort": outside})
    return {"ExposedPorts": {port: {} for port in ports}, "host": {"NetworkMode": network, "PortBindings": ports}}


def refusal(engine, *bindings):
    """What the start of a container is answered, of which nothing stays."""
    container = engine.create("sleep", "600", **asked(*bindings))
    answer = engine.api.post(f"/containers/{container}/start")
    assert not engine.inspect(container)["State"]["Running"]
    engine.remove(container, force="1")
    return answer


def shown(engine, container):
    return {port: [(each["HostIp"], each["HostPort"]) for each in found or []]
            for port, found in engine.inspect(container)["NetworkSettings"]["Ports"].items()}


@contextlib.contextmanager
def serving(netns, port, talk, backlog=128):
    """Has `talk(connection)` called on a thread for each connection to a port in a namespace."""
    listener = netns.socket(timeout=None)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("0.0.0.0", port))
    listener.listen(backlog)

    def one(connection):
        with connection, contextlib.suppress(OSError):
            talk(connection)

    def accept():
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=one, args=(listener.accept()[0],), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def read_all(connection):
    pieces = []
    while piece := connection.recv(1 << 18):
        pieces.append(piece)
    return b"".join(pieces)


def refuses(netns, address, port):
    """Whether nobody listens there."""
    try:
        netns.connect(address, port, timeout=2).close()
    except (ConnectionRefusedError, TimeoutError):
        return True
    return False


def test_reached_at_every_ipv6_address(engine, cli):
    container = published(engine, ("80/tcp", "", "8080"))
    assert shown(engine, container) == {"80/tcp": [("0.0.0.0", "8080"), ("::", "8080")]}
    (listed,) = engine.api.get("/containers/json").json
    assert listed["Ports"] == [
        {"IP": address, "PrivatePort": 80, "PublicPort": 8080, "Type": "tcp"} for address in ("0.0.0.0", "::")]
    told = cli.out("port", container).replace(" :::", " [::]:")  # as older clients write it
    assert told.splitlines() == ["80/tcp -> 0.0.0.0:8080", "80/tcp -> [::]:8080"]
    with Server(engine.netns_of(container), 80, http_reply("six")):
        for netns, address in (
            (engine.lan.outside, engine.lan.HOST6), (engine.lan.host, engine.lan.HOST6), (engine.lan.host, "::1"),
            (engine.lan.outside, engine.lan.HOST)):
            assert netns.fetch(address, 8080)[1] == b"six", address


def test_reached_at_a_link_local_address(engine):
    text = engine.lan.host.run("ip", "-6", "-o", "address", "show", "dev", "uplink", "scope", "link")
    address = re.search(r"inet6 (\S+)/", text)[1]
    index = int(engine.lan.outside.run("ip", "-o", "link", "show", "dev", "uplink").split(":")[0])
    container = published(engine, ("80/tcp", "", "8080"), ("53/udp", "", "8080"))
    inside = engine.netns_of(container)
    with Server(inside, 80, echo), Server(inside, 53, echo, socket.SOCK_DGRAM):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with engine.lan.outside.socket(kind, socket.AF_INET6) as client:
                def connects(client=client):
                    try:  # until the addresses of this link have been found to be nobody else's
                        return client.connect((address, 8080, 0, index)) is None
                    except OSError:
                        return False

                until(connects, "not reached")
                client.send(b"link")
                assert client.recv(100) == b"link"


def test_address_families_apart(engine):
    def reached(container):
        ways = {"::1": engine.lan.host, engine.lan.HOST6: engine.lan.outside, engine.lan.HOST: engine.lan.outside,
                "127.0.0.1": engine.lan.host}
        with Server(engine.netns_of(container), 80, http_reply("reached")):
            return {address for address, netns in ways.items() if not refuses(netns, address, 8080)}

    for address, ways in (
        ("::", {"::1", engine.lan.HOST6}), ("::1", {"::1"}), ("0:0:0::1", {"::1"}),
        (engine.lan.HOST6, {engine.lan.HOST6}), ("0.0.0.0", {engine.lan.HOST, "127.0.0.1"}),
        ("::ffff:127.0.0.1", {"127.0.0.1"})):
        container = published(engine, ("80/tcp", address, "8080"))
        assert reached(container) == ways, address
        canonical = {"0:0:0::1": "::1", "::ffff:127.0.0.1": "127.0.0.1"}.get(address, address)
        assert shown(engine, container) == {"80/tcp": [(canonical, "8080")]}
        assert engine.inspect(container)["HostConfig"]["PortBindings"]["80/tcp"][0]["HostIp"] == address
        engine.remove(container, force="1")
    # Two containers may have the same number, one in each family.
    with Server(engine.netns_of(published(engine, ("80/tcp", "0.0.0.0", "8080"))), 80, http_reply("four")), \
            Server(engine.netns_of(published(engine, ("80/tcp", "::", "8080"))), 80, http_reply("six")):
        assert engine.lan.outside.fetch(engine.lan.HOST, 8080)[1] == b"four"
        assert engine.lan.outside.fetch(engine.lan.HOST6, 8080)[1] == b"six"


def test_container_that_takes_what_another_has_is_refused(engine):
    first = published(engine, ("80/tcp", "::", "8080"))
    for address in ("", "::", "::1"):
        answer = refusal(engine, ("80/tcp", address, "8080"))
        assert answer.status == 500 and "port is already allocated" in answer.message, (address, answer)
    engine.remove(published(engine, ("80/tcp", "0.0.0.0", "8080")), force="1")
    engine.stop(first)
    assert "already allocated" not in shown(engine, published(engine, ("80/tcp", "", "8080")))


def test_half_close(engine):
    container = published(engine, ("80/tcp", "", "8080"))

    def answer(connection):
        asked = read_all(connection)
        connection.sendall(b"all of " + asked)

    with serving(engine.netns_of(container), 80, answer), engine.lan.outside.connect(engine.lan.HOST6, 8080) as client:
        client.sendall(b"the question")
        client.shutdown(socket.SHUT_WR)
        assert read_all(client) == b"all of the question"

    def greet(connection):
        connection.sendall(b"hello")
        connection.shutdown(socket.SHUT_WR)
        heard.append(read_all(connection))
        done.set()

    heard, done = [], threading.Event()
    with serving(engine.netns_of(container), 80, greet), engine.lan.outside.connect(engine.lan.HOST6, 8080) as client:
        assert read_all(client) == b"hello"
        client.sendall(b"still here")
        client.close()
        assert done.wait(20) and heard == [b"still here"]


def test_large_transfers_both_ways_at_once(engine):
    container = published(engine, ("80/tcp", "", "8080"))
    size = 32 << 20
    up, down = (os.urandom(1 << 16) * (size >> 16) for _ in range(2))

    def exchange(connection, outgoing, incoming):
        connection.settimeout(60)

        def send():
            connection.sendall(outgoing)
            connection.shutdown(socket.SHUT_WR)

        sender = threading.Thread(target=send)
        sender.start()
        incoming.append(hashlib.sha256(read_all(connection)).digest())
        sender.join()

    got_up, got_down = [], []
    with serving(engine.netns_of(container), 80, lambda connection: exchange(connection, down, got_up)), \
            engine.lan.outside.connect(engine.lan.HOST6, 8080) as client:
        exchange(client, up, got_down)
        until(lambda: got_up, "the container has not got all")
    assert (got_up, got_down) == ([hashlib.sha256(up).digest()], [hashlib.sha256(down).digest()])


def test_who_does_not_read_holds_up_nobody_else(engine):
    container = published(engine, ("80/tcp", "", "8080"))
    sent = []

    def pour(connection):
        connection.settimeout(2)
        for _ in range(1 << 10):
            sent.append(connection.send(bytes(1 << 18)))

    with serving(engine.netns_of(container), 80, pour), engine.lan.outside.connect(engine.lan.HOST6, 8080):
        until(lambda: sum(sent) > 1 << 20, "nothing is sent")
        with engine.lan.outside.connect(engine.lan.HOST6, 8080) as second:
            assert len(second.recv(1 << 20)) > 0
    assert sum(sent) < 200 << 20


def test_many_connections_at_once(engine):
    container = published(engine, ("80/tcp", "", "8080"))

    def repeat(connection):
        while piece := connection.recv(1000):
            connection.sendall(piece)

    with serving(engine.netns_of(container), 80, repeat, backlog=512), contextlib.ExitStack() as stack:
        clients = [stack.enter_context(engine.lan.outside.connect(engine.lan.HOST6, 8080, timeout=30))
                   for _ in range(300)]
        for turn in range(3):
            for number, client in enumerate(clients):
                client.sendall(b"%d %d;" % (turn, number))
        selector = selectors.DefaultSelector()
        got = dict.fromkeys(clients, b"")
        for client in clients:
            selector.register(client, selectors.EVENT_READ)

        def all_came():
            for key, _ in selector.select(timeout=1):
                got[key.fileobj] += key.fileobj.recv(1000)
            return all(each.count(b";") == 3 for each in got.values())

        until(all_came, "not all came back", seconds=60)
        for number, client in enumerate(clients):
            assert got[client] == b"".join(b"%d %d;" % (turn, number) for turn in range(3))


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def test_resets_go_through(engine):
    container = published(engine, ("80/tcp", "", "8080"))
    heard, ended = [], threading.Event()

    def listen(connection):
        try:
            while True:
                heard.append(connection.recv(100))
                if not heard[-1]:
                    break
        except ConnectionResetError:
            heard.append("reset")
        ended.set()

    inside = engine.netns_of(container)
    with serving(inside, 80, listen):
        client = engine.lan.outside.connect(engine.lan.HOST6, 8080)
        client.sendall(b"to the end")
        until(lambda: heard, "nothing came")
        reset(client)
        assert ended.wait(20) and heard == [b"to the end", "reset"]

    def rude(connection):
        connection.sendall(b"last words")
        connection.recv(100)
        reset(connection)

    with serving(inside, 80, rude), engine.lan.outside.connect(engine.lan.HOST6, 8080) as client:
        assert client.recv(100) == b"last words"
        client.sendall(b"?")
        with pytest.raises(ConnectionResetError):
            client.recv(100)
    # Nobody listens in the container.
    with engine.lan.outside.connect(engine.lan.HOST6, 8080) as client, pytest.raises(ConnectionResetError):
        client.recv(100)


def test_udp(engine):
    container = published(engine, ("53/udp", "", "5300"))
    inside = engine.netns_of(container)
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(Server(inside, 53, lambda data, peer: b"%d %b" % (peer[1], data), socket.SOCK_DGRAM))
        clients = []
        for netns, address in ((engine.lan.outside, engine.lan.HOST6), (engine.lan.host, "::1"),
                               (engine.lan.host, engine.lan.HOST6), (engine.lan.outside, engine.lan.HOST6)):
            client = stack.enter_context(netns.socket(socket.SOCK_DGRAM, socket.AF_INET6))
            client.connect((address, 5300))  # only answers from the very address that it has asked come through
            clients.append(client)
        seen = []
        for turn in range(2):
            answers = []
            for number, client in enumerate(clients):
                client.send(b"%d" % number)
                port, text = client.recv(100).split()
                assert int(text) == number
                answers.append(port)
            seen.append(answers)
        # A client is the same one to the container each time.
        assert seen[0] == seen[1] and len(set(seen[0])) == len(clients)
        assert len(server.peers) == 8
        clients[0].send(b"x" * 60000)
        assert clients[0].recv(65536).endswith(b"x" * 60000)


def test_udp_server_that_comes_later(engine):
    container = published(engine, ("53/udp", "", "5300"))
    inside = engine.netns_of(container)
    with engine.lan.outside.socket(socket.SOCK_DGRAM, socket.AF_INET6, timeout=0.2) as client:
        client.connect((engine.lan.HOST6, 5300))
        client.send(b"nobody")
        with Server(inside, 53, echo, socket.SOCK_DGRAM):
            def answered():
                client.send(b"somebody")
                try:
                    return client.recv(100) == b"somebody"
                except (TimeoutError, ConnectionError):
                    return False

            until(answered, "no answer")


@pytest.mark.parametrize("kind, transport", [(socket.SOCK_STREAM, "tcp"), (socket.SOCK_DGRAM, "udp")])
def test_port_that_a_process_has_is_refused(engine, kind, transport):
    def taken(address, port):
        made = engine.lan.host.socket(kind, socket.AF_INET6)
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if transport == "tcp":
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((address, port))
        if transport == "tcp":
            made.listen()
        return made

    with taken("::", 8080):
        for address, host in (("", "::"), ("::", "::"), ("::1", "::1")):
            answer = refusal(engine, (f"80/{transport}", address, "8080"))
            assert answer.status == 500
            assert f"listen {transport}6 [{host}]:8080: bind: address already in use" in answer.message
        # Nothing of it stayed at the IPv4 addresses.
        engine.remove(published(engine, (f"80/{transport}", "0.0.0.0", "8080")), force="1")
        # Of a range, one that is free in both families is taken.
        ranged = published(engine, (f"80/{transport}", "", "8080-8081"))
        assert {port for _, port in shown(engine, ranged)[f"80/{transport}"]} == {"8081"}
    engine.remove(published(engine, (f"80/{transport}", "", "8080")), force="1")
    answer = refusal(engine, (f"80/{transport}", "2001:db8::77", "8080"))
    assert answer.status == 500 and "cannot assign requested address" in answer.message


def test_picked_port_is_free_in_both_families(engine):
    first = published(engine, ("80/tcp", "", ""))
    bindings = shown(engine, first)["80/tcp"]
    assert [address for address, _ in bindings] == ["0.0.0.0", "::"] and len({port for _, port in bindings}) == 1
    following = int(bindings[0][1]) + 1
    with engine.lan.host.socket(family=socket.AF_INET6) as taken:
        taken.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        taken.bind(("::", following))
        taken.listen()
        second = shown(engine, published(engine, ("80/tcp", "", "")))["80/tcp"]
    assert len({port for _, port in second}) == 1 and second[0][1] != str(following)


def test_connections_end_with_the_container(engine):
    container = published(engine, ("80/tcp", "", "8080"))
    inside = engine.netns_of(container)
    with serving(inside, 80, lambda connection: connection.recv(100)), \
            engine.lan.outside.connect(engine.lan.HOST6, 8080) as client:
        engine.stop(container)
        assert refuses(engine.lan.outside, engine.lan.HOST6, 8080)
        client.settimeout(20)
        with contextlib.suppress(ConnectionResetError):
            assert client.recv(100) == b""


def test_last_words_of_a_container_arrive(engine):
    container = engine.run("nc", "-l", "-p", "80", "-e", "head", "-c", "100000", "/dev/zero",
                           **asked(("80/tcp", "", "8080")))
    until(lambda: ":0050 " in engine.execute(container, "cat", "/proc/net/tcp", "/proc/net/tcp6")[1], "nobody listens")
    with engine.lan.outside.connect(engine.lan.HOST6, 8080, timeout=30) as client:
        engine.wait(container)
        until(lambda: refuses(engine.lan.outside, engine.lan.HOST6, 8080), "the port is still open")
        assert len(read_all(client)) == 100_000


def test_ports_move_with_the_way_out(engine):
    engine.network("one", "10.94.51.0/24")
    engine.network("two", "10.94.52.0/24")
    container = published(engine, ("80/tcp", "", "8080"), network="one")
    both = {"80/tcp": [("0.0.0.0", "8080"), ("::", "8080")]}

    def reached():
        with Server(engine.netns_of(container), 80, http_reply("moved")):
            return {engine.lan.outside.fetch(address, 8080)[1] for address in (engine.lan.HOST, engine.lan.HOST6)}

    assert reached() == {b"moved"} and shown(engine, container) == both
    for step, network in (("connect", "two"), ("disconnect", "one"), ("connect", "one"), ("disconnect", "two")):
        answer = engine.api.post(f"/networks/{network}/{step}", {"Container": container})
        assert answer.status == 200, answer
        assert shown(engine, container) == both and reached() == {b"moved"}, (step, network)
    engine.stop(container)
    assert refuses(engine.lan.outside, engine.lan.HOST6, 8080)


@pytest.mark.berthd
def test_one_process_serves_all_ports_and_goes_with_the_last(engine):
    assert engine.daemon.forwarders() == []
    first = published(engine, ("80/tcp", "", "8080"), ("81/tcp", "::1", "8081"))
    second = published(engine, ("80/tcp", "", "8082"), ("80/udp", "", "8082"))
    (process,) = engine.daemon.forwarders()
    status = open(f"/proc/{process}/status").read()
    assert re.search(r"CapEff:\s0+$", status, re.M) and re.search(r"CapPrm:\s0+$", status, re.M)
    engine.remove(first, force="1")
    assert engine.daemon.forwarders() == [process]
    engine.remove(second, force="1")
    until(lambda: not lives(process), "the process stays")
    assert not (engine.daemon.exec_root / "forward.sock").exists()


@pytest.mark.berthd
def test_no_process_without_ports_at_ipv6_addresses(engine):
    engine.run("sleep", "600", ExposedPorts={"80/tcp": {}}, host={"NetworkMode": "bridge"})
    published(engine, ("80/tcp", "0.0.0.0", "8080"), ("81/tcp", "127.0.0.1", "8081"))
    assert engine.daemon.forwarders() == []


@pytest.mark.berthd
def test_process_that_is_killed_comes_again(engine):
    containers = [published(engine, ("80/tcp", "", str(8080 + number))) for number in range(3)]
    engine.remove(containers.pop(), force="1")
    for container in containers:
        engine.netns_of(container)
    (process,) = engine.daemon.forwarders()
    with contextlib.ExitStack() as stack:
        for number, container in enumerate(containers):
            stack.enter_context(Server(engine.netns_of(container), 80, http_reply(f"again {number}")))
        os.kill(process, signal.SIGKILL)
        until(lambda: [pid for pid in engine.daemon.forwarders() if pid != process], "no new process")
        for number in range(2):
            port = 8080 + number
            until(lambda: not refuses(engine.lan.outside, engine.lan.HOST6, port), "not served")  # noqa: B023
            assert engine.lan.outside.fetch(engine.lan.HOST6, port)[1] == b"again %d" % number
    assert refuses(engine.lan.outside, engine.lan.HOST6, 8082)
    assert "is started again" in engine.daemon.log_tail()


@pytest.mark.berthd
def test_process_that_is_stopped_holds_up_no_removal(engine):
    container = published(engine, ("80/tcp", "", "8080"))
    staying = published(engine, ("80/tcp", "", "8081"))
    (process,) = engine.daemon.forwarders()
    os.kill(process, signal.SIGSTOP)
    engine.remove(container, force="1")
    assert refuses(engine.lan.outside, engine.lan.HOST6, 8080)
    with Server(engine.netns_of(staying), 80, http_reply("stays")):
        until(lambda: not refuses(engine.lan.outside, engine.lan.HOST6, 8081), "not served")
        assert engine.lan.outside.fetch(engine.lan.HOST6, 8081)[1] == b"stays"


@pytest.mark.berthd
@pytest.mark.parametrize("how", ["kill", "stop"])
def test_transfer_goes_on_while_the_daemon_is_away(own_engine, how):
    engine = own_engine()
    container = published(engine, ("80/tcp", "", "8080"), ("81/tcp", "", "8081"))
    (process,) = engine.daemon.forwarders()
    inside = engine.netns_of(container)
    go_on = threading.Event()

    def talk(connection):
        connection.sendall(b"a" * 1000)
        assert go_on.wait(60)
        connection.sendall(b"b" * 5_000_000)

    with serving(inside, 80, talk), engine.lan.outside.connect(engine.lan.HOST6, 8080, timeout=60) as client:
        assert client.recv(1, socket.MSG_PEEK)
        getattr(engine.daemon, how)()
        with Server(inside, 81, http_reply("new")):
            assert engine.lan.outside.fetch(engine.lan.HOST6, 8081)[1] == b"new"
        engine.daemon.start()
        go_on.set()
        assert read_all(client) == b"a" * 1000 + b"b" * 5_000_000
    assert engine.daemon.forwarders() == [process]
    answer = refusal(engine, ("80/tcp", "::", "8080"))
    assert "port is already allocated" in answer.message
    with Server(inside, 80, http_reply("still")):
        assert engine.lan.outside.fetch(engine.lan.HOST6, 8080)[1] == b"still"
    engine.stop(container)
    assert refuses(engine.lan.outside, engine.lan.HOST6, 8080)
    engine.remove(published(engine, ("80/tcp", "", "8080")), force="1")


@pytest.mark.berthd
def test_what_changed_while_the_daemon_was_away_is_put_right(own_engine):
    engine = own_engine()
    going = engine.run("sh", "-c", "while ! [ -e /go ]; do sleep 0.02; done", **asked(("80/tcp", "", "8080")))
    staying = published(engine, ("80/tcp", "", "8081"))
    inside = engine.netns_of(staying)
    pid = engine.pid(going)
    engine.execute(going, "touch", "/go-on")
    (process,) = engine.daemon.forwarders()
    engine.daemon.kill()
    os.kill(pid, signal.SIGKILL)
    until(lambda: not lives(pid), "not ended")
    engine.daemon.start()
    assert refuses(engine.lan.outside, engine.lan.HOST6, 8080)
    assert engine.daemon.forwarders() == [process]
    engine.daemon.kill()
    os.kill(process, signal.SIGKILL)
    until(lambda: not lives(process), "not ended")
    engine.daemon.start()
    with Server(inside, 80, http_reply("again")):
        assert engine.lan.outside.fetch(engine.lan.HOST6, 8081)[1] == b"again"
    engine.daemon.stop()
    assert len(engine.daemon.forwarders()) == 1
    engine.daemon.start()
    engine.remove(staying, force="1")
    engine.daemon.stop()
    until(lambda: not engine.daemon.forwarders(), "the process stays")
    engine.daemon.start()


def test_host_without_ipv6(own_engine):
    engine = own_engine(start=False)
    for link in ("all", "default", "lo", "uplink"):
        engine.lan.host.run("sysctl", "-q", "-w", f"net.ipv6.conf.{link}.disable_ipv6=1")
    engine.daemon.start()
    engine.load(engine.archive)
    container = published(engine, ("80/tcp", "", "8080"))
    assert shown(engine, container) == {"80/tcp": [("0.0.0.0", "8080")]}
    with Server(engine.netns_of(container), 80, http_reply("four")):
        assert engine.lan.outside.fetch(engine.lan.HOST, 8080)[1] == b"four"
    answer = refusal(engine, ("80/tcp", "::1", "8081"))
    assert answer.status == 500 and "cannot assign requested address" in answer.message


@pytest.mark.berthd
def test_more_ports_than_there_may_be_files(own_engine):
    engine = own_engine(start=False)
    command = engine.daemon.command
    engine.daemon.command = lambda: ["prlimit", "--nofile=512:512", *command()]
    engine.daemon.start()
    engine.load(engine.archive)
    answer = refusal(engine, *((f"{port}/tcp", "", str(port)) for port in range(20000, 20600)))
    assert answer.status == 500 and "too many open files" in answer.message, answer
    container = published(engine, *((f"{port}/tcp", "", str(port)) for port in range(20000, 20100)))
    with Server(engine.netns_of(container), 20099, http_reply("last")):
        assert engine.lan.outside.fetch(engine.lan.HOST6, 20099)[1] == b"last"


def test_a_thousand_ports(engine):
    ports = [(f"{port}/{kind}", "", str(port)) for port in range(20000, 20500) for kind in ("tcp", "udp")]
    container = published(engine, *ports)
    found = shown(engine, container)
    assert len(found) == 1000
    assert all(each == [("0.0.0.0", port.split("/")[0]), ("::", port.split("/")[0])] for port, each in found.items())
    inside = engine.netns_of(container)
    with Server(inside, 20499, http_reply("last")), Server(inside, 20499, echo, socket.SOCK_DGRAM):
        assert engine.lan.outside.fetch(engine.lan.HOST6, 20499)[1] == b"last"
        with engine.lan.outside.socket(socket.SOCK_DGRAM, socket.AF_INET6) as client:
            client.connect((engine.lan.HOST6, 20499))
            client.send(b"datagram")
            assert client.recv(100) == b"datagram"
    engine.stop(container)
    assert refuses(engine.lan.outside, engine.lan.HOST6, 20499)
