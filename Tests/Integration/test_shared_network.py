"""`--network container:NAME`: the other's network, hostname and hosts, whatever the other is called by then."""


def test_it_has_the_hostname_of_the_other(engine):
    owner = engine.run("sleep", "60", Hostname="owner", Domainname="example.org", host={"NetworkMode": "bridge"})
    out = engine.out("hostname; echo $HOSTNAME; cat /etc/hostname; cat /proc/sys/kernel/domainname; cat /etc/hosts",
                     host={"NetworkMode": f"container:{owner}"})
    assert out.splitlines()[:4] == ["owner", "owner", "owner", "example.org"]
    assert f"{engine.address(owner)}\towner.example.org owner" in out


def test_hostname_set_inside_stays_inside(engine):
    owner = engine.run("sleep", "60", Hostname="owner", host={"NetworkMode": "bridge"})
    engine.out("hostname changed", host={"NetworkMode": f"container:{owner}", "CapAdd": ["SYS_ADMIN"]})
    assert engine.execute(owner, "hostname")[1] == "owner\n"


def test_mode_names_the_container_and_not_its_name(engine):
    owner = engine.run("sleep", "60", name="first", host={"NetworkMode": "bridge"})
    container = engine.create("hostname", host={"NetworkMode": "container:first"})
    if engine.daemon.name == "berthd":
        assert engine.inspect(container)["HostConfig"]["NetworkMode"] == f"container:{owner}"
    assert engine.api.post("/containers/first/rename", name="second").status == 204
    engine.run("sleep", "60", name="first", host={"NetworkMode": "bridge"})
    if engine.daemon.name == "berthd":
        engine.start(container)
        assert engine.wait(container) == 0
        assert engine.logs(container)[0] == owner[:12] + "\n"


def test_network_of_one_that_shares_a_third_ones(engine):
    owner = engine.run("sleep", "60", Hostname="owner", host={"NetworkMode": "bridge"})
    middle = engine.run("sleep", "60", host={"NetworkMode": f"container:{owner}"})
    out = engine.out("hostname; ip -4 address show eth0; cat /etc/hosts", host={"NetworkMode": f"container:{middle}"})
    assert out.startswith("owner\n")
    assert out.count(engine.address(owner)) == 2


def test_mac_address_that_was_asked_for_outlives_a_stop(engine):
    wanted = "02:42:ac:00:00:99"
    answer = engine.api.at("1.44").post("/containers/create", {
        "Image": "busybox", "Cmd": ["sleep", "60"], "HostConfig": {"NetworkMode": "bridge"},
        "NetworkingConfig": {"EndpointsConfig": {"bridge": {"MacAddress": wanted}}}})
    assert answer.status == 201, answer
    container = answer.json["Id"]
    for _ in range(2):
        engine.start(container)
        assert engine.execute(container, "cat", "/sys/class/net/eth0/address")[1].strip() == wanted
        engine.stop(container)
