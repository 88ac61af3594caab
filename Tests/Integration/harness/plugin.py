"""A driver behind a unix socket that speaks Docker's plugin protocol: volumes that are folders."""

import json
import os
import shutil
import socketserver
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path


class Plugin:
    """Serves until closed. `hang` names methods that are never answered, `fail` those that are answered with an error,
    `unknown` those that it does not have; `calls` remembers what was asked, `bodies` with what."""

    def __init__(self, socket, hang=()):
        self.hang = set(hang)
        self.fail = set()
        self.unknown = set()
        #: Behind the error of a method that fails.
        self.words = ""
        self.calls = []
        self.bodies = []
        self._released = threading.Event()
        plugin = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                method = self.path.lstrip("/")
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if not self.headers.get("Host"):  # as the servers of real plugins, which are written in Go
                    return self.send_error(400, "missing required Host header")
                if method in plugin.unknown:
                    plugin.calls.append(method)
                    return self.send_error(404)
                reply = json.dumps(plugin.answer(method, json.loads(body or b"{}"))).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/vnd.docker.plugins.v1.1+json")
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            def address_string(self):
                return "unix"

            def log_message(self, *_):
                pass

        class UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
            daemon_threads = True

            def handle_error(self, *_):
                """A daemon that gave up waiting has closed its end."""

        self._server = UnixServer(str(socket), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def answer(self, method, body):
        self.calls.append(method)
        self.bodies.append((method, body))
        if method in self.hang:
            self._released.wait(60)
        if method in self.fail:
            return {"Err": f"{method} is not to be had today{self.words}"}
        return self.reply(method, body)

    def reply(self, method, body):
        raise NotImplementedError

    def asked(self, method):
        """The bodies of a method's calls."""
        return [body for name, body in self.bodies if name == method]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._released.set()
        self._server.shutdown()
        self._server.server_close()


class VolumePlugin(Plugin):
    def __init__(self, socket, root, hang=()):
        self.root = Path(root)
        self.root.mkdir(exist_ok=True)
        super().__init__(socket, hang)

    def reply(self, method, body):
        path = self.root / body.get("Name", "")
        if method == "Plugin.Activate":
            return {"Implements": ["VolumeDriver"]}
        if method == "VolumeDriver.Capabilities":
            return {"Capabilities": {"Scope": "local"}}
        if method == "VolumeDriver.List":
            return {"Volumes": [{"Name": name, "Mountpoint": str(self.root / name)} for name in os.listdir(self.root)]}
        if method == "VolumeDriver.Create":
            path.mkdir(exist_ok=True)
            return {}
        if not path.is_dir():
            return {"Err": "no such volume"}
        if method in ("VolumeDriver.Mount", "VolumeDriver.Path"):
            return {"Mountpoint": str(path)}
        if method == "VolumeDriver.Get":
            return {"Volume": {"Name": body["Name"], "Mountpoint": str(path)}}
        if method == "VolumeDriver.Remove":
            shutil.rmtree(path)
        return {}


class NetworkPlugin(Plugin):
    """Takes every network and endpoint, and makes no interface."""

    def reply(self, method, body):
        if method == "Plugin.Activate":
            return {"Implements": ["NetworkDriver"]}
        if method == "NetworkDriver.Join":
            return {"InterfaceName": {"SrcName": "", "DstPrefix": ""}}
        return {}
