"""Starts and ends engine daemons by hand, each in a network namespace and under roots of its own."""

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

from .api import Api

ROOT = Path(__file__).resolve().parents[3]
START_SECONDS = 60


class StartFailed(AssertionError):
    """The daemon ended, or did not answer, instead of starting; carries the end of its log."""


class Daemon:
    """One daemon: its roots, socket, log and process. The program it runs is a subclass's business."""

    name = ""
    #: Programs that stand beside containers and may outlive the daemon.
    companions = frozenset()

    def __init__(self, root, netns, options=()):
        self.root = Path(root)
        self.netns = netns
        self.options = list(options)
        self.data_root = self.root / "data"
        self.exec_root = self.root / "exec"
        self.socket = self.root / "docker.sock"
        self.pidfile = self.root / "daemon.pid"
        self.log = self.root / "daemon.log"
        self.cgroup_parent = "/" + self.root.name
        self.process = None
        self.root.mkdir(parents=True, exist_ok=True)

    def command(self):
        raise NotImplementedError

    def environment(self):
        return dict(os.environ)

    @property
    def pid(self):
        return self.process.pid

    def spawn(self, environment=None):
        """Starts the process and returns at once."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                ["nsenter", f"--net={self.netns.path}", *self.command(), *self.options],
                env={**self.environment(), **(environment or {})},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    def start(self, environment=None):
        """Starts the process and returns when the API answers: the seconds it took."""
        began = time.monotonic()
        self.spawn(environment)
        self.await_answer()
        return time.monotonic() - began

    def answers(self):
        try:
            return Api(str(self.socket), None, timeout=5).get("/_ping").status == 200
        except OSError:
            return False

    def await_answer(self, seconds=START_SECONDS):
        deadline = time.monotonic() + seconds
        while not self.answers():
            if self.process.poll() is not None:
                raise StartFailed(f"{self.name} ended with {self.process.returncode}:\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise StartFailed(f"{self.name} did not answer in {seconds} s:\n{self.log_tail()}")
            time.sleep(0.002)

    def log_tail(self, lines=40):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else ""

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=30):
        return self.process.wait(seconds)

    def stop(self):
        """Ends the daemon in order and returns its exit status."""
        if self.process is None or self.process.poll() is not None:
            return None
        self.signal(signal.SIGTERM)
        try:
            return self.wait()
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} did not end on SIGTERM:\n{self.log_tail()}") from None

    def kill(self):
        """SIGKILL: the daemon has no chance to tidy up."""
        self.signal(signal.SIGKILL)
        self.wait()

    def is_spare(self, pid):
        """Whether a helper process waits for a container to come: berthd starts monitors beforehand."""
        return False

    def companion_processes(self):
        """The helper processes of this daemon's containers, as {pid: program}."""
        found = {}
        home = os.stat(self.netns.path).st_ino
        for entry in os.scandir("/proc"):
            if not entry.name.isdigit():
                continue
            try:
                program = os.path.basename(os.readlink(f"/proc/{entry.name}/exe").removesuffix(" (deleted)"))
                program = program.removeprefix("memfd:")
                if program in self.companions and os.stat(f"/proc/{entry.name}/ns/net").st_ino == home:
                    found[int(entry.name)] = program
            except OSError:
                continue
        return found


class Berthd(Daemon):
    """This project's daemon, from the build tree under out/ unless BERTH_PREFIX says another place."""

    name = "berthd"
    companions = frozenset({"berth-monitor"})

    def __init__(self, root, netns, options=(), prefix=None):
        super().__init__(root, netns, options)
        self.prefix = prefix or Path(os.environ.get("BERTH_PREFIX", ROOT / "out"))
        self.plugins = self.root / "plugins.d"
        if not self.plugins.exists():
            shutil.copytree(self.prefix / "etc/berth/plugins.d", self.plugins)

    def command(self):
        return [
            str(self.prefix / "bin/berthd"),
            "--host", f"unix://{self.socket}",
            "--data-root", str(self.data_root),
            "--exec-root", str(self.exec_root),
            "--pidfile", str(self.pidfile),
            "--plugins-dir", str(self.plugins),
        ]

    def await_answer(self, seconds=START_SECONDS):
        """The daemon names its cgroups after its own id, which its first answer tells."""
        super().await_answer(seconds)
        info = Api(str(self.socket), None).get("/info").json
        self.cgroup_parent = "/berth-" + info["ID"][:8]

    def is_spare(self, pid):
        try:
            return not Path(f"/proc/{pid}/task/{pid}/children").read_text().split() and not self._forwards(pid)
        except OSError:
            return False

    def forwarders(self):
        """The processes that serve published ports at IPv6 addresses: one, as long as there are such ports."""
        return [pid for pid in self.companion_processes() if self._forwards(pid)]

    @staticmethod
    def _forwards(pid):
        try:
            return Path(f"/proc/{pid}/comm").read_text() == "berth-forward\n"
        except OSError:
            return False

    def crash_points(self):
        """Where BERTH_CRASH_AT can end it, as it lists them itself."""
        listed = subprocess.run([str(self.prefix / "bin/berthd"), "--list-crash-points"], check=True, capture_output=True)
        return listed.stdout.decode().split()


class Dockerd(Daemon):
    """Docker's daemon where it is installed: the oracle of the tests and a contender in the benchmark."""

    name = "dockerd"
    companions = frozenset({"containerd-shim-runc-v2", "docker-proxy", "runc"})

    def command(self):
        return [
            "dockerd",
            "--host", f"unix://{self.socket}",
            "--data-root", str(self.data_root),
            "--exec-root", str(self.exec_root),
            "--pidfile", str(self.pidfile),
            "--cgroup-parent", self.cgroup_parent,
        ]

    def kill(self):
        """SIGKILL to dockerd and to the containerd that it started, which would live on."""
        containerd = self._containerd()
        super().kill()
        if containerd is not None:
            os.kill(containerd, signal.SIGKILL)

    def _containerd(self):
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            children += (task / "children").read_text().split()
        for child in children:
            if re.search("containerd$", os.readlink(f"/proc/{child}/exe")):
                return int(child)
        return None


DAEMONS = {"berthd": Berthd, "dockerd": Dockerd}


def chosen():
    """The daemon class named by BERTH_TEST_ENGINE; berthd when it is not set."""
    return DAEMONS[os.environ.get("BERTH_TEST_ENGINE", "berthd")]
