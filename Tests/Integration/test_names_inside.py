"""/etc/hosts and /etc/resolv.conf of a container: whose names and servers are there, and when that changes."""

import re

import pytest
from harness.daemon import chosen


def own_lines(engine, container):
    """The lines of the container's /etc/hosts that name addresses of networks."""
    text = engine.execute(container, "cat", "/etc/hosts")[1]
    return [line for line in text.splitlines() if re.match(r"10\.|172\.", line)]


# The container's own names


@pytest.mark.parametrize("config, names", [
    ({"Hostname": "foobar.example.com"}, "foobar.example.com foobar"),
    ({"Hostname": "foobar", "Domainname": "example.com"}, "foobar.example.com foobar"),
    # Docker leaves the second one out.
    pytest.param({"Hostname": "foobar.example", "Domainname": "com"}, "foobar.example.com foobar.example foobar",
                 marks=pytest.mark.berthd),
    ({"Hostname": "foobar"}, "foobar"),
])
def test_full_and_short_name_are_in_hosts(engine, config, names):
    script = "tail -n 1 /etc/hosts; hostname; for name in " + names + " $(hostname); do ping -c 1 -w 5 $name > /dev/null || exit; done"
    line, kernel = engine.out(script, host={"NetworkMode": "bridge"}, **config).splitlines()
    assert re.fullmatch(rf"172\.[0-9.]+\t{re.escape(names)}", line), line
    assert kernel == config["Hostname"]


def two_networks(engine):
    for number in (1, 2):
        engine.network(f"n{number}", f"10.97.{number}.0/24")


def test_every_address_is_in_hosts_at_the_start(engine):
    two_networks(engine)
    container = engine.create("sleep", "60", Hostname="both.example", host={"NetworkMode": "n1"})
    assert engine.api.post("/networks/n2/connect", {"Container": container}).status == 200
    engine.start(container)
    assert own_lines(engine, container) == [
        f"{engine.address(container, name)}\tboth.example both" for name in ("n1", "n2")]


def test_hosts_follows_connect_and_disconnect_in_place(engine):
    two_networks(engine)
    container = engine.run("sleep", "60", Hostname="aa", host={"NetworkMode": "n1"})
    sharer = engine.run("sleep", "60", host={"NetworkMode": f"container:{container}"})
    first = f"{engine.address(container, 'n1')}\taa"
    mine = "10.1.1.1\tmine"
    # Without a line's end: the next line must not be put behind it.
    script = f"printf '{mine}' >> /etc/hosts; stat -c %i /etc/hosts"
    inode = engine.execute(container, "sh", "-c", script)[1]
    assert engine.api.post("/networks/n2/connect", {"Container": container}).status == 200
    second = f"{engine.address(container, 'n2')}\taa"
    for each in (container, sharer):
        assert own_lines(engine, each) == [first, mine, second]
    assert engine.api.post("/networks/n1/disconnect", {"Container": container}).status == 200
    for each in (container, sharer):
        assert own_lines(engine, each) == [mine, second]
        assert engine.execute(each, "stat", "-c", "%i", "/etc/hosts")[1] == inode
        assert engine.execute(each, "ping", "-c", "1", "-w", "5", "aa")[0] == 0
    assert engine.api.post("/networks/n2/disconnect", {"Container": container}).status == 200
    assert own_lines(engine, sharer) == [mine]


@pytest.mark.parametrize("again", ["restart", "stop and start"])
def test_what_the_container_wrote_into_hosts_is_gone_when_it_starts_again(engine, again):
    container = engine.run("sleep", "60", Hostname="aa", host={"NetworkMode": "bridge"})
    before = own_lines(engine, container)
    script = "sed 's/\\taa$/\\taa alias/' /etc/hosts > /tmp/new && cat /tmp/new > /etc/hosts; echo 10.1.1.1 mine >> /etc/hosts"
    assert engine.execute(container, "sh", "-c", script)[0] == 0
    assert own_lines(engine, container) == [before[0] + " alias", "10.1.1.1 mine"]
    if again == "restart":
        assert engine.api.post(f"/containers/{container}/restart", t="0").status == 204
    else:
        engine.stop(container)
        engine.start(container)
    assert own_lines(engine, container) == [f"{engine.address(container)}\taa"]


def test_a_line_that_the_container_changed_is_its_own(engine):
    two_networks(engine)
    container = engine.run("sleep", "60", Hostname="aa", host={"NetworkMode": "n1"})
    address = engine.address(container, "n1")
    script = "sed 's/\\taa$/\\taa alias/' /etc/hosts > /tmp/new && cat /tmp/new > /etc/hosts"
    assert engine.execute(container, "sh", "-c", script)[0] == 0
    assert engine.api.post("/networks/n1/disconnect", {"Container": container}).status == 200
    assert own_lines(engine, container) == [f"{address}\taa alias"]


@pytest.mark.berthd
def test_hosts_that_grew_without_end_does_not_hold_up_the_daemon(engine):
    two_networks(engine)
    container = engine.run("sleep", "60", Hostname="aa", host={"NetworkMode": "n1"})
    assert engine.execute(container, "truncate", "-s", str(1 << 36), "/etc/hosts")[0] == 0
    assert engine.api.post("/networks/n2/connect", {"Container": container}).status == 200
    assert engine.api.post("/networks/n1/disconnect", {"Container": container}).status == 200
    assert "n1" not in engine.inspect(container)["NetworkSettings"]["Networks"]


@pytest.mark.berthd
def test_disconnect_after_a_restart_of_the_daemon_takes_the_line_away(own_engine):
    engine = own_engine()
    two_networks(engine)
    container = engine.run("sleep", "60", Hostname="aa", host={"NetworkMode": "n1"})
    assert engine.api.post("/networks/n2/connect", {"Container": container}).status == 200
    second = f"{engine.address(container, 'n2')}\taa"
    engine.daemon.kill()
    engine.daemon.start()
    assert engine.api.post("/networks/n1/disconnect", {"Container": container}).status == 200
    assert own_lines(engine, container) == [second]


def test_extra_hosts_with_several_addresses_are_all_there(engine):
    extra = ["db:10.0.0.1", "db:10.0.0.2", "db:10.0.0.1"]
    out = engine.out("grep db /etc/hosts", host={"NetworkMode": "bridge", "ExtraHosts": extra})
    assert sorted(set(out.splitlines())) == ["10.0.0.1\tdb", "10.0.0.2\tdb"]
    if engine.daemon.name == "berthd":
        assert len(out.splitlines()) == 2


# What the host says


class OtherFiles(chosen()):
    """A daemon that sees other files in /etc and /run than this machine's."""

    def command(self):
        place = self.root / "files"
        script = f'''
            mount --bind {place}/resolv.conf /etc/resolv.conf
            mount --bind {place}/hosts /etc/hosts
            mount -t tmpfs tmpfs /run
            [ ! -e {place}/systemd ] || (mkdir -p /run/systemd/resolve; cp {place}/systemd /run/systemd/resolve/resolv.conf)
            exec "$@"'''
        return ["unshare", "--mount", "--propagation", "private", "sh", "-ec", script, "sh", *super().command()]


@pytest.fixture(scope="module")
def on_host(base, archive):
    """Gives the host of one engine its files, and says what a container prints there."""
    from harness.engine import Engine

    engine = Engine("btfiles", base, daemon_class=OtherFiles)
    place = engine.daemon.root / "files"
    place.mkdir()
    many = "127.0.0.1 localhost\n" + "".join(f"10.{i // 250}.{i % 250}.1 host{i}.example\n" for i in range(6000))
    (place / "hosts").write_text(many + "10.9.9.9 the-last")
    (place / "systemd").write_text("nameserver 10.1.2.3\nnameserver fd00::53\nsearch corp.example\n")
    (place / "resolv.conf").write_text("nameserver 127.0.0.53\n")
    try:
        engine.daemon.start()
        engine.load(archive)

        def show(script, conf, **host):
            (place / "resolv.conf").write_text(conf)
            return engine.out(script, host=host)

        yield show
    finally:
        left = engine.close()
    assert not left, left


#: As the docker command sends what was not asked for.
NOTHING = {"Dns": [], "DnsOptions": [], "DnsSearch": []}


def servers(text):
    return re.findall(r"^nameserver (\S+)", text, re.MULTILINE)


@pytest.mark.berthd
@pytest.mark.parametrize("given", [{}, NOTHING, {"Dns": None}])
def test_host_network_has_the_hosts_own_servers(on_host, given):
    conf = "# the host's\nnameserver 127.0.0.53\noptions edns0"
    assert on_host("cat /etc/resolv.conf", conf, NetworkMode="host", **given) == conf
    searching = on_host("cat /etc/resolv.conf", conf, NetworkMode="host", **{**given, "DnsSearch": ["a.example"]})
    assert servers(searching) == ["127.0.0.53"] and "search a.example" in searching


@pytest.mark.berthd
@pytest.mark.parametrize("local", ["127.0.0.53", "127.0.0.1", "::1", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1", "127.1",
                                   "0.0.0.0", "::1%lo"])
def test_servers_behind_the_hosts_own_resolver_are_taken(on_host, local):
    conf = on_host("cat /etc/resolv.conf", f"nameserver {local}\n", NetworkMode="bridge", **NOTHING)
    # There is no IPv6 in the container.
    assert servers(conf) == ["10.1.2.3"] and "search corp.example" in conf


@pytest.mark.berthd
def test_servers_that_a_container_cannot_reach_are_left_out(on_host):
    conf = "nameserver fe80::1%eth0\nnameserver 127.0.0.1\r\nnameserver 10.5.5.5\nnameserver 2001:db8::53\nnameserver x\n"
    assert servers(on_host("cat /etc/resolv.conf", conf, NetworkMode="bridge")) == ["10.5.5.5"]
    only = "nameserver 2001:db8::53\n"
    assert servers(on_host("cat /etc/resolv.conf", only, NetworkMode="bridge")) == ["8.8.8.8", "8.8.4.4"]
    asked = on_host("cat /etc/resolv.conf", only, NetworkMode="bridge", Dns=["2001:db8::1"])
    assert servers(asked) == ["2001:db8::1"]


@pytest.mark.berthd
def test_host_network_has_the_whole_of_the_hosts_file(on_host):
    conf = "nameserver 10.5.5.5\n" + "# filler\n" * 20000 + "options edns0\n"
    lines = on_host("wc -l < /etc/hosts; tail -n 1 /etc/hosts; echo; tail -n 1 /etc/resolv.conf", conf, NetworkMode="host")
    assert lines.splitlines() == ["6001", "10.9.9.9 the-last", "options edns0"]
    extra = on_host("tail -n 2 /etc/hosts", conf, NetworkMode="host", ExtraHosts=["more:10.1.1.1"])
    assert extra.splitlines() == ["10.9.9.9 the-last", "10.1.1.1\tmore"]
