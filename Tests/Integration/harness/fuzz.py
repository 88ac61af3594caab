"""Requests at random, from a table of routes and of the fields of their bodies: valid ones, nearly valid ones, and others.
What fields.py knows of each field of a body is put in, too.

A field is a kind of value, a list with one kind for its items, or an object. Every kind gives values that are right, that
are right for other fields, and that are wrong for all.
"""

import json
import random
import socket
from urllib.parse import quote, urlencode

import fields

from .api import connect

NAMES = ["fuzz-a", "fuzz-b", "fuzz-c", "fuzz-d"]
NETWORKS = ["fuzz-net-a", "fuzz-net-b", "bridge", "host", "none"]
VOLUMES = ["fuzz-vol-a", "fuzz-vol-b"]
WORDS = ["", "x", "a" * 300, "ü", "%", "sha256:12", "-", "[", "ctrl-p,ctrl-q", "linux/amd64", "true", "\0", "\n", "../..", "/", "-1", "null", "%s%n", "${HOME}", "a b", "0", "\u202e", ":", "@", ","]
NUMBERS = [0, 1, -1, 2, 10, 64, 1000, 65535, 65536, 2**31 - 1, 2**31, 2**32, 2**53, 2**63 - 1, -2**63, 2**64, 1e308, -0.5, 0.5]
ODD = [None, True, False, "", "text", [], {}, [None], {"": None}, [[]], 1.5, -1, 2**63, {"a": {"b": {"c": []}}}]


class Kinds:
    """Values by kind, from one source of chance."""

    def __init__(self, chance, ids):
        self.chance = chance
        #: What the daemon has made, by the kind of thing: shared by all that ask.
        self.ids = ids

    def one(self, *values):
        return self.chance.choice(values)

    def text(self):
        return self.one("x", "fuzz", *WORDS)

    def number(self):
        return self.chance.choice(NUMBERS)

    def small(self):
        return self.one(0, 0, 1, 1, 2, 10, -1, self.number())

    def flag(self):
        return self.one(True, False)

    def image(self):
        return self.one("busybox", "busybox:latest", "busybox", "fixture", "absent", "BUSYBOX", self.text(), "sha256:" + "0" * 64)

    def container(self):
        return self.one(*NAMES, *NAMES, *self.known("container"), "absent", self.text() or "x")

    def network(self):
        return self.one(*NETWORKS, *NETWORKS, *self.known("network"), "absent", self.text() or "x")

    def volume(self):
        return self.one(*VOLUMES, *VOLUMES, "absent", self.text() or "x")

    def exec(self):
        return self.one("absent", *self.known("exec"))

    def known(self, kind):
        known = self.ids.get(kind, [])
        return [self.chance.choice(known)] * 3 if known else []

    def command(self):
        return self.one(["sleep", "60"], ["sleep", "60"], ["true"], ["sh", "-c", "echo a; echo b >&2"], ["cat"], "sleep 60", [],
                        ["absent"], ["/etc/passwd"], [self.text()], None)

    def user(self):
        return self.one("", "", "root", "alice", "1000", "1000:50", "absent", "0:absent", "-1", "4294967296", self.text())

    def address(self):
        return self.one("", "10.211.0.5", "10.211.0.5", "10.212.0.9", "0.0.0.0", "255.255.255.255", "10.211.0.0", "fd00::5", "1.2.3",
                        self.text())

    def subnet(self):
        return self.one("10.211.0.0/24", "10.212.0.0/24", "10.211.0.0/29", "10.0.0.0/33", "0.0.0.0/0", "10.213.0.0/32", "10.214.0.0/31",
                        "fd00:aa::/64", "10.211.0.7/24", "10.211.0.0", self.text())

    def mac(self):
        return self.one("", "02:42:0a:00:00:05", "ff:ff:ff:ff:ff:ff", "02:42", self.text())

    def port(self):
        return self.one("80/tcp", "80", "81/udp", "0/tcp", "65535/tcp", "65536/tcp", "80-82/tcp", "82-80/tcp", "x/tcp", "80/x", self.text())

    def host_port(self):
        return self.one("", "0", "20080", "20080-20082", "65535", "65536", "-1", "x", 20080)

    def path(self):
        return self.one("/data", "/data/deep", "/", "relative", "/proc", "/dev/null", "/etc/passwd", "/" + "a" * 300, "/a/../..",
                        self.text())

    def host_path(self):
        return self.one("/tmp", "/nonexistent/fuzz", "/dev/null", *VOLUMES, "relative", self.text())

    def bind(self):
        return self.one(f"{self.host_path()}:{self.path()}", f"{self.volume()}:{self.path()}:ro", f"{self.path()}", ":", "a:b:c:d",
                        self.text())

    def variable(self):
        return self.one("A=b", "A", "=b", "", "A=" + "x" * 10_000, self.text())

    def signal(self):
        return self.one("", "TERM", "SIGKILL", "9", "0", "65", "-1", "HUPP", "SIGRTMIN+3", self.text())

    def mode(self):
        return self.one("", "none", "bridge", "host", "private", "shareable", f"container:{self.container()}", "container:", self.network(),
                        self.text())

    def capability(self):
        return self.one("NET_ADMIN", "CAP_SYS_TIME", "ALL", "NONSENSE", self.text())

    def device(self):
        return self.one("/dev/null", "/dev/nonexistent", "/dev", "", self.text())

    def sysctl(self):
        return self.one("net.ipv4.ip_forward", "kernel.shmmax", "kernel.panic", "net.x", "", self.text())

    def size(self):
        return self.one("10m", "1k", "0", "-1", "1e9", "10x", "99999999999999999999g", self.text())

    def labels(self):
        return self.one({"l": "v"}, {"l": "v"}, {}, None, {"": ""}, {"a": None}, {self.text(): self.text()})

    def time(self):
        return self.one("0", "1", "1700000000.5", "2020-01-01T00:00:00Z", "1h", "-1", "nan", "99999999999999999999", self.text())

    def filters(self):
        return json.dumps(self.one(
            {}, {"label": ["l=v"]}, {"name": ["fuzz"]}, {"status": ["running"]}, {"until": [self.time()]}, {"dangling": ["true"]},
            {"type": ["container"]}, {"id": [self.text()]}, {"nonsense": ["x"]}, {"label": {"l": True}}, [], {"exited": [self.text()]},
            {"ancestor": [self.image()]}, {"network": [self.network()]}, {"driver": ["bridge"]}, {"before": [self.container()]},
            {"volume": [self.text()]}, {"publish": [self.port()]}, {"health": ["none"]}, {"is-task": ["x"]}))

    def driver(self):
        return self.one("", "", "bridge", "local", "default", "null", "absent", self.text())

    def any(self):
        return self.chance.choice(ODD)


ENDPOINT = {"IPAMConfig": {"IPv4Address": "address", "IPv6Address": "address", "LinkLocalIPs": ["address"]},
            "Aliases": ["text"], "Links": ["text"], "MacAddress": "mac", "NetworkID": "network", "DriverOpts": "labels"}
MOUNT = {"Type": "any", "Source": "host_path", "Target": "path", "ReadOnly": "flag", "Consistency": "text",
         "BindOptions": {"Propagation": "text", "NonRecursive": "flag", "CreateMountpoint": "flag"},
         "VolumeOptions": {"NoCopy": "flag", "Labels": "labels", "Subpath": "path", "DriverConfig": {"Name": "driver", "Options": "labels"}},
         "TmpfsOptions": {"SizeBytes": "number", "Mode": "number"}}
HOST = {
    "NetworkMode": "mode", "PidMode": "mode", "IpcMode": "mode", "UTSMode": "mode", "UsernsMode": "mode", "CgroupnsMode": "mode",
    "Binds": ["bind"], "Mounts": [MOUNT], "Tmpfs": {"path": "text"}, "VolumesFrom": ["container"], "VolumeDriver": "driver",
    "PortBindings": {"port": [{"HostIp": "address", "HostPort": "host_port"}]}, "PublishAllPorts": "flag",
    "Memory": "number", "MemorySwap": "number", "MemoryReservation": "number", "MemorySwappiness": "small", "KernelMemory": "number",
    "NanoCpus": "number", "CpuShares": "number", "CpuPeriod": "number", "CpuQuota": "number", "CpusetCpus": "text", "CpusetMems": "text",
    "CpuRealtimePeriod": "number", "BlkioWeight": "number", "BlkioDeviceReadBps": [{"Path": "device", "Rate": "number"}],
    "PidsLimit": "number", "OomKillDisable": "flag", "OomScoreAdj": "number", "ShmSize": "number", "Ulimits": [{"Name": "text", "Soft": "number", "Hard": "number"}],
    "Devices": [{"PathOnHost": "device", "PathInContainer": "path", "CgroupPermissions": "text"}], "DeviceCgroupRules": ["text"],
    "CapAdd": ["capability"], "CapDrop": ["capability"], "Privileged": "flag", "ReadonlyRootfs": "flag", "SecurityOpt": ["text"],
    "Dns": ["address"], "DnsSearch": ["text"], "DnsOptions": ["text"], "ExtraHosts": ["text"], "GroupAdd": ["user"], "Init": "flag",
    "AutoRemove": "flag", "RestartPolicy": {"Name": "text", "MaximumRetryCount": "small"}, "Sysctls": {"sysctl": "text"},
    "LogConfig": {"Type": "driver", "Config": {"max-size": "size", "max-file": "size"}}, "CgroupParent": "path", "Runtime": "text",
    "MaskedPaths": ["path"], "ReadonlyPaths": ["path"], "StorageOpt": "labels", "Links": ["text"], "Annotations": "labels",
}
CREATE = {
    "Image": "image", "Cmd": "command", "Entrypoint": "command", "Env": ["variable"], "User": "user", "WorkingDir": "path",
    "Hostname": "text", "Domainname": "text", "Labels": "labels", "Tty": "flag", "OpenStdin": "flag", "StdinOnce": "flag", "AttachStdin": "flag",
    "StopSignal": "signal", "StopTimeout": "small", "ExposedPorts": {"port": {}}, "Volumes": {"path": {}}, "MacAddress": "mac",
    "Healthcheck": {"Test": ["text"], "Interval": "number"}, "Shell": ["text"], "HostConfig": HOST,
    "NetworkingConfig": {"EndpointsConfig": {"network": ENDPOINT}},
}
EXEC = {"Cmd": "command", "AttachStdin": "flag", "AttachStdout": "flag", "AttachStderr": "flag", "Tty": "flag", "Env": ["variable"],
        "User": "user", "WorkingDir": "path", "Privileged": "flag", "DetachKeys": "text", "ConsoleSize": ["small"]}
NETWORK = {"Name": "network", "Driver": "driver", "Internal": "flag", "Attachable": "flag", "Ingress": "flag", "EnableIPv6": "flag",
           "CheckDuplicate": "flag", "Scope": "text", "Options": "labels", "Labels": "labels",
           "IPAM": {"Driver": "driver", "Options": "labels", "Config": [
               {"Subnet": "subnet", "IPRange": "subnet", "Gateway": "address", "AuxiliaryAddresses": {"text": "address"}}]}}
STREAMS = {"stream": "flag", "stdin": "flag", "stdout": "flag", "stderr": "flag", "logs": "flag", "detachKeys": "text"}

#: How often, method, path, query, body. A word in braces is a kind.
ROUTES = [
    (9, "POST", "/containers/create", {"name": "container", "platform": "text"}, CREATE),
    (6, "POST", "/containers/{container}/start", {"detachKeys": "text"}, None),
    (3, "POST", "/containers/{container}/stop", {"t": "small", "signal": "signal"}, None),
    (2, "POST", "/containers/{container}/restart", {"t": "small", "signal": "signal"}, None),
    (3, "POST", "/containers/{container}/kill", {"signal": "signal"}, None),
    (1, "POST", "/containers/{container}/pause", {}, None),
    (2, "POST", "/containers/{container}/unpause", {}, None),
    (1, "POST", "/containers/{container}/rename", {"name": "container"}, None),
    (2, "POST", "/containers/{container}/resize", {"h": "small", "w": "small"}, None),
    (3, "DELETE", "/containers/{container}", {"force": "flag", "v": "flag", "link": "flag"}, None),
    (2, "GET", "/containers/{container}/json", {"size": "flag"}, None),
    (1, "GET", "/containers/{container}/top", {"ps_args": "text"}, None),
    (2, "GET", "/containers/{container}/logs", {
        "stdout": "flag", "stderr": "flag", "follow": "flag", "tail": "small", "since": "time", "until": "time", "timestamps": "flag"}, None),
    (1, "POST", "/containers/{container}/wait", {"condition": "text"}, None),
    (1, "POST", "/containers/{container}/attach", STREAMS, None),
    (1, "GET", "/containers/{container}/attach/ws", STREAMS, None),
    (1, "POST", "/containers/{container}/update", {}, {"Memory": "number", "RestartPolicy": {"Name": "text"}}),
    (2, "GET", "/containers/json", {"all": "flag", "limit": "small", "size": "flag", "filters": "filters"}, None),
    (5, "POST", "/containers/{container}/exec", {}, EXEC),
    (4, "POST", "/exec/{exec}/start", {}, {"Detach": "flag", "Tty": "flag", "ConsoleSize": ["small"]}),
    (1, "POST", "/exec/{exec}/resize", {"h": "small", "w": "small"}, None),
    (1, "GET", "/exec/{exec}/json", {}, None),
    (4, "POST", "/networks/create", {}, NETWORK),
    (3, "POST", "/networks/{network}/connect", {}, {"Container": "container", "EndpointConfig": ENDPOINT}),
    (3, "POST", "/networks/{network}/disconnect", {}, {"Container": "container", "Force": "flag"}),
    (2, "DELETE", "/networks/{network}", {}, None),
    (1, "GET", "/networks/{network}", {"verbose": "flag", "scope": "text"}, None),
    (1, "GET", "/networks", {"filters": "filters"}, None),
    (3, "POST", "/volumes/create", {}, {"Name": "volume", "Driver": "driver", "DriverOpts": "labels", "Labels": "labels"}),
    (2, "DELETE", "/volumes/{volume}", {"force": "flag"}, None),
    (1, "GET", "/volumes/{volume}", {}, None),
    (1, "GET", "/volumes", {"filters": "filters"}, None),
    (1, "GET", "/images/json", {"all": "flag", "filters": "filters", "digests": "flag"}, None),
    (1, "GET", "/images/{image}/json", {}, None),
    (1, "GET", "/images/{image}/history", {}, None),
    (1, "POST", "/images/{image}/tag", {"repo": "text", "tag": "text"}, None),
    (1, "POST", "/images/load", {"quiet": "flag"}, "text"),
    (1, "GET", "/events", {"since": "time", "until": "time", "filters": "filters"}, None),
    (1, "GET", "/info", {}, None), (1, "GET", "/version", {}, None), (1, "GET", "/system/df", {"type": "text"}, None),
    (1, "POST", "/containers/prune", {"filters": "filters"}, None),
    (1, "POST", "/volumes/prune", {"filters": "filters"}, None),
    (1, "POST", "/networks/prune", {"filters": "filters"}, None),
]
VERSIONS = ["1.24", "1.41", "1.41", "1.43", "1.51", "1.51", "", "1.23", "9.9"]
#: The fields that are known of a body, by path.
TABLES = {"/containers/create": fields.CREATE, "/containers/{container}/update": fields.UPDATE, "/networks/create": fields.NETWORK,
          "/volumes/create": fields.VOLUME}
ALWAYS = {"Image", "Cmd", "Name", "Container", "Subnet"}


class Fuzzer:
    """One client's requests; the same seed gives the same ones, as far as they do not depend on answers."""

    def __init__(self, engine, seed, ids):
        self.engine = engine
        self.chance = random.Random(seed)
        self.kinds = Kinds(self.chance, ids)

    def value(self, field, wild):
        """A value for a field; `wild` is how likely it is that it is nonsense."""
        if self.chance.random() < wild:
            return self.kinds.any()
        if isinstance(field, str):
            return getattr(self.kinds, field)()
        if isinstance(field, list):
            return [self.value(field[0], wild) for _ in range(self.chance.choice([0, 1, 1, 1, 2]))]
        made = {}
        few = min(1.0, 3 / max(1, len(field)))
        for key, inner in field.items():
            if key in ALWAYS or isinstance(inner, dict) and self.chance.random() < 0.4 or self.chance.random() < few:
                # A key that is the name of a kind stands for any such value.
                name = getattr(self.kinds, key)() if hasattr(Kinds, key) else key
                made[str(name)] = self.value(inner, wild)
        return made

    def known(self, body, table):
        """The body with some fields at the values that fields.py has for them."""
        for name in self.chance.sample(sorted(table), min(len(table), self.chance.choice([0, 0, 1, 2, 4]))):
            outcome = table[name]
            value = outcome.value(self.engine) if callable(outcome.value) else outcome.value
            body = fields.merged(body, fields.deep(name.split("[]")[0], value))
        return body

    def request(self):
        """(method, target, body): the body is bytes, or None."""
        weights = [route[0] for route in ROUTES]
        _, method, path, query, body = self.chance.choices(ROUTES, weights)[0]
        wild = self.chance.choice([0, 0, 0, 0.02, 0.2])
        target = "/".join(
            quote(str(getattr(self.kinds, part[1:-1])()), safe=":@") if part.startswith("{") else part for part in path.split("/"))
        version = self.chance.choice(VERSIONS)
        asked = {name: self.value(kind, wild) for name, kind in query.items()
                 if self.chance.random() < 0.5 or (method, name) == ("POST", "name")}
        text = {name: json.dumps(value) if isinstance(value, (dict, list, bool)) or value is None else str(value)
                for name, value in asked.items()}
        target = (f"/v{version}" if version else "") + target + (f"?{urlencode(text, errors='replace')}" if text else "")
        if body is None:
            return method, target, None
        made = self.value(body, wild)
        if isinstance(made, dict):
            made = self.known(made, TABLES.get(path, {}))
            if isinstance(made.get("EndpointConfig"), dict):
                made["EndpointConfig"] = self.known(made["EndpointConfig"], fields.ENDPOINT)
        data = json.dumps(made).encode()
        if self.chance.random() < 0.02:
            data = data[: self.chance.randrange(len(data) + 1)]
        return method, target, data


def ask(path, method, target, body, seconds):
    """(status, the beginning of the body); streams are left after a moment. None when no answer came in time."""
    head = [f"{method} {target} HTTP/1.1", "Host: docker", "Connection: close"]
    if body is not None:
        head += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    with connect(path, seconds) as sock:
        sock.sendall("\r\n".join([*head, "", ""]).encode() + (body or b""))
        data = b""
        try:
            while more := sock.recv(65536):
                data += more
                if b"\r\n\r\n" in data:
                    # What streams is not awaited.
                    sock.settimeout(0.05 if b"chunked" in data or b" 101 " in data[:20] or b"raw-stream" in data else seconds)
                if len(data) > 1 << 20:
                    break
        except (TimeoutError, socket.timeout):
            if b"\r\n\r\n" not in data:
                return None
        except ConnectionResetError:
            pass
    if not data:
        return None
    head, _, rest = data.partition(b"\r\n\r\n")
    return int(head.split()[1]), rest
