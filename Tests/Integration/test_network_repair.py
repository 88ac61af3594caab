"""What a daemon finds changed on its host at its start, it puts right; what is not its own it leaves alone."""

import json

import pytest
from harness import leaks
from harness.servers import Server, http_reply

pytestmark = pytest.mark.berthd


@pytest.fixture
def published(own_engine):
    """An engine, and a container on a network of its own with port 80 published as 8080."""
    engine = own_engine()
    engine.network("own", "10.94.1.0/24")
    container = engine.run("sleep", "60", ExposedPorts={"80/tcp": {}}, host={
        "NetworkMode": "own", "PortBindings": {"80/tcp": [{"HostPort": "8080"}]}})
    return engine, container


def links(engine):
    """The links of the daemon's host by name, with all that `ip` tells."""
    return {link["ifname"]: link for link in json.loads(engine.lan.host.run("ip", "-d", "-j", "link"))}


def hairpin(link):
    return link["linkinfo"]["info_slave_data"]["hairpin"]


def assert_reached(engine, container):
    with Server(engine.netns_of(container), 80, http_reply("reached")):
        assert engine.lan.outside.fetch(engine.lan.HOST, 8080)[1] == b"reached"
        assert engine.lan.host.fetch("127.0.0.1", 8080)[1] == b"reached"


def test_flushed_rules_are_back_after_a_start(published):
    engine, container = published
    before = leaks.ruleset(engine.daemon)
    engine.daemon.kill()
    engine.lan.host.run("nft", "flush", "ruleset")
    engine.daemon.start()
    assert leaks.ruleset(engine.daemon) == before
    assert_reached(engine, container)


def test_rules_of_another_version_are_replaced_and_the_users_stay(published):
    engine, container = published
    nft = engine.lan.host.run
    nft("nft", "add rule inet berth user tcp dport 25 drop")
    before = leaks.ruleset(engine.daemon)
    engine.daemon.kill()
    nft("nft", "flush chain inet berth guard; add rule inet berth forward drop; flush chain inet berth postrouting; "
        "delete chain inet berth postrouting; "
        "add chain inet berth postrouting { type nat hook postrouting priority 50; }")
    assert leaks.ruleset(engine.daemon) != before
    engine.daemon.start()
    assert leaks.ruleset(engine.daemon) == before
    assert_reached(engine, container)


def test_start_changes_no_rule_that_is_right(published):
    engine, _ = published
    engine.daemon.kill()
    before = engine.lan.host.run("nft", "-a", "list", "ruleset")
    engine.daemon.start()
    assert engine.lan.host.run("nft", "-a", "list", "ruleset") == before  # the handles tell that none was made anew


def test_elements_of_nothing_are_removed_and_others_stay(published):
    engine, container = published
    before = leaks.ruleset(engine.daemon)
    engine.daemon.kill()
    stray = "element inet berth published { tcp . 9999 comment \"berth:nothing\" : 10.94.1.99 . 80 }"
    foreign = "element inet berth published { tcp . 9998 : 10.94.1.98 . 80 }"
    engine.lan.host.run("nft", f"add {stray}; add {foreign}")
    engine.daemon.start()
    assert len(leaks.ruleset(engine.daemon) - before) == 1
    engine.lan.host.run("nft", f"delete {foreign}")
    assert leaks.ruleset(engine.daemon) == before
    assert_reached(engine, container)


def test_hairpin_is_set_on_ports_that_lack_it(published):
    engine, _ = published
    (port,) = [name for name in links(engine) if name.startswith("veth")]
    assert hairpin(links(engine)[port])
    engine.daemon.kill()
    engine.lan.host.run("bridge", "link", "set", "dev", port, "hairpin", "off")
    engine.daemon.start()
    assert hairpin(links(engine)[port])


def test_links_of_nothing_are_removed_and_others_stay(own_engine):
    engine = own_engine()
    before = set(links(engine))
    engine.daemon.stop()
    ip = engine.lan.host.run
    for number in range(20):
        ip("ip", "link", "add", f"left{number}", "type", "veth", "peer", "name", f"peer{number}")
        ip("ip", "link", "set", f"left{number}", "alias", "berth:nothing")
    ip("ip", "link", "add", "left", "type", "bridge")
    ip("ip", "link", "set", "left", "alias", "berth:nothing")
    ip("ip", "link", "add", "others", "type", "bridge")
    ip("ip", "link", "set", "others", "alias", "of someone else")
    engine.daemon.start()
    assert set(links(engine)) == before | {"others"}


def test_bridge_that_is_gone_is_made_again(own_engine):
    engine = own_engine()
    engine.network("own", "10.94.2.0/24", Options={"com.docker.network.bridge.name": "own0"})
    before = leaks.ruleset(engine.daemon)
    engine.daemon.stop()
    engine.lan.host.run("ip", "link", "delete", "own0")
    engine.daemon.start()
    assert "own0" in links(engine) and leaks.ruleset(engine.daemon) == before
    assert "10.94.2.1/24" in engine.lan.host.run("ip", "address", "show", "own0")
    engine.out("ping -c 1 -W 2 10.94.2.1", host={"NetworkMode": "own"})


def test_link_of_another_in_the_place_of_a_bridge_is_left_alone(own_engine):
    engine = own_engine()
    engine.network("own", "10.94.3.0/24", Options={"com.docker.network.bridge.name": "own0"})
    engine.network("well", "10.94.4.0/24", Options={"com.docker.network.bridge.name": "well0"})
    engine.daemon.stop()
    ip = engine.lan.host.run
    ip("ip", "link", "delete", "own0")
    ip("ip", "link", "delete", "well0")
    ip("ip", "link", "add", "own0", "up", "type", "bridge")
    engine.daemon.start()
    assert "10.94.3.1" not in ip("ip", "address", "show", "own0")
    assert "link `own0` is another's" in engine.daemon.log.read_text()
    engine.out("ping -c 1 -W 2 10.94.4.1", host={"NetworkMode": "well"})
    assert engine.api.delete("/networks/own").status == 204
    assert "own0" in links(engine)
