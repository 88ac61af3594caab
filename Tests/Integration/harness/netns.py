"""Network namespaces as hosts of a small network, with sockets opened inside them from this process."""

import ctypes
import http.client
import os
import socket
import subprocess
import threading
import time

_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


class Netns:
    """A network namespace named by a path (`/run/netns/x` or `/proc/PID/ns/net`)."""

    def __init__(self, path):
        self.path = path

    def call(self, function, *arguments):
        """Runs `function` on a thread that has joined the namespace and ends with it."""
        outcome = {}

        def body():
            try:
                fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
                try:
                    if _libc.setns(fd, _CLONE_NEWNET) != 0:
                        raise OSError(ctypes.get_errno(), f"setns {self.path}")
                finally:
                    os.close(fd)
                outcome["value"] = function(*arguments)
            except BaseException as error:  # handed to the caller's thread
                outcome["error"] = error

        thread = threading.Thread(target=body)
        thread.start()
        thread.join()
        if "error" in outcome:
            raise outcome["error"]
        return outcome["value"]

    def socket(self, kind=socket.SOCK_STREAM, family=socket.AF_INET, timeout=5):
        """A socket that belongs to this namespace for as long as it lives."""
        made = self.call(socket.socket, family, kind)
        made.settimeout(timeout)
        return made

    def connect(self, address, port, timeout=5):
        made = self.socket(family=socket.AF_INET6 if ":" in address else socket.AF_INET, timeout=timeout)
        try:
            made.connect((address, port))
        except BaseException:
            made.close()
            raise
        return made

    def await_port(self, address, port, seconds=10):
        """Returns when something listens there."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                return self.connect(address, port).close()
            except ConnectionRefusedError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    def fetch(self, address, port, path="/", timeout=5):
        """GET over HTTP from inside the namespace: (status, body, the local port used)."""
        connection = http.client.HTTPConnection(address, port)
        connection.sock = self.connect(address, port, timeout)
        local_port = connection.sock.getsockname()[1]
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read(), local_port
        finally:
            connection.close()

    def run(self, *command, **options):
        """Runs a command inside the namespace and returns its standard output."""
        return subprocess.run(
            ["nsenter", f"--net={self.path}", *command], check=True, capture_output=True, text=True, **options
        ).stdout


class NamedNetns(Netns):
    """A namespace made and deleted here, with loopback up."""

    def __init__(self, name):
        super().__init__(f"/run/netns/{name}")
        self.name = name
        subprocess.run(["ip", "netns", "add", name], check=True)
        subprocess.run(["ip", "-n", name, "link", "set", "lo", "up"], check=True)

    def close(self):
        subprocess.run(["ip", "netns", "delete", self.name], check=True)


class Lan:
    """A host for a daemon and a neighbour outside it, joined by one cable (addresses of RFC 5737 and RFC 3849)."""

    HOST = "192.0.2.1"
    OUTSIDE = "192.0.2.2"
    HOST6 = "2001:db8::1"
    OUTSIDE6 = "2001:db8::2"

    def __init__(self, name):
        self.host = NamedNetns(f"{name}-host")
        self.outside = NamedNetns(f"{name}-out")
        cable = ["ip", "-n", self.host.name, "link", "add", "uplink", "type", "veth", "peer", "name", "uplink"]
        subprocess.run([*cable, "netns", self.outside.name], check=True)
        for netns, address, address6 in ((self.host, self.HOST, self.HOST6), (self.outside, self.OUTSIDE, self.OUTSIDE6)):
            subprocess.run(["ip", "-n", netns.name, "address", "add", f"{address}/24", "dev", "uplink"], check=True)
            subprocess.run(
                ["ip", "-n", netns.name, "address", "add", f"{address6}/64", "dev", "uplink", "nodad"], check=True)
            subprocess.run(["ip", "-n", netns.name, "link", "set", "uplink", "up"], check=True)

    def close(self):
        self.host.close()
        self.outside.close()
