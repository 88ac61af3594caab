"""Every field of the bodies that make or change something, and what becomes of it: it acts, with a value and what must
be seen of it; it is refused, with status and text; or it is kept and not acted on, for a reason that docs/api.md states.

The names are Docker's, as its description of version 1.51 of the API lists them. `[]` stands for an element of a list,
`{}` for a value of an object.
"""

import os
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

from harness.servers import Server, http_reply


def deep(path, value):
    """{"A": {"B": value}} for "A.B"."""
    for name in reversed(path.split(".")):
        value = {name: value}
    return value


def merged(first, second):
    both = dict(first)
    for key, value in second.items():
        both[key] = merged(both[key], value) if isinstance(value, dict) and isinstance(both.get(key), dict) else value
    return both


@dataclass
class Acts:
    """`probe(engine, what was made)` asserts what must be seen in the running container, or of the network or volume."""
    value: object
    probe: object
    beside: dict = field(default_factory=dict)
    before: object = None
    #: What inspect shows; the value itself unless it says otherwise, nothing to look for when it is Ellipsis.
    shown: object = None


@dataclass
class Prints:
    """A script in the container prints something that matches."""
    value: object
    script: str
    pattern: str
    beside: dict = field(default_factory=dict)
    before: object = None
    shown: object = None


@dataclass
class Limits:
    """A cgroup file has the value; where the kernel has no such limit, create warns that it is discarded."""
    value: object
    controller: str
    v1: str
    v2: str
    expected: tuple
    beside: dict = field(default_factory=dict)
    shown: object = None


@dataclass
class Refused:
    value: object
    status: int
    text: str
    beside: dict = field(default_factory=dict)


@dataclass
class Ignored:
    value: object
    why: str
    #: What create's warning says of it.
    warning: str = ""


def host(**config):
    return {"HostConfig": config}


BRIDGE = host(NetworkMode="bridge")
READ_ONLY = "Says what an endpoint has got. Clients send back what inspect gave them."
BUILD = "For builds. Kept, for an image that is made of the container."
ATTACH = "Each attach says itself what it takes."


def exits(code):
    def probe(engine, container):
        assert engine.wait(container) == code
    return probe


def prints(pattern):
    def probe(engine, container):
        engine.wait(container)
        tty = engine.inspect(container)["Config"]["Tty"]
        raw = engine.api.get(f"/containers/{container}/logs", stdout="1").body.decode() if tty else None
        out = raw or "".join(engine.logs(container))
        assert re.search(pattern, out, re.MULTILINE), out
    return probe


def shares_namespace(name):
    def probe(engine, container):
        assert os.readlink(f"/proc/{engine.pid(container)}/ns/{name}") == os.readlink(f"/proc/{engine.daemon.pid}/ns/{name}")
    return probe


def until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def ready(engine, container):
    until(lambda: "ready" in engine.logs(container)[0])


def echoes(engine, container):
    with engine.api.hijack(f"/containers/{container}/attach", stdin="1", stdout="1", stream="1") as stream:
        stream.write(b"hello\n")
        assert b"hello" in stream.read_until(b"hello\n")


def ends_with_its_client(engine, container):
    with engine.api.hijack(f"/containers/{container}/attach", stdin="1", stdout="1", stream="1") as stream:
        stream.close_write()
        stream.read_all()
    assert engine.wait(container) == 0


def publishes(engine, container):
    bound, *_ = engine.inspect(container)["NetworkSettings"]["Ports"]["80/tcp"]
    assert int(bound["HostPort"]) > 0
    with Server(engine.netns_of(container), 80, http_reply("reached")):
        assert engine.lan.outside.fetch(engine.lan.HOST, int(bound["HostPort"]), timeout=5)[1] == b"reached"


def publishes_at(port):
    def probe(engine, container):
        assert [each["HostPort"] for each in engine.inspect(container)["NetworkSettings"]["Ports"]["80/tcp"]] == [str(port)]
        publishes(engine, container)
    return probe


def is_found_by_label(engine, container):
    found = engine.api.get("/containers/json", all="1", filters={"label": ["color=blue"]}).json
    assert [each["Id"] for each in found] == [container]


def stops_by(code, seconds):
    def probe(engine, container):
        ready(engine, container)
        began = time.monotonic()
        answer = engine.api.post(f"/containers/{container}/stop")
        assert answer.status == 204 and time.monotonic() - began < seconds
        assert engine.inspect(container)["State"]["ExitCode"] == code
    return probe


def is_removed(engine, container):
    engine.api.post(f"/containers/{container}/kill")
    until(lambda: engine.api.get(f"/containers/{container}/json").status == 404)


#: The cgroup that a container is put below.
PARENT = "berth-fields"


def is_below(parent):
    def probe(engine, container):
        assert f"{parent}/{container}" in Path(f"/proc/{engine.pid(container)}/cgroup").read_text()
    return probe


def has_no_log(engine, container):
    assert engine.inspect(container)["LogPath"] == ""


def is_of(driver):
    def probe(engine, container):
        assert engine.api.get("/volumes/vol").json["Driver"] == driver
    return probe


def with_volume(engine):
    engine.create("true", name="other", Volumes={"/data": {}})


def with_network(engine):
    engine.network("fields", "10.89.1.0/24")


def mount(**point):
    return [point]


def bind(**options):
    return mount(Type="bind", Source="/etc", Target="/outer", **options)


def volume(**options):
    return mount(Type="volume", Source="vol", Target="/data", VolumeOptions=options)


def tmpfs(**options):
    return mount(Type="tmpfs", Target="/t", TmpfsOptions=options)


def has_volume(**expected):
    def probe(engine, container):
        shown = engine.api.get("/volumes/vol").json
        assert {key: shown[key] for key in expected} == expected
    return probe


LOOP = [{"Path": "/dev/loop0", "Rate": 1048576}]
MEMORY = host(Memory=64 << 20)

CREATE = {
    "Hostname": Prints("box", "hostname", "^box$"),
    "Domainname": Prints("example.test", "cat /proc/sys/kernel/domainname", "^example.test$"),
    "User": Prints("1000", "id -u", "^1000$"),
    "AttachStdin": Ignored(True, ATTACH),
    "AttachStdout": Ignored(True, ATTACH),
    "AttachStderr": Ignored(True, ATTACH),
    "ExposedPorts": Acts({"80/tcp": {}}, publishes, host(NetworkMode="bridge", PublishAllPorts=True)),
    "Tty": Prints(True, "test -t 0 && echo terminal", "terminal"),
    "OpenStdin": Acts(True, echoes, {"Cmd": ["cat"]}),
    "StdinOnce": Acts(True, ends_with_its_client, {"Cmd": ["cat"], "OpenStdin": True}),
    "Env": Prints(["A=value"], "echo $A", "^value$", shown=...),
    "Cmd": Acts(["sh", "-c", "exit 7"], exits(7)),
    "Healthcheck": Ignored(
        {"Test": ["CMD", "true"], "Interval": 1000000000, "Timeout": 1000000000, "Retries": 3, "StartPeriod": 1000000000,
         "StartInterval": 1000000000}, "Health checks are not run yet. Create warns.", "health check"),
    "ArgsEscaped": Ignored(True, "For Windows containers."),
    "Image": Prints("fixture:latest", "echo runs", "^entry"),
    "Volumes": Prints({"/data": {}}, "grep ' /data ' /proc/mounts", "/data"),
    "WorkingDir": Prints("/tmp", "pwd", "^/tmp$"),
    "Entrypoint": Acts(["sh", "-c", "exit 9"], exits(9)),
    "NetworkDisabled": Prints(True, "ls /sys/class/net", r"\Alo\s*\Z", BRIDGE),
    "OnBuild": Ignored(["RUN true"], BUILD),
    "Labels": Acts({"color": "blue"}, is_found_by_label),
    "StopSignal": Acts("SIGUSR1", stops_by(3, 9), {"Cmd": [
        "sh", "-c", "trap 'exit 3' USR1; echo ready; while :; do sleep 0.1; done"]}),
    "StopTimeout": Acts(1, stops_by(137, 9), {"Cmd": [
        "sh", "-c", "trap : TERM; echo ready; while :; do sleep 0.1; done"]}),
    "Shell": Ignored(["/bin/sh", "-c"], BUILD),
    "MacAddress": Prints("02:42:00:00:00:17", "cat /sys/class/net/eth0/address", "^02:42:00:00:00:17$", BRIDGE),
    "HostConfig.CpuShares": Limits(512, "cpu", "cpu.shares", "cpu.weight", ("512", "20")),
    "HostConfig.Memory": Limits(64 << 20, "memory", "memory.limit_in_bytes", "memory.max", (str(64 << 20),)),
    "HostConfig.CgroupParent": Acts(f"/{PARENT}", is_below(f"/{PARENT}")),
    "HostConfig.BlkioWeight": Limits(300, "blkio", "blkio.bfq.weight", "io.bfq.weight", ("300", "default 300")),
    "HostConfig.BlkioWeightDevice": Limits(
        [{"Path": "/dev/loop0", "Weight": 300}], "blkio", "blkio.bfq.weight_device", "io.bfq.weight", ("7:0 300",)),
    "HostConfig.BlkioDeviceReadBps": Limits(LOOP, "blkio", "blkio.throttle.read_bps_device", "io.max", ("7:0 1048576",)),
    "HostConfig.BlkioDeviceWriteBps": Limits(LOOP, "blkio", "blkio.throttle.write_bps_device", "io.max", ("7:0 1048576",)),
    "HostConfig.BlkioDeviceReadIOps": Limits(LOOP, "blkio", "blkio.throttle.read_iops_device", "io.max", ("7:0 1048576",)),
    "HostConfig.BlkioDeviceWriteIOps": Limits(
        LOOP, "blkio", "blkio.throttle.write_iops_device", "io.max", ("7:0 1048576",)),
    "HostConfig.CpuPeriod": Limits(20000, "cpu", "cpu.cfs_period_us", "cpu.max", ("20000", "max 20000")),
    "HostConfig.CpuQuota": Limits(10000, "cpu", "cpu.cfs_quota_us", "cpu.max", ("10000", "10000 100000")),
    "HostConfig.CpuRealtimePeriod": Limits(500000, "cpu", "cpu.rt_period_us", "", ("500000",)),
    "HostConfig.CpuRealtimeRuntime": Refused(2000000, 400, "real-time", host(CpuRealtimePeriod=1000000)),
    "HostConfig.CpusetCpus": Limits("0", "cpuset", "cpuset.cpus", "cpuset.cpus", ("0",)),
    "HostConfig.CpusetMems": Limits("0", "cpuset", "cpuset.mems", "cpuset.mems", ("0",)),
    "HostConfig.Devices": Prints(
        [{"PathOnHost": "/dev/null", "PathInContainer": "/dev/nothing", "CgroupPermissions": "rwm"}],
        "test -c /dev/nothing && echo there", "there"),
    "HostConfig.DeviceCgroupRules": Prints(
        ["c 1:11 rw"], "mknod /tmp/log c 1 11 && : > /tmp/log && echo open", "open"),
    "HostConfig.DeviceRequests": Refused(
        [{"Driver": "", "Count": -1, "DeviceIDs": None, "Capabilities": [["gpu"]], "Options": {}}], 501, "DeviceRequests"),
    "HostConfig.MemoryReservation": Limits(
        32 << 20, "memory", "memory.soft_limit_in_bytes", "memory.low", (str(32 << 20),)),
    "HostConfig.MemorySwap": Limits(
        96 << 20, "memory", "memory.memsw.limit_in_bytes", "memory.swap.max", (str(96 << 20), str(32 << 20)), MEMORY),
    "HostConfig.MemorySwappiness": Limits(10, "memory", "memory.swappiness", "", ("10",)),
    "HostConfig.NanoCpus": Limits(500_000_000, "cpu", "cpu.cfs_quota_us", "cpu.max", ("50000", "50000 100000")),
    "HostConfig.OomKillDisable": Limits(True, "memory", "memory.oom_control", "", ("oom_kill_disable 1",), MEMORY),
    "HostConfig.Init": Prints(True, "echo pid $$", r"^pid (?!1$)\d+$"),
    "HostConfig.PidsLimit": Limits(17, "pids", "pids.max", "pids.max", ("17",)),
    "HostConfig.Ulimits": Prints([{"Name": "nofile", "Soft": 100, "Hard": 200}], "ulimit -n; ulimit -Hn", "100\n200"),
    "HostConfig.CpuCount": Refused(1, 400, "CpuCount"),
    "HostConfig.CpuPercent": Refused(50, 400, "CpuPercent"),
    "HostConfig.IOMaximumIOps": Refused(100, 400, "IOMaximumIOps"),
    "HostConfig.IOMaximumBandwidth": Refused(100, 400, "IOMaximumBandwidth"),
    "HostConfig.Binds": Prints(["/etc:/outer:ro"], "grep ' /outer ' /proc/mounts", r" ro[, ]"),
    "HostConfig.ContainerIDFile": Ignored("/tmp/cid", "The client writes that file."),
    "HostConfig.LogConfig": Acts({"Type": "none", "Config": {}}, has_no_log),
    "HostConfig.NetworkMode": Prints("bridge", "ls /sys/class/net", "^eth0$"),
    "HostConfig.PortBindings": Acts(
        {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8171"}]}, publishes_at(8171), BRIDGE),
    "HostConfig.RestartPolicy": Ignored(
        {"Name": "always", "MaximumRetryCount": 0}, "Containers are not started again yet. Create warns.", "estart policy"),
    "HostConfig.AutoRemove": Acts(True, is_removed),
    "HostConfig.VolumeDriver": Acts("local", is_of("local"), host(Binds=["vol:/v"])),
    "HostConfig.VolumesFrom": Prints(["other"], "grep ' /data ' /proc/mounts", "/data", before=with_volume),
    "HostConfig.Mounts[].Target": Prints(bind(), "ls /outer/passwd", "passwd"),
    "HostConfig.Mounts[].Source": Prints(bind(), "ls /outer/passwd", "passwd"),
    "HostConfig.Mounts[].Type": Refused(mount(Type="nosuch", Target="/x"), 400, "nosuch"),
    "HostConfig.Mounts[].ReadOnly": Prints(bind(ReadOnly=True), "grep ' /outer ' /proc/mounts", r" ro[, ]"),
    "HostConfig.Mounts[].Consistency": Ignored(bind(Consistency="cached"), "For Docker Desktop on a Mac."),
    "HostConfig.Mounts[].BindOptions.Propagation": Prints(
        bind(BindOptions={"Propagation": "rslave"}), "grep ' /outer ' /proc/self/mountinfo", "master:|outer"),
    "HostConfig.Mounts[].BindOptions.NonRecursive": Prints(
        mount(Type="bind", Source="/dev", Target="/outer", BindOptions={"NonRecursive": True}),
        "grep -c ' /outer' /proc/mounts", "^1$"),
    "HostConfig.Mounts[].BindOptions.CreateMountpoint": Prints(
        lambda engine: mount(Type="bind", Source=f"{engine.daemon.root}/made", Target="/outer",
                             BindOptions={"CreateMountpoint": True}),
        "grep ' /outer ' /proc/mounts", "/outer"),
    "HostConfig.Mounts[].BindOptions.ReadOnlyNonRecursive": Refused(
        bind(BindOptions={"ReadOnlyNonRecursive": True}), 400, "ReadOnlyNonRecursive"),
    "HostConfig.Mounts[].BindOptions.ReadOnlyForceRecursive": Refused(
        bind(BindOptions={"ReadOnlyForceRecursive": True}), 400, "ReadOnlyForceRecursive"),
    "HostConfig.Mounts[].VolumeOptions.NoCopy": Prints(
        mount(Type="volume", Source="vol", Target="/etc", VolumeOptions={"NoCopy": True}), "ls /etc | grep passwd || echo none",
        "^none$"),
    "HostConfig.Mounts[].VolumeOptions.Labels": Acts(volume(Labels={"a": "b"}), has_volume(Labels={"a": "b"})),
    "HostConfig.Mounts[].VolumeOptions.DriverConfig.Name": Refused(
        volume(DriverConfig={"Name": "nosuch"}), 400, "nosuch"),
    "HostConfig.Mounts[].VolumeOptions.DriverConfig.Options": Prints(
        volume(DriverConfig={"Name": "local", "Options": {"type": "tmpfs", "device": "tmpfs", "o": "size=1m"}}),
        "grep ' /data ' /proc/mounts", "tmpfs.*size=1024k"),
    "HostConfig.Mounts[].VolumeOptions.Subpath": Refused(volume(Subpath="../x"), 400, "subpath"),
    "HostConfig.Mounts[].ImageOptions.Subpath": Refused(
        mount(Type="image", Source="busybox", Target="/x", ImageOptions={"Subpath": "etc"}), 501, "image"),
    "HostConfig.Mounts[].TmpfsOptions.SizeBytes": Prints(
        tmpfs(SizeBytes=1 << 20), "grep ' /t ' /proc/mounts", "size=1024k"),
    "HostConfig.Mounts[].TmpfsOptions.Mode": Prints(tmpfs(Mode=0o700), "stat -c %a /t", "^700$"),
    "HostConfig.Mounts[].TmpfsOptions.Options": Prints(
        tmpfs(Options=[["exec"], ["nr_inodes", "77"]]), "grep ' /t ' /proc/mounts", "nr_inodes=77"),
    "HostConfig.ConsoleSize": Prints([33, 44], "stty size", "33 44", {"Tty": True}),
    "HostConfig.Annotations": Ignored({"a": "b"}, "For OCI runtimes, of which Berth runs none."),
    "HostConfig.CapAdd": Prints(["NET_ADMIN"], "ip link set lo down && echo down", "down", shown=...),
    "HostConfig.CapDrop": Prints(["CHOWN"], "chown 1 /tmp || echo refused", "refused", shown=...),
    "HostConfig.CgroupnsMode": Acts("host", shares_namespace("cgroup")),
    "HostConfig.Dns": Prints(["10.9.8.7"], "cat /etc/resolv.conf", "nameserver 10.9.8.7", BRIDGE),
    "HostConfig.DnsOptions": Prints(["ndots:7"], "cat /etc/resolv.conf", "options.* ndots:7", BRIDGE),
    "HostConfig.DnsSearch": Prints(["example.test"], "cat /etc/resolv.conf", "search example.test", BRIDGE),
    "HostConfig.ExtraHosts": Prints(["far:10.1.1.1"], "cat /etc/hosts", r"^10\.1\.1\.1\s+far$", BRIDGE),
    "HostConfig.GroupAdd": Prints(["777"], "id -G", r"\b777\b"),
    "HostConfig.IpcMode": Acts("host", shares_namespace("ipc")),
    "HostConfig.Cgroup": Refused("container:other", 400, "HostConfig.Cgroup"),
    "HostConfig.Links": Refused(["other:alias"], 501, "links", BRIDGE),
    "HostConfig.OomScoreAdj": Prints(300, "cat /proc/self/oom_score_adj", "^300$"),
    "HostConfig.PidMode": Acts("host", shares_namespace("pid")),
    "HostConfig.Privileged": Prints(True, "mount -t tmpfs none /tmp && echo mounted", "mounted"),
    "HostConfig.PublishAllPorts": Acts(True, publishes, {**BRIDGE, "ExposedPorts": {"80/tcp": {}}}),
    "HostConfig.ReadonlyRootfs": Prints(True, "touch /file || echo refused", "refused"),
    "HostConfig.SecurityOpt": Prints(["no-new-privileges"], "grep NoNewPrivs /proc/self/status", r"\s1$"),
    "HostConfig.StorageOpt": Refused({"size": "10G"}, 400, "storage-opt"),
    "HostConfig.Tmpfs": Prints({"/t": "size=1m"}, "grep ' /t ' /proc/mounts", "size=1024k"),
    "HostConfig.UTSMode": Acts("host", shares_namespace("uts")),
    "HostConfig.UsernsMode": Refused("remapped", 400, "USER mode"),
    "HostConfig.ShmSize": Prints(2 << 20, "grep ' /dev/shm ' /proc/mounts", "size=2048k"),
    "HostConfig.Sysctls": Prints({"net.ipv4.ip_default_ttl": "77"}, "cat /proc/sys/net/ipv4/ip_default_ttl", "^77$"),
    "HostConfig.Runtime": Refused("nosuch", 400, "nosuch"),
    "HostConfig.Isolation": Refused("hyperv", 400, "isolation"),
    "HostConfig.MaskedPaths": Prints(["/etc/passwd"], "wc -c < /etc/passwd", "^0$"),
    "HostConfig.ReadonlyPaths": Prints(["/etc"], "touch /etc/file || echo refused", "refused"),
}


def inside(script, pattern):
    def probe(engine, container):
        out = engine.execute(container, "sh", "-c", script)[1]
        assert re.search(pattern, out, re.MULTILINE), out
    return probe


ENDPOINT = {
    "IPAMConfig.IPv4Address": Acts("10.89.1.77", inside("ip address show eth0", "inet 10.89.1.77/24")),
    "IPAMConfig.IPv6Address": Refused("fd00::7", 400, "fd00::7"),
    "IPAMConfig.LinkLocalIPs": Acts(["169.254.7.7"], inside("ip address show eth0", "inet 169.254.7.7/16")),
    "Links": Refused(["other:alias"], 501, "links"),
    "MacAddress": Acts("02:42:00:00:00:18", inside("cat /sys/class/net/eth0/address", "^02:42:00:00:00:18$")),
    "Aliases": Ignored(["alias"], "Containers do not find each other by name yet."),
    "DriverOpts": Acts({"com.docker.network.endpoint.ifname": "lan7"}, inside("ls /sys/class/net", "^lan7$")),
    "GwPriority": Acts(7, inside("ip route", "^default via 10.89.1.1 ")),
    "NetworkID": Ignored("0" * 64, READ_ONLY),
    "EndpointID": Ignored("0" * 64, READ_ONLY),
    "Gateway": Ignored("10.1.1.1", READ_ONLY),
    "IPAddress": Ignored("10.1.1.2", READ_ONLY),
    "IPPrefixLen": Ignored(9, READ_ONLY),
    "IPv6Gateway": Ignored("fd00::1", READ_ONLY),
    "GlobalIPv6Address": Ignored("fd00::2", READ_ONLY),
    "GlobalIPv6PrefixLen": Ignored(9, READ_ONLY),
    "DNSNames": Ignored(["name"], READ_ONLY),
}


def address_is(pattern):
    def probe(engine, name):
        container = engine.run("sleep", "60", host={"NetworkMode": name})
        assert re.search(pattern, engine.address(container, name))
    return probe


def is_internal(engine, name):
    assert engine.out("ip route", host={"NetworkMode": name}).count("default") == 0


def gateway_is(address):
    def probe(engine, name):
        assert f"default via {address} " in engine.out("ip route", host={"NetworkMode": name})
    return probe


def keeps_free(address):
    def probe(engine, name):
        answer = engine.api.post("/containers/create", {
            "Image": "busybox", "HostConfig": {"NetworkMode": name},
            "NetworkingConfig": {"EndpointsConfig": {name: {"IPAMConfig": {"IPv4Address": address}}}}})
        assert "Address already in use" in engine.api.post(f"/containers/{answer.json['Id']}/start").message
    return probe


def has_mtu(number):
    def probe(engine, name):
        assert engine.out("cat /sys/class/net/eth0/mtu", host={"NetworkMode": name}) == str(number)
    return probe


def network_by_label(engine, name):
    assert [each["Name"] for each in engine.api.get("/networks", filters={"label": ["color=blue"]}).json] == [name]


def is_listed(engine, name):
    assert name in [each["Name"] for each in engine.api.get("/networks").json]


def pool(**config):
    return [{"Subnet": "10.89.2.0/24", **config}]


NETWORK = {
    "Name": Acts("other name", is_listed),
    "Driver": Refused("nosuch", 404, "nosuch"),
    "Scope": Refused("swarm", 400, "swarm"),
    "Internal": Acts(True, is_internal),
    "Attachable": Ignored(True, "For networks of a swarm."),
    "Ingress": Refused(True, 400, "swarm"),
    "ConfigOnly": Refused(True, 501, "ConfigOnly"),
    "ConfigFrom.Network": Refused("other", 501, "ConfigFrom"),
    "IPAM.Driver": Refused("nosuch", 404, "nosuch"),
    "IPAM.Config[].Subnet": Acts(pool(), address_is(r"^10\.89\.2\.")),
    "IPAM.Config[].IPRange": Acts(pool(IPRange="10.89.2.128/25"), address_is(r"^10\.89\.2\.(12[89]|1[3-9]\d|2)")),
    "IPAM.Config[].Gateway": Acts(pool(Gateway="10.89.2.254"), gateway_is("10.89.2.254")),
    "IPAM.Config[].AuxiliaryAddresses": Acts(pool(AuxiliaryAddresses={"router": "10.89.2.9"}), keeps_free("10.89.2.9")),
    "IPAM.Options": Refused({"com.example.nosuch": "1"}, 400, "com.example.nosuch"),
    "EnableIPv4": Refused(False, 501, "IPv4"),
    "EnableIPv6": Refused(True, 501, "IPv6"),
    "Options": Acts({"com.docker.network.driver.mtu": "1400"}, has_mtu(1400)),
    "Labels": Acts({"color": "blue"}, network_by_label),
}


def volume_is_listed(engine, name):
    assert name in [each["Name"] for each in engine.api.get("/volumes").json["Volumes"]]


def volume_by_label(engine, name):
    assert [each["Name"] for each in engine.api.get("/volumes", filters={"label": ["color=blue"]}).json["Volumes"]] == [name]


def mounts_tmpfs(engine, name):
    assert "size=1024k" in engine.out("grep ' /v ' /proc/mounts", host={"Binds": [f"{name}:/v"]})


VOLUME = {
    "Name": Acts("another", volume_is_listed),
    "Driver": Refused("nosuch", 404, "nosuch"),
    "DriverOpts": Acts({"type": "tmpfs", "device": "tmpfs", "o": "size=1m"}, mounts_tmpfs),
    "Labels": Acts({"color": "blue"}, volume_by_label),
    "ClusterVolumeSpec": Refused({"Group": "g"}, 503, "swarm"),
}

UPDATE = {
    "CpuShares": Limits(256, "cpu", "cpu.shares", "cpu.weight", ("256", "10")),
    "Memory": Limits(48 << 20, "memory", "memory.limit_in_bytes", "memory.max", (str(48 << 20),)),
    "CgroupParent": Refused("/other", 501, "CgroupParent"),
    "BlkioWeight": Limits(400, "blkio", "blkio.bfq.weight", "io.bfq.weight", ("400", "default 400")),
    "BlkioWeightDevice": Refused([{"Path": "/dev/loop0", "Weight": 300}], 501, "BlkioWeightDevice"),
    "BlkioDeviceReadBps": Refused(LOOP, 501, "BlkioDeviceReadBps"),
    "BlkioDeviceWriteBps": Refused(LOOP, 501, "BlkioDeviceWriteBps"),
    "BlkioDeviceReadIOps": Refused(LOOP, 501, "BlkioDeviceReadIOps"),
    "BlkioDeviceWriteIOps": Refused(LOOP, 501, "BlkioDeviceWriteIOps"),
    "CpuPeriod": Limits(40000, "cpu", "cpu.cfs_period_us", "cpu.max", ("40000", "max 40000")),
    "CpuQuota": Limits(30000, "cpu", "cpu.cfs_quota_us", "cpu.max", ("30000", "30000 100000")),
    "CpuRealtimePeriod": Limits(500000, "cpu", "cpu.rt_period_us", "", ("500000",)),
    "CpuRealtimeRuntime": Refused(2000000, 400, "real-time", {"CpuRealtimePeriod": 1000000}),
    "CpusetCpus": Limits("0", "cpuset", "cpuset.cpus", "cpuset.cpus", ("0",)),
    "CpusetMems": Limits("0", "cpuset", "cpuset.mems", "cpuset.mems", ("0",)),
    "Devices": Refused([{"PathOnHost": "/dev/null", "PathInContainer": "/dev/x", "CgroupPermissions": "r"}], 501, "Devices"),
    "DeviceCgroupRules": Refused(["c 1:11 rw"], 501, "DeviceCgroupRules"),
    "DeviceRequests": Refused([{"Count": 1, "Capabilities": [["gpu"]]}], 501, "DeviceRequests"),
    "MemoryReservation": Limits(24 << 20, "memory", "memory.soft_limit_in_bytes", "memory.low", (str(24 << 20),)),
    "MemorySwap": Limits(
        80 << 20, "memory", "memory.memsw.limit_in_bytes", "memory.swap.max", (str(80 << 20), str(32 << 20)),
        {"Memory": 48 << 20}),
    "MemorySwappiness": Refused(10, 501, "MemorySwappiness"),
    "NanoCpus": Limits(250_000_000, "cpu", "cpu.cfs_quota_us", "cpu.max", ("25000", "25000 100000")),
    "OomKillDisable": Refused(True, 501, "OomKillDisable"),
    "Init": Refused(True, 501, "Init"),
    "PidsLimit": Limits(23, "pids", "pids.max", "pids.max", ("23",)),
    "Ulimits": Refused([{"Name": "nofile", "Soft": 1, "Hard": 1}], 501, "Ulimits"),
    "CpuCount": Refused(1, 400, "CpuCount"),
    "CpuPercent": Refused(50, 400, "CpuPercent"),
    "IOMaximumIOps": Refused(100, 400, "IOMaximumIOps"),
    "IOMaximumBandwidth": Refused(100, 400, "IOMaximumBandwidth"),
    "RestartPolicy": Ignored({"Name": "always", "MaximumRetryCount": 0}, "Containers are not started again yet. Update warns.",
                             "estart policy"),
}
