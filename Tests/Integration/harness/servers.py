"""Small servers that run in this process with their sockets in a chosen network namespace."""

import socket
import threading


class Server:
    """Answers every TCP connection or UDP datagram with what `reply(data, peer)` returns, and remembers the peers."""

    def __init__(self, netns, port, reply, kind=socket.SOCK_STREAM, address="0.0.0.0"):
        self.peers = []
        self._reply = reply
        self._kind = kind
        self._socket = netns.socket(kind, timeout=0.1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((address, port))
        if kind == socket.SOCK_STREAM:
            self._socket.listen(16)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while not self._closing.is_set():
            try:
                self._serve_one()
            except (TimeoutError, ConnectionError):
                continue

    def _serve_one(self):
        if self._kind == socket.SOCK_DGRAM:
            data, peer = self._socket.recvfrom(65536)
            self.peers.append(peer)
            self._socket.sendto(self._reply(data, peer), peer)
            return
        connection, peer = self._socket.accept()
        with connection:
            connection.settimeout(5)
            self.peers.append(peer)
            connection.sendall(self._reply(connection.recv(65536), peer))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._closing.set()
        self._thread.join()
        self._socket.close()


def http_reply(text):
    """A reply function that answers any HTTP request with `text`."""
    body = text.encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
    return lambda _data, _peer: head + body


def echo(data, _peer):
    return data
