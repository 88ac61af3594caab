"""The contenders: each daemon in a network namespace and under roots of its own."""

import os
import shutil
import subprocess
from pathlib import Path

from client import Client
from harness.daemon import Berthd, Daemon, Dockerd
from harness.engine import Engine

#: Podman's own defaults ask for more open files than a process without CAP_SYS_RESOURCE may have.
PODMAN_CONFIGURATION = """[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
"""


class Podman(Daemon):
    """Podman's Docker-compatible API service."""

    name = "podman"
    companions = frozenset({"conmon"})

    def command(self):
        return [
            "podman", "--root", str(self.data_root), "--runroot", str(self.exec_root), "--runtime", "runc",
            "--cgroup-manager", "cgroupfs", "--network-config-dir", str(self.root / "networks"),
            "system", "service", "--time=0", f"unix://{self.socket}",
        ]

    def environment(self):
        configuration = self.root / "containers.conf"
        configuration.write_text(PODMAN_CONFIGURATION)
        return {**os.environ, "CONTAINERS_CONF": str(configuration)}


def other_build(prefix):
    """The daemon class of another build of berthd, from a tree as `make build` leaves it: to compare two builds."""

    class OtherBuild(Berthd):
        name = "other"

        def __init__(self, root, netns, options=()):
            super().__init__(root, netns, options, prefix=Path(prefix).resolve())

    return OtherBuild


class Contender:
    """A running engine with its client and image."""

    def __init__(self, daemon_class, folder, options=()):
        self.name = daemon_class.name
        self.image = "localhost/busybox:latest" if self.name == "podman" else "busybox:latest"
        self.bridge = "podman" if self.name == "podman" else "bridge"
        self.engine = Engine(f"bench{os.getpid()}{self.name[0]}", folder, daemon_class, options)
        self.daemon = self.engine.daemon
        self.client = Client(str(self.daemon.socket))
        self.docker = shutil.which("docker") or str(Path(__file__).parent.parent / "out/docker-debian/usr/bin/docker")
        self.environment = {**os.environ, "DOCKER_HOST": f"unix://{self.daemon.socket}",
                            "DOCKER_CONFIG": str(Path(folder) / "docker-config")}

    def start(self, archive):
        self.daemon.start()
        self.client.expect((200,), "POST", "/images/load?quiet=1", Path(archive).read_bytes(), content="application/x-tar")

    def cli(self, *arguments):
        subprocess.run([self.docker, *arguments], env=self.environment, check=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def create(self, command, network="none", client=None, **host):
        body = {"Image": self.image, "Cmd": command, "HostConfig": {"NetworkMode": network, **host}}
        if host.get("PortBindings"):
            body["ExposedPorts"] = {port: {} for port in host["PortBindings"]}
        return (client or self.client).expect((201,), "POST", "/containers/create", body)["Id"]

    def run(self, command, network="none", client=None, **host):
        container = self.create(command, network, client, **host)
        (client or self.client).expect((204,), "POST", f"/containers/{container}/start")
        return container

    def remove(self, container, client=None):
        (client or self.client).expect((200, 204), "DELETE", f"/containers/{container}?force=1&v=1")

    def restart_options(self):
        """dockerd leaves containers running over a restart only when told to."""

    def close(self):
        self.client.close()
        self.engine.close()


def installed():
    """The daemon classes that can be measured here, and what is not there."""
    classes = [Berthd]
    absent = []
    for daemon_class, program in ((Dockerd, "dockerd"), (Podman, "podman")):
        if shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin"):
            classes.append(daemon_class)
        else:
            absent.append(daemon_class.name)
    return classes, absent


def version(contender):
    """What the program calls its own version."""
    program = contender.daemon.command()[0]
    return subprocess.run([program, "--version"], capture_output=True, text=True).stdout.strip().splitlines()[0]
