"""SIGKILL of the daemon at random moments, with eight clients at work: nothing leaks and nothing that was acknowledged
is lost.

BERTH_KILL_ROUNDS asks for more rounds than the usual, BERTH_KILL_SEED for others.
"""

import os
import random
import time

import pytest
from harness import database, disk, leaks
from harness.load import Client

CLIENTS = 8
ROUNDS = int(os.environ.get("BERTH_KILL_ROUNDS", "20"))
SEED = int(os.environ.get("BERTH_KILL_SEED", "1"))
NETWORKS = ["bridge", "kills"]

# A machine at work takes some seconds for a round.
pytestmark = [pytest.mark.berthd, pytest.mark.timeout(60 + 12 * ROUNDS)]


def containers(engine):
    """All there are, as an inspect shows them; those that go just now are left out."""
    found = {}
    for each in engine.api.get("/containers/json", all="1").json:
        answer = engine.api.get(f"/containers/{each['Id']}/json")
        if answer.status == 200:
            found[each["Id"]] = answer.json
    return found


def endpoints(present):
    """(network, address) by endpoint, of those that run."""
    return {
        settings["EndpointID"]: (network, settings["IPAddress"])
        for each in present.values() if each["State"]["Running"]
        for network, settings in each["NetworkSettings"]["Networks"].items() if settings["EndpointID"]}


def untidy(engine, present):
    """What is there beyond the containers: in the kernel, on the disk, in the database."""
    running = {id for id, each in present.items() if each["State"]["Running"]}
    ends = endpoints(present)
    wrong = []

    def compare(what, found, wanted):
        if found != wanted:
            wrong.append(f"{what}: too many {sorted(found - wanted)}, missing {sorted(wanted - found)}")

    compare("host's ends of veth pairs", {name for name in leaks.links(engine.daemon) if name.startswith("veth")},
            {"veth" + id[:9] for id in ends})
    compare("cgroups", {os.path.basename(path) for path in leaks.cgroups(engine.daemon)}, running)
    sandboxes = {each["NetworkSettings"]["SandboxKey"] for id, each in present.items() if id in running}
    with open("/proc/self/mountinfo") as table:
        pins = {point for point in (line.split()[4] for line in table)
                if point.startswith(f"{engine.daemon.exec_root}/netns/")}
    # Some are made beforehand.
    compare("pinned sandboxes", pins & sandboxes, sandboxes)
    if len(pins - sandboxes) > leaks.SPARES:
        wrong.append(f"pins of no sandbox: {sorted(pins - sandboxes)}")
    compare("folders of containers", set(os.listdir(engine.daemon.data_root / "containers")), set(present))
    compare("sockets of containers", set(os.listdir(engine.daemon.exec_root / "containers")), running)
    compare("sockets of execs", set(os.listdir(engine.daemon.exec_root / "exec")), set())
    file = database.path(engine)
    compare("containers in the database", set(database.rows(file, "SELECT id FROM containers")), set(present))
    compare("endpoints in the database", set(database.rows(file, "SELECT id FROM endpoints")), set(ends))
    compare("drivers' rows", set(database.rows(
        file, "SELECT owner FROM driver_state WHERE owner NOT IN (SELECT id FROM networks)")) - {""} - set(ends), set())
    compare("ports in the database",
            set(database.rows(file, "SELECT host_port FROM ports")),
            {int(binding["HostPort"]) for id in running for bindings in
             (present[id]["NetworkSettings"]["Ports"] or {}).values() for binding in bindings or []})
    compare_elements(engine, present, running, ends, compare)
    addresses = list(ends.values())
    wrong += [f"address {each} is there twice" for each in set(addresses) if addresses.count(each) > 1]
    return wrong


def compare_elements(engine, present, running, ends, compare):
    """Each network's bridge is in the sets it should be in, and each published port leads to its container."""
    owner_of = {settings["EndpointID"]: id for id in running
                for settings in present[id]["NetworkSettings"]["Networks"].values() if settings["EndpointID"]}
    published, bridges = set(), set()
    for name, key, value, owner in leaks.elements(engine.daemon):
        if name.startswith("published"):
            transport, port = key.split(" . ")[-2:]
            place = value if value.split(" . ")[0] == ends.get(owner, ("", ""))[1] else f"{value} of {owner}"
            published.add((f"{transport} {port}", owner_of.get(owner, owner), place.split(" . ")[-1]))
        else:
            bridges.add((name, owner))
    compare("published ports in nftables", published, {
        (f"{key.split('/')[1]} {binding['HostPort']}", id, key.split("/")[0]) for id in running
        for key, bindings in (present[id]["NetworkSettings"]["Ports"] or {}).items() for binding in bindings or []})
    networks = [each["Id"] for each in engine.api.get("/networks").json if each["Driver"] == "bridge"]
    compare("networks in nftables", bridges, {
        (name, id) for name in ("bridges", "masqueraded", "hairpin", "siblings") for id in networks})


def settled(engine, seconds=20):
    """All containers once nothing is left of others: what is removed behind has a moment to go."""
    deadline = time.monotonic() + seconds
    while True:
        present = containers(engine)
        wrong = untidy(engine, present)
        # A `--rm` container that has ended goes by itself.
        wrong += [f"{each['Name']} stays" for each in present.values()
                  if each["HostConfig"]["AutoRemove"] and each["State"]["Status"] == "exited"]
        if not wrong:
            return present
        assert time.monotonic() < deadline, wrong
        time.sleep(0.05)


def kill_under_load(engine, clients, chance, meanwhile):
    """Has the clients work while something is done, kills the daemon, and returns the clients that go on."""
    again = [client.resumed(chance.random()) for client in clients]
    for client in again:
        client.start()
    meanwhile()
    engine.daemon.kill()
    for client in again:
        client.halt.set()
    for client in again:
        client.join(30)
        assert not client.is_alive()
    faults = [fault for client in again for fault in client.faults]
    assert not faults, faults
    return again


def check(engine, clients):
    present = settled(engine)
    wrong = [text for client in clients for text in client.check(present)]
    assert not wrong, wrong


def test_kills_under_load_leak_nothing_and_lose_nothing(own_engine):
    engine = own_engine()
    engine.network("kills", "10.96.0.0/24")
    before = leaks.snapshot(engine.daemon)
    chance = random.Random(SEED)
    clients = [Client(engine, number, 0, NETWORKS) for number in range(CLIENTS)]
    requests = 0
    for _ in range(ROUNDS):
        # Any moment will do: this is no wait for something.
        clients = kill_under_load(engine, clients, chance, lambda: time.sleep(chance.uniform(0.1, 1.2)))
        requests += sum(client.requests for client in clients)
        if chance.random() < 0.3:
            # The next one, too, while it picks up what is there.
            engine.daemon.spawn()
            time.sleep(chance.uniform(0.01, 0.3))
            engine.daemon.kill()
        engine.daemon.start()
        check(engine, clients)
    assert requests > ROUNDS * 20
    engine.clear()
    engine.network("kills", "10.96.0.0/24")
    settled(engine)
    left = leaks.left_behind(engine.daemon, before, seconds=10)
    # The network has another bridge, and other rules, each time.
    assert not {kind for kind in left if kind not in ("links", "nft rules and elements", "files")}, left
    engine.clear()


def test_kills_on_a_full_disk_leak_nothing_and_lose_nothing(small):
    engine = small
    engine.network("kills", "10.96.0.0/24")
    chance = random.Random(SEED)
    clients = [Client(engine, number, 0, NETWORKS) for number in range(CLIENTS)]

    def fill_up():
        time.sleep(chance.uniform(0.1, 0.4))
        disk.fill(engine)
        if chance.random() < 0.5:
            disk.take_reserve(engine)
        time.sleep(chance.uniform(0.1, 0.6))

    for _ in range(max(6, ROUNDS // 3)):
        clients = kill_under_load(engine, clients, chance, fill_up)
        if chance.random() < 0.5:
            disk.empty(engine)
        engine.daemon.start()
        disk.empty(engine)
        check(engine, clients)
