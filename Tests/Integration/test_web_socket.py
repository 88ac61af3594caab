"""Attach by web socket (RFC 6455), spoken by hand."""

import base64
import hashlib
import os
import struct

import pytest
from harness.api import connect

pytestmark = pytest.mark.berthd
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class WebSocket:
    """A client's side: masked frames out, frames in."""

    def __init__(self, engine, path, version="1.41", early=b"", **fields):
        self.socket = connect(engine.api.path, 20)
        key = base64.b64encode(os.urandom(16)).decode()
        fields = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
                  "Sec-WebSocket-Key": key, "Origin": "http://docker", **fields}
        lines = [f"GET /v{version}{path} HTTP/1.1", "Host: docker"]
        lines += [f"{name}: {value}" for name, value in fields.items() if value is not None]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode() + early)
        self.data = b""
        while b"\r\n\r\n" not in self.data:
            self.receive()
        head, self.data = self.data.split(b"\r\n\r\n", 1)
        self.head = head.decode()
        accept = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        self.is_open = f"Sec-WebSocket-Accept: {base64.b64encode(accept).decode()}\r\n" in self.head + "\r\n"

    def receive(self):
        more = self.socket.recv(65536)
        if not more:
            raise EOFError(self.data)
        self.data += more

    def take(self, count):
        while len(self.data) < count:
            self.receive()
        taken, self.data = self.data[:count], self.data[count:]
        return taken

    def frame(self):
        first, second = self.take(2)
        length = second & 127
        assert second & 128 == 0, "a server does not mask"
        if length == 126:
            (length,) = struct.unpack(">H", self.take(2))
        elif length == 127:
            (length,) = struct.unpack(">Q", self.take(8))
        return first & 15, self.take(length)

    def until(self, wanted):
        """Output up to and with `wanted`."""
        seen = b""
        while wanted not in seen:
            opcode, payload = self.frame()
            assert opcode == BINARY, (opcode, payload)
            seen += payload
        return seen

    @staticmethod
    def masked(opcode, payload, final=True):
        mask = os.urandom(4)
        body = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
        size = bytes([128 | len(payload)]) if len(payload) < 126 else bytes([254]) + struct.pack(">H", len(payload))
        return bytes([opcode | (128 if final else 0)]) + size + mask + body

    def send(self, opcode, payload, final=True):
        self.socket.sendall(self.masked(opcode, payload, final))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


STREAMS = "stream=1&stdin=1&stdout=1&stderr=1"


def attached(engine, container, query=STREAMS, **options):
    return WebSocket(engine, f"/containers/{container}/attach/ws?{query}", **options)


def test_both_directions_and_the_end(engine):
    container = engine.create("sh", "-c", "read a; echo got $a; read b; echo got $b >&2", OpenStdin=True, StdinOnce=True)
    with attached(engine, container) as client:
        assert client.head.startswith("HTTP/1.1 101 ") and client.is_open
        engine.start(container)
        client.send(BINARY, b"one\n")
        assert client.until(b"\n") == b"got one\n"
        client.send(TEXT, b"t", final=False)
        client.send(0, b"wo\n")
        assert client.until(b"\n") == b"got two\n"
        assert client.frame() == (CLOSE, struct.pack(">H", 1000))
    assert engine.wait(container) == 0


def test_terminal_detach_keys_and_ping(engine):
    container = engine.run("sh", OpenStdin=True, Tty=True, Env=["PS1=ready> "])
    with attached(engine, container) as client:
        client.send(PING, b"here?")
        opcode, payload = client.frame()
        while opcode != PONG:
            opcode, payload = client.frame()
        assert payload == b"here?"
        client.send(BINARY, b"echo $((40+2))\n")
        client.until(b"\r\n42\r\n")
        client.send(BINARY, b"\x10\x11")
        while (frame := client.frame())[0] != CLOSE:
            pass
    assert engine.inspect(container)["State"]["Running"]


def test_close_ends_the_input(engine):
    container = engine.create("cat", OpenStdin=True, StdinOnce=True)
    with attached(engine, container) as client:
        engine.start(container)
        client.send(BINARY, b"all\n")
        assert client.until(b"\n") == b"all\n"
        client.send(CLOSE, struct.pack(">H", 1000))
        assert engine.wait(container) == 0


def test_what_comes_behind_the_request_is_input(engine):
    container = engine.run("cat", OpenStdin=True)
    with attached(engine, container, early=WebSocket.masked(BINARY, b"early\n")) as client:
        assert client.until(b"\n") == b"early\n"


def test_old_versions_get_text_frames_and_logs_come_first(engine):
    container = engine.run("sh", "-c", "echo past")
    engine.wait(container)
    with attached(engine, container, "logs=1&stdout=1", version="1.24") as client:
        assert client.frame() == (TEXT, b"past\n")
        assert client.frame()[0] == CLOSE


@pytest.mark.parametrize("fields", [
    {"Upgrade": None}, {"Upgrade": "tcp"}, {"Sec-WebSocket-Version": "8"}, {"Sec-WebSocket-Key": "short"},
    {"Sec-WebSocket-Key": None}])
def test_no_handshake_is_400(engine, fields):
    container = engine.run("sleep", "60")
    with attached(engine, container, **fields) as client:
        assert client.head.startswith("HTTP/1.1 400 ")


def test_unknown_container_is_404(engine):
    with attached(engine, "absent") as client:
        assert client.head.startswith("HTTP/1.1 404 ")


MASK = b"mask"
TOO_LARGE = struct.pack(">H", 1009)
WRONG = struct.pack(">H", 1002)


@pytest.mark.parametrize("frames, code", [
    (bytes([0x82, 0xFF]) + struct.pack(">Q", 1 << 40) + MASK, TOO_LARGE),
    (bytes([0x82, 0xFF]) + struct.pack(">Q", (1 << 64) - 1) + MASK, TOO_LARGE),
    (bytes([0x82, 0xFF]) + struct.pack(">Q", (1 << 20) + 1) + MASK, TOO_LARGE),
    (bytes([0x82, 3]) + b"abc", WRONG),
    (bytes([0x89, 0]), WRONG),
    (bytes([0xC2, 0x80]) + MASK, WRONG),
    (bytes([0xA2, 0x80]) + MASK, WRONG),
    (bytes([0x92, 0x80]) + MASK, WRONG),
    (bytes([0x83, 0x80]) + MASK, WRONG),
    (bytes([0x87, 0x80]) + MASK, WRONG),
    (bytes([0x8B, 0x80]) + MASK, WRONG),
    (bytes([0x8F, 0x80]) + MASK, WRONG),
    (WebSocket.masked(0, b"stray"), WRONG),
    (WebSocket.masked(BINARY, b"a", final=False) + WebSocket.masked(BINARY, b"b"), WRONG),
    (WebSocket.masked(BINARY, b"a") + WebSocket.masked(0, b"b"), WRONG),
    (WebSocket.masked(PING, b"half", final=False), WRONG),
    (WebSocket.masked(CLOSE, b"", final=False), WRONG),
    (WebSocket.masked(PING, b"x" * 126), WRONG),
    (WebSocket.masked(CLOSE, b"x" * 200), WRONG),
    (WebSocket.masked(CLOSE, b"x"), WRONG),
    (WebSocket.masked(CLOSE, struct.pack(">H", 999)), WRONG),
    (WebSocket.masked(CLOSE, struct.pack(">H", 1005)), WRONG),
], ids=lambda value: value.hex()[:12])
def test_frames_that_are_against_the_protocol_end_the_connection_with_its_code(engine, frames, code):
    container = engine.run("cat", OpenStdin=True)
    with attached(engine, container) as client:
        client.socket.sendall(frames)
        seen = []
        with pytest.raises((EOFError, ConnectionResetError)):
            while True:
                seen.append(client.frame())
        assert [payload for opcode, payload in seen if opcode == CLOSE] == [code]
    assert engine.daemon.answers()


def test_frames_between_those_of_a_message_and_large_ones_are_in_order(engine):
    container = engine.run("cat", OpenStdin=True)
    with attached(engine, container) as client:
        client.send(BINARY, b"on", final=False)
        client.send(PING, b"p" * 125)
        client.send(0, b"", final=False)
        client.send(PONG, b"")
        client.send(0, b"e\n")
        # How much of a message comes in one frame is chance.
        seen = []
        while (PONG, b"p" * 125) not in seen or not b"".join(data for kind, data in seen if kind == BINARY).endswith(b"\n"):
            seen.append(client.frame())
        assert b"".join(data for kind, data in seen if kind == BINARY) == b"one\n"
        assert [frame for frame in seen if frame[0] != BINARY] == [(PONG, b"p" * 125)]
        client.send(BINARY, b"x" * 60000 + b"\n")
        assert len(client.until(b"\n")) == 60001
        client.send(CLOSE, struct.pack(">H", 1001) + "fertig, ü".encode())
        assert client.frame() == (CLOSE, struct.pack(">H", 1000))
