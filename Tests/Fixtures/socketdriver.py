#!/usr/bin/env python3
"""A driver behind a socket, as Docker's plugins are: volumes that are directories, networks of veth pairs.

    socketdriver.py SOCKET ROOT [--kinds NetworkDriver,VolumeDriver]

SOCKET is the path of a unix socket, or a TCP port of 127.0.0.1. A volume is a directory below ROOT. Each call is
appended to ROOT/.calls. For tests, methods of the kind "Test" misbehave as their name says.
"""

import argparse
import http.server
import json
import os
import shutil
import socketserver
import subprocess
import threading
import time


class Failure(Exception):
    def __init__(self, text, code=500):
        super().__init__(text)
        self.code = code


def ip(*arguments):
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"ip {' '.join(arguments)}: {done.stderr.strip()}")


class Driver:
    def __init__(self, root, kinds):
        self.root, self.kinds, self.networks = root, kinds, {}

    def plugin_activate(self, request):
        return {"Implements": self.kinds}

    # Volumes

    def folder(self, request, exists=True):
        path = os.path.join(self.root, os.path.basename(request["Name"]))
        if exists and not os.path.isdir(path):
            raise Failure(f"no such volume: {request['Name']}", 404)
        return path

    def volume_create(self, request):
        os.makedirs(self.folder(request, exists=False), exist_ok=True)

    def volume_remove(self, request):
        shutil.rmtree(self.folder(request))

    def volume_mount(self, request):
        return {"Mountpoint": self.folder(request)}

    volume_path = volume_mount

    def volume_unmount(self, request):
        self.folder(request)

    def volume_get(self, request):
        return {"Volume": {"Name": request["Name"], "Mountpoint": self.folder(request), "Status": {}}}

    def volume_list(self, request):
        names = sorted(name for name in os.listdir(self.root) if not name.startswith("."))
        return {"Volumes": [{"Name": name, "Mountpoint": os.path.join(self.root, name)} for name in names]}

    def volume_capabilities(self, request):
        return {"Capabilities": {"Scope": "local"}}

    # Networks: the gateway's address is on the host's end of each pair.

    def links(self, request):
        return f"sh{request['EndpointID'][:8]}", f"sc{request['EndpointID'][:8]}"

    def network_getcapabilities(self, request):
        return {"Scope": "local", "ConnectivityScope": "local"}

    def network_createnetwork(self, request):
        pools = request.get("IPv4Data") or [{}]
        self.networks[request["NetworkID"]] = pools[0].get("Gateway", "").split("/")[0]

    def network_deletenetwork(self, request):
        self.networks.pop(request["NetworkID"], None)

    def network_createendpoint(self, request):
        host, container = self.links(request)
        ip("link", "add", host, "type", "veth", "peer", "name", container)
        try:
            ip("link", "set", host, "up")
            gateway = self.networks.get(request["NetworkID"])
            address = (request.get("Interface") or {}).get("Address", "").split("/")[0]
            if gateway and address:
                ip("address", "add", f"{gateway}/32", "dev", host)
                ip("route", "add", f"{address}/32", "dev", host)
        except Failure:
            ip("link", "delete", host)
            raise
        return {"Interface": {}}

    def network_deleteendpoint(self, request):
        subprocess.run(["ip", "link", "delete", self.links(request)[0]], capture_output=True)

    def network_endpointoperinfo(self, request):
        return {"Value": {}}

    def network_join(self, request):
        return {"InterfaceName": {"SrcName": self.links(request)[1], "DstPrefix": "eth"},
                "Gateway": self.networks.get(request["NetworkID"], "")}

    def network_leave(self, request):
        pass

    # What tests ask for

    def test_echo(self, request):
        return request

    def test_error(self, request):
        raise Failure("it is taken", 409)

    def test_hang(self, request):
        time.sleep(60)

    def test_large(self, request):
        return {"Mountpoint": "x" * (8 << 20)}


def handler(driver):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def address_string(self):
            return "socket"

        def log_message(self, format, *arguments):
            pass

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if not self.headers.get("Host"):  # as Go's server, in which Docker's plugins are written
                return self.reply(400, b"missing required Host header")
            method = self.path.lstrip("/")
            with open(os.path.join(driver.root, ".calls"), "a") as calls:
                calls.write(f"{method} {self.headers.get('Content-Type')}\n")
            function = getattr(driver, method.replace("Driver", "").replace(".", "_").lower(), None)
            if method == "Test.Text":
                return self.reply(500, b"the plugin is broken")
            if method == "Test.Garbage":
                return self.reply(200, b"<html>")
            if method == "Test.Hangup":
                self.close_connection = True
                return None
            if method == "Test.Stall":
                self.head(200, 10)
                self.wfile.write(b'{"a"')
                return time.sleep(60)
            if function is None:
                return self.reply(404, b"404 page not found\n")
            try:
                self.reply(200, json.dumps(function(json.loads(body or b"{}")) or {}).encode())
            except Failure as error:
                self.reply(500, json.dumps({"Err": str(error), "Code": error.code}).encode())

        def reply(self, status, body):
            self.head(status, len(body))
            self.wfile.write(body)

        def head(self, status, length):
            self.send_response(status)
            self.send_header("Content-Type", "application/vnd.docker.plugins.v1.1+json")
            self.send_header("Content-Length", str(length))
            self.end_headers()

    return Handler


class UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("socket")
    parser.add_argument("root")
    parser.add_argument("--kinds", default="NetworkDriver,VolumeDriver")
    options = parser.parse_args()
    os.makedirs(options.root, exist_ok=True)
    serve = handler(Driver(options.root, options.kinds.split(",")))
    if options.socket.isdigit():
        server = http.server.ThreadingHTTPServer(("127.0.0.1", int(options.socket)), serve)
    else:
        if os.path.exists(options.socket):
            os.unlink(options.socket)
        server = UnixServer(options.socket, serve)
    # Whoever started it is gone: so is the driver.
    parent = os.getppid()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    while os.getppid() == parent:
        time.sleep(0.2)


if __name__ == "__main__":
    main()
