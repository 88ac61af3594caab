"""An engine as the tests use it: a daemon on a host of its own, its clients, and the common steps in few words."""

import shutil
import subprocess
from pathlib import Path

from . import frames, leaks
from .api import Api
from .cli import Cli, installed_clients
from .daemon import chosen
from .netns import Lan, Netns
from .waiting import catches, until


class Engine:
    """A daemon with its host and its neighbour outside; the short methods assert that each step succeeded."""

    def __init__(self, name, base, daemon_class=None, options=(), root=None):
        self.lan = Lan(name)
        self.daemon = (daemon_class or chosen())(root or Path(base) / name, self.lan.host, options)
        self.api = Api(str(self.daemon.socket))

    # The daemon

    def cli(self, client="installed"):
        clients = installed_clients()
        binary = clients.get(client) or next(iter(clients.values()))
        return Cli(binary, self.daemon.socket, self.daemon.root / "docker-config")

    def load(self, archive):
        with open(archive, "rb") as file:
            answer = self.api.post("/images/load", file.read(), quiet="1")
        assert answer.status == 200 and b"error" not in answer.body, answer

    def clear(self):
        """Removes all containers, user networks and volumes."""
        for container in self.api.get("/containers/json", all="1").json:
            self.api.delete(f"/containers/{container['Id']}", force="1", v="1")
        for network in self.api.get("/networks").json:
            if network["Name"] not in ("bridge", "host", "none"):
                self.api.delete(f"/networks/{network['Id']}")
        for volume in self.api.get("/volumes").json["Volumes"] or []:
            self.api.delete(f"/volumes/{volume['Name']}", force="1")

    def close(self):
        """Clears and ends everything; returns what is still there afterwards, by kind."""
        nothing = {kind: set() for kind in ("mounts", "cgroups", "processes")}
        try:
            if self.daemon.answers():
                self.clear()
            status = self.daemon.stop()
            present = leaks.left_behind(self.daemon, nothing)
            if status:
                present["exit status"] = status
            if present:
                present["end of the log"] = self.daemon.log_tail(15)
        finally:
            self.dispose()
        return present

    def dispose(self):
        """Takes away by hand what a daemon may have left: for the next test, not for the daemon's sake."""
        for pid in self.daemon.companion_processes():
            subprocess.run(["kill", "-KILL", str(pid)], check=False, stderr=subprocess.DEVNULL)
        for point in sorted(leaks.mounts(self.daemon), reverse=True):
            subprocess.run(["umount", "--lazy", point], check=False, stderr=subprocess.DEVNULL)
        parent = self.daemon.cgroup_parent.lstrip("/")
        for group in sorted(leaks.cgroups(self.daemon), reverse=True):
            subprocess.run(["rmdir", group], check=False, stderr=subprocess.DEVNULL)
        for hierarchy in [leaks.CGROUPS, *leaks.CGROUPS.iterdir()]:
            if (hierarchy / parent).is_dir():
                subprocess.run(["rmdir", str(hierarchy / parent)], check=False, stderr=subprocess.DEVNULL)
        self.lan.close()
        shutil.rmtree(self.daemon.root, ignore_errors=True)

    # Containers

    def create(self, *command, image="busybox:latest", name=None, host=None, **config):
        """Creates a container (with no network unless the host configuration says so) and returns its id."""
        body = {"Image": image, "HostConfig": {"NetworkMode": "none", **(host or {})}, **config}
        if command:
            body["Cmd"] = list(command)
        answer = self.api.post("/containers/create", body, **({"name": name} if name else {}))
        assert answer.status == 201, answer
        return answer.json["Id"]

    def start(self, container):
        answer = self.api.post(f"/containers/{container}/start")
        assert answer.status == 204, answer

    def run(self, *command, **options):
        container = self.create(*command, **options)
        self.start(container)
        return container

    def stop(self, container, seconds=0):
        answer = self.api.post(f"/containers/{container}/stop", t=str(seconds))
        assert answer.status in (204, 304), answer

    def remove(self, container, **query):
        answer = self.api.delete(f"/containers/{container}", **query)
        assert answer.status == 204, answer

    def wait(self, container, **query):
        answer = self.api.post(f"/containers/{container}/wait", **query)
        assert answer.status == 200, answer
        return answer.json["StatusCode"]

    def inspect(self, container):
        answer = self.api.get(f"/containers/{container}/json")
        assert answer.status == 200, answer
        return answer.json

    def logs(self, container, **query):
        """(stdout, stderr) as text."""
        answer = self.api.get(f"/containers/{container}/logs", **{"stdout": "1", "stderr": "1", **query})
        assert answer.status == 200, answer
        return tuple(part.decode() for part in frames.joined(answer.body))

    def sh(self, script, **options):
        """Runs a shell script in a container to its end: (exit status, stdout, stderr)."""
        container = self.run("sh", "-c", script, **options)
        status = self.wait(container)
        out, err = self.logs(container)
        self.remove(container)
        return status, out, err

    def out(self, script, **options):
        """What a script printed; it must succeed."""
        status, out, err = self.sh(script, **options)
        assert status == 0, (status, out, err)
        return out.rstrip("\n")

    def execute(self, container, *command, **config):
        """Runs a command in a running container: (exit status, stdout, stderr)."""
        body = {"AttachStdout": True, "AttachStderr": True, "Cmd": list(command), **config}
        made = self.api.post(f"/containers/{container}/exec", body)
        assert made.status == 201, made
        run = made.json["Id"]
        with self.api.hijack(f"/exec/{run}/start", {"Detach": False, "Tty": False}) as stream:
            out, err = frames.joined(stream.read_all())
        return self.api.get(f"/exec/{run}/json").json["ExitCode"], out.decode(), err.decode()

    def pid(self, container):
        return self.inspect(container)["State"]["Pid"]

    def await_trap(self, container, *signals):
        """Returns when the container's first process has a handler for each of the signals."""
        pid = self.pid(container)
        until(lambda: all(catches(pid, each) for each in signals), "the trap is not set")

    def netns_of(self, container):
        """The container's network namespace, to open sockets in."""
        return Netns(f"/proc/{self.pid(container)}/ns/net")

    def address(self, container, network="bridge"):
        return self.inspect(container)["NetworkSettings"]["Networks"][network]["IPAddress"]

    # Networks

    def network(self, name, subnet=None, **config):
        body = {"Name": name, "CheckDuplicate": True, "Driver": "bridge", **config}
        if subnet:
            body["IPAM"] = {"Driver": "default", "Config": [{"Subnet": subnet}]}
        answer = self.api.post("/networks/create", body)
        assert answer.status == 201, answer
        return answer.json["Id"]
