"""What users put into the table `inet berth` comes back with the rest when somebody flushes it: rules, and whatever these
refer to."""

import re
import subprocess

import pytest
from harness import database
from harness.servers import Server, http_reply
from harness.waiting import until

pytestmark = pytest.mark.berthd

#: All that refers to something else, by what it is.
MINE = {
    "a rule": "add rule inet berth user tcp dport 25 drop comment \"mine\"",
    "a set without a name": "add rule inet berth user tcp dport { 22, 80-90, 443 } accept",
    "a set of addresses": "add rule inet berth user ip saddr { 10.0.0.0/8, 192.0.2.7, 198.51.100.3-198.51.100.9 } accept",
    "a set with a name": """
        add set inet berth allowed { type ipv4_addr; flags interval; comment "of mine"; }
        add element inet berth allowed { 10.0.0.0/9, 10.128.0.0/10 comment "lab", 192.0.2.7 }
        add rule inet berth user ip saddr @allowed accept""",
    "a set of pairs": """
        add set inet berth pairs { type ipv4_addr . inet_service; flags interval; }
        add element inet berth pairs { 10.1.0.0/16 . 80-90, 10.2.0.1 . 443 }
        add rule inet berth user ip saddr . tcp dport @pairs drop""",
    "a set with times": """
        add set inet berth guests { type ether_addr; flags timeout; timeout 5h; }
        add element inet berth guests { 02:42:00:00:00:01, 02:42:00:00:00:02 timeout 9h }
        add rule inet berth user ether saddr @guests accept""",
    "a set that packets fill": """
        add set inet berth recent { type ipv4_addr; size 65535; flags dynamic, timeout; timeout 1m; }
        add rule inet berth user tcp dport 1234 update @recent { ip saddr limit rate over 10/minute } drop""",
    "a set that nothing has yet": """
        add set inet berth later { type inet_service; counter; }
        add element inet berth later { 53, 853 }
        add rule inet berth user udp dport 5 drop""",
    "a map": """
        add map inet berth marks { type ipv4_addr : mark; }
        add element inet berth marks { 10.0.0.1 : 0x1, 10.0.0.2 : 0x2 }
        add rule inet berth user meta mark set ip saddr map @marks""",
    "a map without a name": "add rule inet berth user meta mark set ip saddr map { 10.0.0.1 : 0x1, 10.0.0.2 : 0x2 }",
    "a map of verdicts": """
        add chain inet berth mine
        add rule inet berth mine ip daddr { 10.9.0.1, 10.9.0.2 } drop
        add map inet berth ways { type inet_service : verdict; }
        add element inet berth ways { 22 : jump mine, 23 : drop }
        add rule inet berth user tcp dport vmap @ways""",
    "a map of verdicts without a name": """
        add chain inet berth mine
        add rule inet berth user tcp dport vmap { 22 : jump mine, 80 : drop }""",
    "a chain": """
        add chain inet berth zz
        add chain inet berth aa
        add rule inet berth user jump zz
        add rule inet berth zz tcp dport 7 goto aa
        add rule inet berth aa tcp dport { 7 } drop""",
    "a chain in braces": "add rule inet berth user ip saddr 10.0.0.1 jump { tcp dport 7 drop; tcp dport { 8, 9 } drop; }",
    "a chain with a hook": """
        add chain inet berth watch { type filter hook input priority 5; policy accept; }
        add rule inet berth watch tcp dport { 1, 2 } drop""",
    "counters and limits": """
        add counter inet berth seen
        add limit inet berth slow { rate 10/second; }
        add quota inet berth much { over 10 mbytes; }
        add map inet berth by_port { type inet_service : counter; }
        add element inet berth by_port { 80 : "seen" }
        add rule inet berth user tcp dport 9 counter name "seen" limit name "slow" accept
        add rule inet berth user tcp dport 10 quota name "much" drop
        add rule inet berth user counter name tcp dport map @by_port""",
    "a set of four thousand": "add set inet berth many { type ipv4_addr; flags interval; }\nadd element inet berth many { "
        + ", ".join(f"10.{number >> 8}.{number & 255}.0/25" for number in range(4000)) + " }\n"
        + "add rule inet berth user ip saddr @many drop",
}
FLUSHES = ("flush ruleset", "delete table inet berth")


def table(engine):
    """The table's lines without what counts and what passes; chains, rules and sets have no order among each other."""
    text = engine.lan.host.run("nft", "list table inet berth")
    text = re.sub(r"packets \d+ bytes \d+| expires [0-9a-z]+|counter packets", "", text)
    return sorted(text.splitlines())


def nft(engine, commands):
    engine.lan.host.run("nft", "-f", "-", input=commands)


def kept(engine):
    """What the driver has written down of it."""
    return database.rows(database.path(engine), "SELECT value FROM driver_state WHERE bucket = 'user-rules'")


def change(engine, commands):
    """Changes what is the user's, and returns when the driver has seen that."""
    before = kept(engine)
    nft(engine, commands)
    until(lambda: kept(engine) != before, "it is not seen")


def until_same(engine, before):
    def is_same():
        try:
            return table(engine) == before
        except subprocess.CalledProcessError:  # no table
            return False

    until(is_same, lambda: "\n".join(set(before) ^ set(table(engine))) + engine.daemon.log_tail(10))


@pytest.fixture
def engine_with(own_engine):
    """Gives an engine with such content, and its table."""

    def make(content):
        engine = own_engine(images=False)
        change(engine, content)
        return engine, table(engine)

    return make


@pytest.mark.parametrize("what", MINE)
def test_what_is_the_users_comes_back(engine_with, what):
    engine, before = engine_with(MINE[what])
    for flush in FLUSHES:
        nft(engine, flush)
        until_same(engine, before)
    engine.daemon.kill()
    nft(engine, "flush ruleset")
    engine.daemon.start()
    assert table(engine) == before, engine.daemon.log_tail()
    assert "cannot be put back" not in engine.daemon.log.read_text()


def all_at_once():
    """Without the chain `mine` twice."""
    lines = "\n".join(MINE.values()).splitlines()
    return "\n".join(dict.fromkeys(line.strip() for line in lines))


@pytest.mark.parametrize("flush", [*FLUSHES, "flush table inet berth"])
def test_all_of_it_comes_back_over_restarts(engine_with, flush):
    engine, before = engine_with(all_at_once())
    for end in ("kill", "stop"):  # the second daemon has it from the first one's store, and the third one from there again
        getattr(engine.daemon, end)()
        nft(engine, flush)
        engine.daemon.start()
        assert table(engine) == before, engine.daemon.log_tail()
    nft(engine, flush)
    until_same(engine, before)


def test_what_the_user_takes_away_stays_away(engine_with):
    engine, _ = engine_with(MINE["a map of verdicts"] + "\n" + MINE["a rule"])
    change(engine, "flush chain inet berth user; flush chain inet berth mine")
    before = table(engine)
    for _ in range(2):
        nft(engine, "flush ruleset")
        until(lambda: "chain mine" in engine.lan.host.run("nft", "list ruleset"), "the empty chain is not back")
        assert table(engine) == before
        engine.daemon.kill()
        nft(engine, "flush ruleset")
        engine.daemon.start()
        assert table(engine) == before
    # While no daemon runs, too.
    engine.daemon.kill()
    nft(engine, "delete map inet berth ways; delete chain inet berth mine")
    engine.daemon.start()
    nft(engine, "flush ruleset")
    until(lambda: "chain user" in engine.lan.host.run("nft", "list ruleset"), "the table is not back")
    assert not {line.strip() for line in table(engine)} & {"chain mine {", "map ways {"}


def test_rules_that_came_back_do_what_they_did(own_engine):
    engine = own_engine()
    container = engine.run("sleep", "600", ExposedPorts={"80/tcp": {}, "81/tcp": {}}, host={
        "NetworkMode": "bridge",
        "PortBindings": {"80/tcp": [{"HostPort": "8080"}], "81/tcp": [{"HostPort": "8081"}]}})
    change(engine, """
        add set inet berth closed { type inet_service; }
        add element inet berth closed { 80 }
        add rule inet berth user tcp dport @closed ct state new drop""")

    def is_open(port):
        try:
            return engine.lan.outside.fetch(engine.lan.HOST, port, timeout=0.5)[1] == b"served"
        except OSError:
            return False

    netns = engine.netns_of(container)
    with Server(netns, 80, http_reply("served")), Server(netns, 81, http_reply("served")):
        assert (is_open(8080), is_open(8081)) == (False, True)
        nft(engine, "flush ruleset")
        until(lambda: is_open(8081), "the ports are not back")
        assert not is_open(8080)
        engine.daemon.kill()
        nft(engine, "flush ruleset")
        engine.daemon.start()
        assert (is_open(8080), is_open(8081)) == (False, True)
