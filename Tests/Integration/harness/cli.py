"""The real `docker` command, pointed at one daemon."""

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DEBIAN_CLIENT = ROOT / "out/docker-debian/usr/bin/docker"


def installed_clients():
    """The docker commands to test with: the installed one, and the one unpacked from Debian's package."""
    clients = {}
    installed = shutil.which("docker")
    if installed:
        clients["installed"] = installed
    if DEBIAN_CLIENT.exists():
        clients["debian"] = str(DEBIAN_CLIENT)
    return clients


class Cli:
    """Runs `docker` with an empty configuration of its own."""

    def __init__(self, binary, socket, config):
        self.binary = binary
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("DOCKER_")},
            "DOCKER_HOST": f"unix://{socket}",
            "DOCKER_CONFIG": str(config),
        }

    def __call__(self, *arguments, check=True, input=None, timeout=60):
        """The finished process, with text in stdout and stderr; a bad exit raises with both unless check is off."""
        done = subprocess.run(
            [self.binary, *arguments], env=self.environment, input=input, timeout=timeout,
            stdin=subprocess.DEVNULL if input is None else None, capture_output=True, text=True)
        if check and done.returncode != 0:
            raise AssertionError(f"docker {' '.join(arguments)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def out(self, *arguments, **options):
        """What the command printed, without the last line end."""
        return self(*arguments, **options).stdout.rstrip("\n")

    def start(self, *arguments, **options):
        """The command as a running process with pipes."""
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen([self.binary, *arguments], env=self.environment, **{**pipes, **options})
