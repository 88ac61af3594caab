"""What a container cannot change on its host, and what it shares only when it is told to."""

import glob
import os
import re
import stat
import subprocess
from pathlib import Path

import pytest


def refused(engine, host, **config):
    """Creates a container that must not come to run, and returns the message; Docker says no only at the start."""
    body = {"Image": "busybox", "Cmd": ["true"], "HostConfig": {"NetworkMode": "none", **host}, **config}
    answer = engine.api.post("/containers/create", body)
    if answer.status == 201:
        answer = engine.api.post(f"/containers/{answer.json['Id']}/start")
    assert answer.status in ((400,) if engine.daemon.name == "berthd" else (400, 500)), answer
    return answer.message


def run_at(engine, version, script, host):
    """Runs a shell script in a container that a client of the given version created: (exit status, stderr)."""
    body = {"Image": "busybox", "Cmd": ["sh", "-c", script], "HostConfig": {"NetworkMode": "none", **host}}
    answer = engine.api.at(version).post("/containers/create", body)
    assert answer.status == 201, answer
    container = answer.json["Id"]
    engine.start(container)
    return engine.wait(container), engine.logs(container)[1]


# Names


def host_names():
    return os.uname().nodename, Path("/proc/sys/kernel/domainname").read_text().strip()


def test_names_given_with_the_hosts_network_are_the_containers_alone(engine):
    before = host_names()
    out = engine.out("hostname; cat /proc/sys/kernel/domainname; echo $HOSTNAME", Hostname="other",
                     Domainname="example.test", host={"NetworkMode": "host"})
    assert out.split() == ["other", "example.test", "other"]
    assert host_names() == before


@pytest.mark.parametrize("host", [{"NetworkMode": "host"}, {"UTSMode": "host"}], ids=["network", "uts"])
@pytest.mark.berthd
def test_container_that_shares_the_host_has_its_name(engine, host):
    name = host_names()[0]
    assert engine.out("hostname; cat /etc/hostname; echo $HOSTNAME", host=host).split() == [name] * 3


@pytest.mark.parametrize("names", [{"Hostname": "other"}, {"Domainname": "example.test"}], ids=["host", "domain"])
def test_names_are_refused_where_they_would_be_the_hosts(engine, names):
    before = host_names()
    refused(engine, {"UTSMode": "host"}, **names)
    assert host_names() == before


# Kernel parameters


@pytest.mark.parametrize(
    "name", ["vm.swappiness", "vm/swappiness", "net/../vm/swappiness", "net.//.vm.swappiness", "../sys/vm/swappiness"])
def test_sysctl_of_the_whole_host_is_refused(engine, name):
    file = Path("/proc/sys/vm/swappiness")
    before = file.read_text()
    try:
        message = refused(engine, {"Sysctls": {name: str((int(before) + 1) % 100)}})
        assert "sysctl" in message
        assert file.read_text() == before
    finally:
        file.write_text(before)


@pytest.mark.parametrize("way", ["../../", "net/../../../", "/../../"])
def test_sysctl_writes_no_other_file(engine, tmp_path, way):
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    assert "sysctl" in refused(engine, {"Sysctls": {way + str(victim)[1:]: "changed"}})
    assert victim.read_text() == "untouched"


PORT_START = "net.ipv4.ip_unprivileged_port_start"


def port_start(engine):
    return engine.daemon.netns.run("cat", "/proc/sys/" + PORT_START.replace(".", "/"))


def test_network_sysctl_is_refused_with_the_hosts_network(engine):
    before = port_start(engine)
    assert "sysctl" in refused(engine, {"NetworkMode": "host", "Sysctls": {PORT_START: "77"}})
    assert port_start(engine) == before


def test_network_sysctl_is_refused_with_the_hosts_network_at_second_hand(engine):
    before = port_start(engine)
    other = engine.run("sleep", "60", host={"NetworkMode": "host"})
    assert "sysctl" in refused(engine, {"NetworkMode": f"container:{other}", "Sysctls": {PORT_START: "77"}})
    assert port_start(engine) == before


def test_ipc_sysctl_is_refused_with_the_hosts_ipc_namespace(engine):
    file = Path("/proc/sys/kernel/msgmax")
    before = file.read_text()
    try:
        assert "sysctl" in refused(engine, {"IpcMode": "host", "Sysctls": {"kernel.msgmax": "4096"}})
        assert file.read_text() == before
    finally:
        file.write_text(before)


def test_hostname_is_no_sysctl(engine):
    assert "sysctl" in refused(engine, {"Sysctls": {"kernel.hostname": "other"}})


def test_domain_name_as_sysctl_is_the_containers_alone(engine):
    before = host_names()
    out = engine.out("cat /proc/sys/kernel/domainname", host={"Sysctls": {"kernel.domainname": "example.test"}})
    assert out == "example.test"
    assert host_names() == before


@pytest.mark.berthd
def test_sysctl_with_slashes(engine):
    name = PORT_START.replace(".", "/")
    assert engine.out(f"cat /proc/sys/{name}", host={"Sysctls": {name: "78"}}) == "78"


# Mounts


def subpath(path):
    return {"Type": "volume", "Source": "with-links", "Target": "/data", "VolumeOptions": {"Subpath": path}}


@pytest.mark.berthd
def test_subpath_of_a_volume_is_not_led_out_of_it_by_a_link(engine, tmp_path):
    (tmp_path / "secret").write_text("secret")
    engine.out(f"mkdir -p /v/in/deep; echo inside > /v/in/deep/file; ln -s {tmp_path} /v/out; ln -s in /v/stays",
               host={"Binds": ["with-links:/v"]})
    assert engine.out("cat /data/file", host={"Mounts": [subpath("in/deep")]}) == "inside"
    assert engine.out("cat /data/file", host={"Mounts": [subpath("stays/deep")]}) == "inside"
    container = engine.create("cat", "/data/secret", host={"Mounts": [subpath("out")]})
    answer = engine.api.post(f"/containers/{container}/start")
    assert answer.status >= 400, answer


@pytest.mark.berthd
@pytest.mark.parametrize("path", ["../other", "in/../../other", "/in"])
def test_subpath_that_is_not_within_its_volume_is_400(engine, path):
    assert "subpath must be a relative path within the volume" in refused(engine, {"Mounts": [subpath(path)]})


def test_volume_over_etc_leaves_the_containers_files_on_top(engine):
    out = engine.out("cat /etc/hostname; test -s /etc/resolv.conf; grep -c localhost /etc/hosts; ls /etc/passwd",
                     Hostname="mine", host={"Binds": ["etc:/etc"]})
    name, count, passwd = out.split()
    assert name == "mine" and int(count) >= 1 and passwd == "/etc/passwd"


def test_file_of_the_clients_wins_over_the_containers(engine, tmp_path):
    (tmp_path / "hosts").write_text("10.9.8.7 given\n")
    assert engine.out("cat /etc/hosts", host={"Binds": [f"{tmp_path}/hosts:/etc/hosts", "etc:/etc"]}) == "10.9.8.7 given"


def test_nothing_is_made_in_a_directory_bound_over_dev(engine, tmp_path):
    os.mknod(tmp_path / "null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    assert engine.out("ls -A /dev", host={"Binds": [f"{tmp_path}:/dev"]}) == "null"
    assert os.listdir(tmp_path) == ["null"]


def test_the_hosts_devices_bound_over_dev_stay_as_they_are(engine):
    before = sorted(os.listdir("/dev"))
    assert engine.out("test -c /dev/null && echo there", host={"Binds": ["/dev:/dev"]}) == "there"
    assert sorted(os.listdir("/dev")) == before


def test_mount_of_the_clients_replaces_the_one_that_every_container_has(engine, tmp_path):
    (tmp_path / "file").write_text("own")
    out = engine.out("cat /dev/shm/file; echo; grep -c ' /dev/shm ' /proc/mounts", host={"Binds": [f"{tmp_path}:/dev/shm"]})
    assert out.split() == ["own", "1"]


@pytest.fixture
def nested(tmp_path):
    """A directory of the host with a file system mounted below it."""
    below = tmp_path / "below"
    below.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "none", str(below)], check=True)
    yield tmp_path
    subprocess.run(["umount", str(below)], check=True)


def bind(source, **options):
    return {"Type": "bind", "Source": str(source), "Target": "/data", "ReadOnly": True, "BindOptions": options}


@pytest.mark.berthd
@pytest.mark.parametrize("host", [
    lambda source: {"Binds": [f"{source}:/data:ro"]},
    lambda source: {"Mounts": [bind(source)]},
    lambda source: {"Mounts": [bind(source, ReadOnlyForceRecursive=True)]},
], ids=["binds", "mounts", "forced"])
def test_read_only_bind_holds_for_the_mounts_below(engine, nested, host):
    status, err = run_at(engine, "1.44", "touch /data/below/x", host(nested))
    assert status != 0 and "Read-only file system" in err
    assert not list((nested / "below").iterdir())


@pytest.mark.berthd
@pytest.mark.parametrize("version, host", [
    ("1.43", lambda source: {"Binds": [f"{source}:/data:ro"]}),
    ("1.43", lambda source: {"Mounts": [bind(source)]}),
    ("1.44", lambda source: {"Mounts": [bind(source, ReadOnlyNonRecursive=True)]}),
], ids=["binds before 1.44", "mounts before 1.44", "as asked for"])
def test_read_only_bind_that_is_not_recursive(engine, nested, version, host):
    status, err = run_at(engine, version, "touch /data/below/x && ! touch /data/x", host(nested))
    assert status == 0 and "Read-only file system" in err
    assert [file.name for file in (nested / "below").iterdir()] == ["x"]


@pytest.mark.berthd
@pytest.mark.parametrize("version, changes, message", [
    ("1.43", {"ReadOnlyForceRecursive": True}, "BindOptions.ReadOnlyForceRecursive needs API v1.44 or newer"),
    ("1.44", {"ReadOnlyForceRecursive": True, "ReadOnlyNonRecursive": True},
     "mount options conflict: ReadOnlyNonRecursive && ReadOnlyForceRecursive"),
])
def test_recursion_that_cannot_be_meant_is_400(engine, tmp_path, version, changes, message):
    body = {"Image": "busybox", "HostConfig": {"Mounts": [bind(tmp_path, **changes)]}}
    answer = engine.api.at(version).post("/containers/create", body)
    assert answer.status == 400 and message in answer.message


@pytest.mark.berthd
@pytest.mark.parametrize("option", ["ReadOnlyNonRecursive", "ReadOnlyForceRecursive"])
def test_recursion_of_a_writable_bind_is_400(engine, tmp_path, option):
    mount = {**bind(tmp_path, **{option: True}), "ReadOnly": False}
    answer = engine.api.at("1.44").post("/containers/create", {"Image": "busybox", "HostConfig": {"Mounts": [mount]}})
    assert answer.status == 400 and f"mount options conflict: !ReadOnly && {option}" in answer.message


# Shared memory

DONOR = "echo from-donor > /dev/shm/file; until test -s /dev/shm/answer; do sleep 0.02; done; cat /dev/shm/answer"


def await_file(engine, container):
    status, _, err = engine.execute(container, "sh", "-c", "until test -s /dev/shm/file; do sleep 0.02; done")
    assert status == 0, err


def test_dev_shm_is_shared_both_ways(engine):
    donor = engine.run("sh", "-c", DONOR, host={"IpcMode": "shareable"})
    await_file(engine, donor)
    script = "cat /dev/shm/file; grep ' /dev/shm ' /proc/mounts; echo from-guest > /dev/shm/answer"
    first, mount = engine.out(script, host={"IpcMode": f"container:{donor}"}).splitlines()
    assert first == "from-donor"
    assert mount.split()[2] == "tmpfs" and {"rw", "nosuid", "nodev", "noexec"} <= set(mount.split()[3].split(","))
    assert engine.wait(donor) == 0
    assert engine.logs(donor)[0] == "from-guest\n"


def test_dev_shm_can_be_handed_on(engine):
    donor = engine.run("sh", "-c", "echo first > /dev/shm/file; sleep 60", host={"IpcMode": "shareable"})
    await_file(engine, donor)
    guest = engine.run("sleep", "60", host={"IpcMode": f"container:{donor}"})
    assert engine.out("cat /dev/shm/file", host={"IpcMode": f"container:{guest}"}) == "first"


def test_dev_shm_lives_on_with_those_that_share_it(engine):
    donor = engine.run("sh", "-c", "echo kept > /dev/shm/file; sleep 60", host={"IpcMode": "shareable"})
    await_file(engine, donor)
    guest = engine.run("sleep", "60", host={"IpcMode": f"container:{donor}"})
    engine.remove(donor, force="1")
    assert engine.execute(guest, "cat", "/dev/shm/file")[1] == "kept\n"


def test_private_ipc_is_not_shared(engine):
    other = engine.run("sleep", "60")
    assert "non-shareable IPC" in refused(engine, {"IpcMode": f"container:{other}"})


@pytest.mark.berthd
def test_dev_shm_is_shared_after_the_daemon_was_killed(own_engine):
    engine = own_engine()
    donor = engine.run("sh", "-c", "echo kept > /dev/shm/file; sleep 60", host={"IpcMode": "shareable"})
    await_file(engine, donor)
    engine.daemon.kill()
    engine.daemon.start()
    assert engine.out("cat /dev/shm/file", host={"IpcMode": f"container:{donor}"}) == "kept"


# /etc/hosts


@pytest.mark.parametrize("network", ["bridge", "none", "host"])
def test_host_gateway_is_the_default_bridges_address(engine, network):
    if network != "bridge" and engine.daemon.name == "dockerd":
        pytest.skip("Docker's hosts file depends on the network")
    gateway = engine.api.get("/networks/bridge").json["IPAM"]["Config"][0]["Gateway"]
    line = engine.out("grep outside /etc/hosts", host={"NetworkMode": network, "ExtraHosts": ["outside:host-gateway"]})
    assert line.split() == [gateway, "outside"]


def test_host_with_an_ipv6_address(engine):
    line = engine.out("grep six /etc/hosts", host={"NetworkMode": "bridge", "ExtraHosts": ["six:2001:db8::6"]})
    assert line.split() == ["2001:db8::6", "six"]


@pytest.mark.parametrize("entry", ["name:not-an-address", "name:", "name:10.0.0.1.2", "name:host-gateway-2"])
def test_host_without_an_address_is_400(engine, entry):
    assert "invalid IP address in add-host" in refused(engine, {"ExtraHosts": [entry]})


# Control groups, devices, system calls

V2 = os.path.exists("/sys/fs/cgroup/cgroup.controllers")


def test_directory_of_the_control_groups_cannot_be_written_to(engine):
    status, _, err = engine.sh("mkdir /sys/fs/cgroup/made")
    assert status != 0 and "Read-only file system" in err


@pytest.mark.skipif(V2, reason="v2 has one hierarchy of all controllers")
def test_every_controller_is_there_by_its_name(engine):
    names = {part for name in os.listdir("/sys/fs/cgroup") for part in name.split(",")}
    known = names & {"cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids"}
    assert known
    for name in sorted(known):
        assert engine.out(f"cat /sys/fs/cgroup/{name}/cgroup.procs | grep -c .") != "0", name


@pytest.mark.berthd
def test_privileged_container_has_a_cgroup_namespace_of_its_own_on_v2_alone(engine):
    container = engine.create("true", host={"Privileged": True})
    assert engine.inspect(container)["HostConfig"]["CgroupnsMode"] == ("private" if V2 else "host")


@pytest.mark.skipif(not V2, reason="v1 shows the container's own part")
def test_whole_tree_of_control_groups_is_seen_without_a_namespace(engine):
    assert engine.sh("ls /sys/fs/cgroup/cgroup.type", host={"CgroupnsMode": "host"})[0] != 0  # the root has no type
    assert engine.sh("ls /sys/fs/cgroup/cgroup.type")[0] == 0


def test_counters_of_the_cpus_temperature_are_hidden(engine):
    found = glob.glob("/sys/devices/system/cpu/cpu*/thermal_throttle")
    if not found:
        pytest.skip("this host has none")
    assert engine.out(f"ls -A {found[0]} | wc -l") == "0"


def test_tun_may_be_used_by_who_may_set_up_a_network(engine):
    """The node is not there, but one may be made; where the kernel has no tun, it says that and not EPERM."""
    script = "mknod /dev/tun c 10 200 && : <> /dev/tun"
    assert "Operation not permitted" not in engine.sh(script, host={"CapAdd": ["NET_ADMIN"]})[2]


@pytest.mark.berthd
@pytest.mark.parametrize("device", ["5 1", "10 200"])
def test_console_of_the_host_and_tun_may_not_be_used(engine, device):
    assert "Operation not permitted" in engine.sh(f"mknod /dev/made c {device} && : <> /dev/made")[2]


def test_privileged_exec_has_every_capability_and_the_containers_filter(engine):
    container = engine.run("sleep", "60")
    status, out, err = engine.execute(container, "cat", "/proc/self/status", Privileged=True)
    if status != 0 and engine.daemon.name == "dockerd":
        pytest.skip("runc needs every capability to exist for a privileged exec: " + out + err)
    assert status == 0, (out, err)
    ours = re.search(r"CapEff:\s*(\S+)", Path(f"/proc/{engine.daemon.pid}/status").read_text()).group(1)
    assert re.search(r"CapEff:\s*(\S+)", out).group(1) == ours
    assert re.search(r"Seccomp:\s*(\d)", out).group(1) == "2"
