"""An HTTP client over one unix-socket connection that stays open: as little of its own time as Python can spend."""

import json
import socket


class Client:
    """Requests one after the other. Every engine is measured through this same client."""

    def __init__(self, path, prefix="/v1.41"):
        self._path = path
        self._prefix = prefix
        self._socket = None
        self._buffer = b""

    def close(self):
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _connect(self):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(120)
        self._socket.connect(self._path)
        self._buffer = b""

    def request(self, method, target, body=b"", content="application/json"):
        """(status, body)"""
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
        head = (f"{method} {self._prefix}{target} HTTP/1.1\r\nHost: d\r\nContent-Type: {content}\r\n"
                f"Content-Length: {len(body)}\r\n\r\n")
        if self._socket is None:
            self._connect()
        try:
            self._socket.sendall(head.encode() + body)
            return self._answer()
        except (OSError, EOFError):
            self.close()
            raise

    def _more(self):
        data = self._socket.recv(65536)
        if not data:
            raise EOFError("the connection was closed")
        self._buffer += data

    def _line(self):
        while b"\r\n" not in self._buffer:
            self._more()
        line, self._buffer = self._buffer.split(b"\r\n", 1)
        return line

    def _take(self, size):
        while len(self._buffer) < size:
            self._more()
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def _answer(self):
        status = int(self._line().split()[1])
        length, chunked, closes = None, False, False
        while line := self._line():
            key, _, value = line.partition(b":")
            key, value = key.lower(), value.strip().lower()
            if key == b"content-length":
                length = int(value)
            elif key == b"transfer-encoding":
                chunked = b"chunked" in value
            elif key == b"connection":
                closes = value == b"close"
        if status in (204, 304) or status < 200:
            body = b""
        elif chunked:
            body = b""
            while size := int(self._line(), 16):
                body += self._take(size)
                self._line()
            self._line()
        elif length is not None:
            body = self._take(length)
        else:
            body, closes = self._until_the_end(), True
        if closes:
            self.close()
        return status, body

    def _until_the_end(self):
        body, self._buffer = self._buffer, b""
        while data := self._socket.recv(65536):
            body += data
        return body

    def stream(self, method, target, body):
        """What a hijacked stream carries until the engine ends it. Takes a connection of its own."""
        client = Client(self._path, self._prefix)
        try:
            status, data = client.request(method, target, body)
        finally:
            client.close()
        if status not in (101, 200):
            raise RuntimeError(f"{method} {target}: {status} {data[:300]!r}")
        return data

    def expect(self, wanted, method, target, body=b"", **options):
        """The JSON of an answer that must have one of the statuses wanted."""
        status, answer = self.request(method, target, body, **options)
        if status not in wanted:
            raise RuntimeError(f"{method} {target}: {status} {answer[:300]!r}")
        return json.loads(answer) if answer.strip() else None
