"""The multiplexed stream of attach, exec and logs without a terminal: 8 bytes of head, then the payload."""

import struct

STDIN, STDOUT, STDERR, SYSTEM = range(4)


def split(data):
    """The frames of `data` in order, as (stream, payload); the data must end with a whole frame."""
    frames = []
    place = 0
    while place < len(data):
        head = data[place : place + 8]
        assert len(head) == 8, f"a torn head: {head!r}"
        stream, zero, length = struct.unpack(">B3sI", head)
        assert zero == b"\0\0\0" and stream in (STDIN, STDOUT, STDERR, SYSTEM), f"not a head: {head!r}"
        payload = data[place + 8 : place + 8 + length]
        assert len(payload) == length, f"a torn frame: {len(payload)} of {length} bytes"
        frames.append((stream, payload))
        place += 8 + length
    return frames


def joined(data):
    """What each stream carried, as (stdout, stderr)."""
    frames = split(data)
    return tuple(b"".join(payload for stream, payload in frames if stream == wanted) for wanted in (STDOUT, STDERR))


def read(hijacked):
    """The next frame of a live stream, or None at its end."""
    try:
        head = hijacked.read_exactly(8)
    except EOFError:
        return None
    stream, length = head[0], struct.unpack(">I", head[4:])[0]
    return stream, hijacked.read_exactly(length)
