"""Networks of drivers that are not Berth's own, behind a socket: what the daemon asks of them."""

import json
import signal

import pytest
from harness.plugin import NetworkPlugin
from harness.waiting import until

pytestmark = pytest.mark.berthd


@pytest.fixture
def taker(own_engine):
    """An engine with a driver `taker` that takes everything, and the driver."""
    engine = own_engine(start=False)
    socket = engine.daemon.root / "taker.sock"
    descriptor = {"name": "taker", "kinds": ["network"], "socket": str(socket), "timeout-ms": 5000}
    (engine.daemon.plugins / "taker.json").write_text(json.dumps(descriptor))
    with NetworkPlugin(socket) as plugin:
        engine.daemon.start()
        engine.load(engine.archive)
        yield engine, plugin
        engine.clear()


def running(engine, **settings):
    """The status of the start of a container on the network `own`, and its endpoint's settings."""
    container = engine.create("sleep", "60", host={"NetworkMode": "own"},
                              NetworkingConfig={"EndpointsConfig": {"own": settings}})
    status = engine.api.post(f"/containers/{container}/start").status
    return status, engine.inspect(container)["NetworkSettings"]["Networks"]["own"]


RANGES = [
    {"Subnet": "10.94.70.0/24", "IPRange": "10.94.70.8/30", "Gateway": "10.94.70.1", "AuxiliaryAddresses": {"a": "10.94.70.9"}},
    {"Subnet": "10.94.71.0/24", "IPRange": "10.94.71.8/30", "AuxiliaryAddresses": {"b": "10.94.71.8", "c": "10.94.71.200"}},
    {"Subnet": "10.94.72.0/29", "Gateway": "10.94.72.6", "AuxiliaryAddresses": {"d": "10.94.72.1", "e": "10.94.72.2"}},
]
#: What may be given to containers: without networks' and broadcast addresses, gateways and auxiliary ones. The second
#: range's gateway is the first address that is free.
FREE = {"10.94.70.8", "10.94.70.10", "10.94.70.11", "10.94.71.9", "10.94.71.10", "10.94.71.11",
        "10.94.72.3", "10.94.72.4", "10.94.72.5"}


def test_network_of_several_subnets_with_auxiliary_addresses_in_each(taker):
    engine, plugin = taker
    network = engine.network("own", Driver="taker", IPAM={"Driver": "default", "Config": RANGES})
    (made,) = plugin.asked("NetworkDriver.CreateNetwork")
    assert made["NetworkID"] == network
    pools = made["IPv4Data"]
    assert [pool["Pool"] for pool in pools] == [each["Subnet"] for each in RANGES]
    assert [pool["AuxAddresses"] for pool in pools] == [each["AuxiliaryAddresses"] for each in RANGES]
    gateways = [pool["Gateway"] for pool in pools]
    assert gateways[0] == "10.94.70.1/24" and gateways[2] == "10.94.72.6/29"
    assert gateways[1].startswith("10.94.71.") and gateways[1].endswith("/24")
    shown = engine.api.get("/networks/own").json["IPAM"]["Config"]
    for wanted, found in zip(RANGES, shown, strict=True):
        assert {key: found[key] for key in wanted} == wanted

    free = FREE - {gateway.split("/")[0] for gateway in gateways}
    given = []
    while (answer := running(engine))[0] == 204:
        given.append(answer[1]["IPAddress"])
        assert len(given) <= len(free), given
    assert answer[0] == 503 and sorted(given) == sorted(free)
    asked = [body["Interface"]["Address"].split("/") for body in plugin.asked("NetworkDriver.CreateEndpoint")]
    assert sorted(address for address, _ in asked) == sorted(free)
    assert {length for address, length in asked if address.startswith("10.94.72.")} == {"29"}
    # A static one may be outside of the range, in any of the subnets; an auxiliary one is taken.
    status, settings = running(engine, IPAMConfig={"IPv4Address": "10.94.71.77"})
    assert (status, settings["IPAddress"]) == (204, "10.94.71.77")
    assert running(engine, IPAMConfig={"IPv4Address": "10.94.71.200"})[0] == 403
    # All of it is free again once the network is gone.
    engine.clear()
    assert plugin.asked("NetworkDriver.DeleteNetwork") == [{"NetworkID": network}]
    engine.network("own", Driver="taker", IPAM={"Driver": "default", "Config": RANGES})


def test_network_without_an_ipam_driver(taker):
    engine, plugin = taker
    refused = engine.api.post("/networks/create", {
        "Name": "own", "Driver": "taker", "IPAM": {"Driver": "null", "Config": [{"Subnet": "10.94.73.0/24"}]}})
    assert refused.status == 400 and not plugin.asked("NetworkDriver.CreateNetwork"), refused
    engine.network("own", Driver="taker", IPAM={"Driver": "null"})
    (made,) = plugin.asked("NetworkDriver.CreateNetwork")
    assert [(pool["Pool"], pool["Gateway"]) for pool in made["IPv4Data"]] == [("0.0.0.0/0", "")]
    status, settings = running(engine)
    assert (status, settings["IPAddress"], settings["Gateway"]) == (204, "", "")
    (endpoint,) = plugin.asked("NetworkDriver.CreateEndpoint")
    assert endpoint["Interface"]["Address"] == ""
    assert settings["EndpointID"] == endpoint["EndpointID"]
    assert engine.api.get("/networks/own").json["IPAM"]["Driver"] == "null"


def test_sighup_has_every_network_driver_check(taker):
    engine, plugin = taker
    assert not plugin.asked("NetworkDriver.Check")
    for count in (1, 2):
        engine.daemon.signal(signal.SIGHUP)
        until(lambda: len(plugin.asked("NetworkDriver.Check")) == count, "not asked")
    assert plugin.asked("NetworkDriver.Check") == [{}, {}]


@pytest.mark.parametrize("fault", ["unknown", "fail", "hang"])
def test_driver_that_does_not_check_holds_up_no_other(taker, fault):
    engine, plugin = taker
    getattr(plugin, fault).add("NetworkDriver.Check")
    engine.lan.host.run("sh", "-c", "echo 0 > /proc/sys/net/ipv4/ip_forward")
    engine.daemon.signal(signal.SIGHUP)
    until(lambda: "NetworkDriver.Check" in plugin.calls, "not asked")
    until(lambda: engine.lan.host.run("cat", "/proc/sys/net/ipv4/ip_forward") == "1\n", "the bridge driver has not checked")
    said = {"unknown": None, "fail": "NetworkDriver.Check is not to be had today", "hang": "NetworkDriver.Check timed out"}[fault]
    if said:
        until(lambda: said in engine.daemon.log.read_text(), engine.daemon.log_tail)
    assert engine.out("echo fine", host={"NetworkMode": "bridge"}) == "fine"
    if not said:  # to have no such method is no fault
        assert "NetworkDriver.Check" not in engine.daemon.log.read_text()
