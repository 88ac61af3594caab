"""Output that is there at once, and over at once, reaches clients that read the answer's head with a buffer."""

import os

import pytest
from harness import frames
from harness.api import connect

#: Runs of each kind; BERTH_TEST_LONG asks for more.
RUNS = 500 if os.environ.get("BERTH_TEST_LONG") else 120


@pytest.fixture
def running(sdk, engine):
    return sdk.containers.get(engine.run("sleep", "300"))


def plain(container):
    return container.exec_run("echo hello").output == b"hello\n"


def demultiplexed(container):
    return container.exec_run(["sh", "-c", "echo out; echo err >&2"], demux=True).output == (b"out\n", b"err\n")


def terminal(container):
    return container.exec_run("echo hello", tty=True).output == b"hello\r\n"


def raw_socket(container):
    api = container.client.api
    run = api.exec_create(container.id, ["echo", "hello"])["Id"]
    raw = api.exec_start(run, socket=True)
    data = b""
    while more := raw._sock.recv(4096):
        data += more
    raw.close()
    return frames.joined(data) == (b"hello\n", b"")


@pytest.mark.timeout(180)
@pytest.mark.parametrize("run", [plain, demultiplexed, terminal, raw_socket])
def test_no_short_exec_loses_its_output(running, run):
    lost = [number for number in range(RUNS) if not run(running)]
    assert lost == []


@pytest.mark.timeout(120)
def test_no_short_container_loses_its_output_to_one_who_attached_before(engine, sdk):
    for _ in range(RUNS // 4):
        container = sdk.containers.create("busybox", ["echo", "hello"], network_mode="none")
        stream = container.attach(stream=True)
        container.start()
        assert b"".join(stream) == b"hello\n"
        container.remove(force=True)


@pytest.mark.timeout(120)
def test_attaching_to_one_who_talks_without_pause_loses_no_beginning(engine, sdk):
    """What comes first is a whole frame, however soon behind the head it comes."""
    container = sdk.containers.get(engine.run("sh", "-c", "while :; do echo line; done"))
    for _ in range(RUNS // 4):
        stream = container.attach(stream=True)
        assert next(stream).startswith((b"line\n", b"\n", b"ine\n", b"ne\n", b"e\n"))
        stream.close()


@pytest.mark.berthd
def test_nothing_comes_before_the_head_was_read(engine):
    """A client that lets the head lie for long still gets it alone."""
    container = engine.run("sleep", "300")
    run = engine.api.post(
        f"/containers/{container}/exec", {"AttachStdout": True, "Cmd": ["echo", "hello"]}).json["Id"]
    with connect(engine.api.path, 30) as sock:
        sock.sendall(
            f"POST /exec/{run}/start HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
            "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}".encode())
        while engine.api.get(f"/exec/{run}/json").json["ExitCode"] is None:
            pass
        head = sock.recv(65536)
        assert head.startswith(b"HTTP/1.1 101 ") and head.endswith(b"\r\n\r\n")
        assert frames.joined(b"".join(iter(lambda: sock.recv(65536), b""))) == (b"hello\n", b"")


def test_start_that_fails_is_told_in_the_stream(engine):
    container = engine.run("sleep", "300")
    for tty in (False, True):
        run = engine.api.post(f"/containers/{container}/exec", {
            "AttachStdout": True, "AttachStderr": True, "Tty": tty, "Cmd": ["nonexistent-command"]}).json["Id"]
        with engine.api.hijack(f"/exec/{run}/start", {"Tty": tty}) as stream:
            assert stream.status == 101
            data = stream.read_all()
        told = data if tty else b"".join(payload for _, payload in frames.split(data))
        assert b"executable file not found in $PATH" in told
        assert engine.api.get(f"/exec/{run}/json").json["ExitCode"] in (126, 127)
