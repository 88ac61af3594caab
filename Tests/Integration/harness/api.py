"""A plain HTTP client for the Engine API over a unix socket, with hijacked connections and streams."""

import http.client
import json
import socket
from urllib.parse import urlencode


class UnixConnection(http.client.HTTPConnection):
    """An HTTP connection whose transport is a unix socket."""

    def __init__(self, path, timeout):
        super().__init__("docker", timeout=timeout)
        self._path = path

    def connect(self):
        self.sock = connect(self._path, self.timeout)


def connect(path, timeout):
    made = socket.socket(socket.AF_UNIX)
    made.settimeout(timeout)
    made.connect(path)
    return made


class Answer:
    """A whole answer: status, headers (case-insensitive) and body."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body) if self.body else None

    @property
    def message(self):
        """The text of an error in Docker's form, which has this one key and no other."""
        body = self.json
        assert set(body) == {"message"}, body
        assert self.headers["Content-Type"].split(";")[0] == "application/json"
        return body["message"]

    def __repr__(self):
        return f"<{self.status} {self.body[:400]!r}>"


class Hijacked:
    """A connection taken over from HTTP: raw bytes both ways after the answer's head."""

    def __init__(self, sock, status, headers, rest):
        self.socket = sock
        self.status = status
        self.headers = headers
        self._rest = rest

    def read(self, size=65536):
        """What comes next, at most `size` bytes; empty at the end."""
        if self._rest:
            data, self._rest = self._rest[:size], self._rest[size:]
            return data
        return self.socket.recv(size)

    def read_exactly(self, size):
        data = b""
        while len(data) < size:
            more = self.read(size - len(data))
            if not more:
                raise EOFError(f"{size} bytes wanted, {len(data)} came: {data!r}")
            data += more
        return data

    def read_all(self):
        data = b""
        while more := self.read():
            data += more
        return data

    def read_until(self, wanted):
        data = b""
        while wanted not in data:
            more = self.read()
            if not more:
                raise EOFError(f"{wanted!r} did not come: {data!r}")
            data += more
        return data

    def write(self, data):
        self.socket.sendall(data)

    def close_write(self):
        self.socket.shutdown(socket.SHUT_WR)

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Api:
    """Requests to one daemon. `version` is put in front of every path; None leaves paths as they are."""

    def __init__(self, path, version="1.41", timeout=30):
        self.path = path
        self.version = version
        self.timeout = timeout

    def at(self, version):
        return Api(self.path, version, self.timeout)

    def target(self, path, query):
        """The request target; values that are not strings travel as JSON, as filters do."""
        if self.version is not None:
            path = f"/v{self.version}{path}"
        if query:
            encoded = {key: value if isinstance(value, str) else json.dumps(value) for key, value in query.items()}
            path += "?" + urlencode(encoded)
        return path

    def open(self, method, path, body=None, headers=None, timeout=None, **query):
        """Sends a request and returns (connection, response) with the body still to be read."""
        connection = UnixConnection(self.path, timeout or self.timeout)
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, str)) and not hasattr(body, "read"):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, self.target(path, query), body, headers)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the server answered before it had read the body
        return connection, connection.getresponse()

    def request(self, method, path, body=None, headers=None, timeout=None, **query):
        connection, response = self.open(method, path, body, headers, timeout, **query)
        try:
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def get(self, path, **query):
        return self.request("GET", path, **query)

    def post(self, path, body=None, **query):
        return self.request("POST", path, body, **query)

    def delete(self, path, **query):
        return self.request("DELETE", path, **query)

    def hijack(self, path, body=None, upgrade=True, timeout=10, **query):
        """POSTs and takes the connection over: 101 when asked to upgrade, the older 200 otherwise."""
        text = json.dumps(body).encode() if body is not None else b""
        lines = [f"POST {self.target(path, query)} HTTP/1.1", "Host: docker", "Content-Type: application/json"]
        if upgrade:
            lines += ["Connection: Upgrade", "Upgrade: tcp"]
        lines += [f"Content-Length: {len(text)}", "", ""]
        sock = connect(self.path, timeout)
        sock.sendall("\r\n".join(lines).encode() + text)
        head = b""
        while b"\r\n\r\n" not in head:
            more = sock.recv(65536)
            if not more:
                raise EOFError(f"connection closed inside the head: {head!r}")
            head += more
        head, rest = head.split(b"\r\n\r\n", 1)
        first, *fields = head.decode().split("\r\n")
        headers = {key.lower(): value for key, value in (line.split(": ", 1) for line in fields)}
        return Hijacked(sock, int(first.split()[1]), headers, rest)
