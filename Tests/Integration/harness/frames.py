"""The multiplexed stream of attach, exec and logs without a terminal: 8 bytes of head, then the payload."""

import struct

STDIN, STDOUT, STDERR, SYSTEM = range(4)


def split(data):
    """The frames of `data` in order, as (stream, payload); the data must end with a whole frame."""
    frames = []
    while data:
        assert len(data) >= 8, f"a torn head: {data!r}"
        stream, zero, length = struct.unpack(">B3sI", data[:8])
        assert zero == b"\0\0\0" and stream in (STDIN, STDOUT, STDERR, SYSTEM), f"not a head: {data[:8]!r}"
        assert len(data) >= 8 + length, f"a torn frame: {len(data) - 8} of {length} bytes"
        frames.append((stream, data[8 : 8 + length]))
        data = data[8 + length :]
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
