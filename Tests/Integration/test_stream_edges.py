"""Edges of attached streams: clients that leave at odd moments, ends of input, and where log and stream meet."""

import json
import socket
import time

import pytest
from harness import frames
from harness.api import connect

ATTACH = {"stream": "1", "stdin": "1", "stdout": "1", "stderr": "1"}


def attached(engine, container, **query):
    return engine.api.hijack(f"/containers/{container}/attach", **{**ATTACH, **query})


def made_exec(engine, container, *command, **config):
    answer = engine.api.post(
        f"/containers/{container}/exec", {"AttachStdout": True, "AttachStderr": True, "Cmd": list(command), **config})
    assert answer.status == 201, answer
    return answer.json["Id"]


def inspect_exec(engine, run):
    return engine.api.get(f"/exec/{run}/json").json


def until(holds, seconds=5):
    """Waits until `holds()` is true and returns what it gave last."""
    deadline = time.monotonic() + seconds
    while not (value := holds()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return value


def start_request(run, upgrade, chunked):
    """The bytes of an exec's start with the client's input to follow."""
    body = json.dumps({"Detach": False, "Tty": False}).encode()
    lines = [f"POST /v1.41/exec/{run}/start HTTP/1.1", "Host: docker", "Content-Type: application/json"]
    if upgrade:
        lines += ["Connection: Upgrade", "Upgrade: tcp"]
    if chunked:
        lines += ["Transfer-Encoding: chunked"]
        half = len(body) // 2
        parts = (body[:half], body[half:], b"")
        body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    else:
        lines += [f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


# Clients that leave


def test_client_that_leaves_during_the_replay_of_the_log_holds_nothing_up(engine):
    lines = "yes $(printf %0200d 0) | head -n 5000"
    container = engine.run("sh", "-c", f"{lines}; echo ready; until [ -e /go ]; do sleep 0.02; done; {lines}; echo end")
    assert until(lambda: engine.logs(container, tail="1")[0] == "ready\n")
    for _ in range(3):
        with attached(engine, container, stdin="0", logs="1") as stream:
            assert stream.read(10)
    assert engine.execute(container, "touch", "/go")[0] == 0
    assert engine.api.post(f"/containers/{container}/wait", timeout=10).json["StatusCode"] == 0
    assert engine.logs(container, tail="1")[0] == "end\n"


@pytest.mark.berthd
def test_client_that_leaves_before_the_answer_ends_the_input_of_its_exec(engine):
    container = engine.run("sleep", "60")
    run = made_exec(engine, container, "cat", AttachStdin=True)
    with connect(engine.api.path, 10) as sock:
        sock.sendall(start_request(run, upgrade=True, chunked=False))
    assert until(lambda: inspect_exec(engine, run)["ExitCode"] is not None)
    assert inspect_exec(engine, run)["ExitCode"] == 0


def test_client_that_waited_for_a_start_and_left_is_forgotten(engine):
    container = engine.create("sh", "-c", "yes $(printf %0200d 0) | head -n 5000; echo end", OpenStdin=True)
    for _ in range(3):
        with attached(engine, container, logs="1"):
            pass
    engine.start(container)
    assert engine.api.post(f"/containers/{container}/wait", timeout=10).json["StatusCode"] == 0
    assert engine.logs(container, tail="1")[0] == "end\n"


# Ends of input


def test_end_of_input_ends_the_attachment_and_not_the_process(engine):
    container = engine.run("cat", OpenStdin=True)
    for text in (b"first\n", b"second\n"):
        with attached(engine, container) as stream:
            stream.write(text)
            assert frames.read(stream) == (1, text)
            stream.close_write()
            assert stream.read_all() == b""
    assert engine.inspect(container)["State"]["Running"]
    assert engine.logs(container)[0] == "first\nsecond\n"


def test_input_arrives_whole_before_its_attachment_ends(engine):
    container = engine.run("sh", "-c", "sleep 0.2; head -c 300000 | wc -c", OpenStdin=True)
    with attached(engine, container) as stream:
        stream.write(b"x" * 300_000)
        stream.close_write()
        stream.read_all()
    assert engine.wait(container) == 0
    assert engine.logs(container)[0].strip() == "300000"


def test_end_of_input_of_a_client_without_stdin_means_nothing(engine):
    container = engine.run("sh", "-c", "sleep 0.3; echo late", OpenStdin=True)
    with attached(engine, container, stdin="0") as stream:
        stream.close_write()
        assert frames.joined(stream.read_all()) == (b"late\n", b"")


def test_end_of_input_ends_the_attachment_to_a_terminal(engine):
    container = engine.run("sh", OpenStdin=True, StdinOnce=True, Tty=True)
    with attached(engine, container) as stream:
        stream.close_write()
        stream.read_all()
    run = made_exec(engine, container, "sh", AttachStdin=True, Tty=True)
    with engine.api.hijack(f"/exec/{run}/start", {"Tty": True}) as stream:
        stream.close_write()
        stream.read_all()
    assert inspect_exec(engine, run)["Running"]
    assert engine.inspect(container)["State"]["Running"]


@pytest.mark.berthd
@pytest.mark.parametrize("upgrade", [True, False], ids=["upgrade", "without-upgrade"])
@pytest.mark.parametrize("chunked", [True, False], ids=["chunked", "with-length"])
def test_input_right_behind_the_request_is_kept(engine, upgrade, chunked):
    container = engine.run("sleep", "60")
    run = made_exec(engine, container, "cat", AttachStdin=True)
    with connect(engine.api.path, 10) as sock:
        sock.sendall(start_request(run, upgrade, chunked) + b"early ")
        sock.sendall(b"and late")
        sock.shutdown(socket.SHUT_WR)
        data = b""
        while more := sock.recv(65536):
            data += more
    head, body = data.split(b"\r\n\r\n", 1)
    assert head.startswith(b"HTTP/1.1 101 " if upgrade else b"HTTP/1.1 200 "), head
    assert frames.joined(body) == (b"early and late", b"")
    assert inspect_exec(engine, run)["ExitCode"] == 0


# Where things meet


@pytest.mark.berthd
@pytest.mark.parametrize("delay", [0, 0.01, 0.03])
def test_log_and_stream_meet_without_a_gap_and_without_an_overlap(engine, delay):
    # Lines of eight bytes: whatever is read of the output at a time, no line is cut.
    first, last = 1_000_000, 1_020_000
    container = engine.run("sh", "-c", f"i={first}; while [ $i -lt {last} ]; do echo $i; i=$((i+1)); done; sleep 0.3")
    time.sleep(delay)
    with attached(engine, container, stdin="0", logs="1") as stream:
        out, err = frames.joined(stream.read_all())
    assert err == b""
    assert out == b"".join(b"%d\n" % number for number in range(first, last))


def test_log_of_a_run_before_comes_ahead_of_the_next(engine):
    container = engine.run("sh", "-c", "echo run")
    engine.wait(container)
    with attached(engine, container, stdin="0", logs="1") as stream:
        assert frames.read(stream) == (1, b"run\n")
        engine.start(container)
        assert frames.joined(stream.read_all()) == (b"run\n", b"")


def test_exit_status_of_an_exec_is_known_when_its_stream_ends(engine):
    container = engine.run("sleep", "60")
    for _ in range(30):
        run = made_exec(engine, container, "sh", "-c", "exit 7")
        with engine.api.hijack(f"/exec/{run}/start", {}) as stream:
            stream.read_all()
        state = inspect_exec(engine, run)
        assert (state["Running"], state["ExitCode"]) == (False, 7)


@pytest.mark.berthd
def test_attaching_and_detaching_are_told(engine):
    since = f"{time.time():.9f}"
    container = engine.run("sh", OpenStdin=True, Tty=True)
    with attached(engine, container) as stream:
        stream.write(b"\x10\x11")
        stream.read_all()
    run = made_exec(engine, container, "sh", AttachStdin=True, Tty=True)
    with engine.api.hijack(f"/exec/{run}/start", {"Tty": True}) as stream:
        stream.write(b"\x10\x11")
        stream.read_all()
    told = [json.loads(line) for line in engine.api.get(
        "/events", since=since, until=f"{time.time():.9f}", filters={"container": [container]}).body.splitlines()]
    actions = [event["Action"].split(":")[0] for event in told]
    assert actions == ["create", "start", "attach", "detach", "exec_create", "exec_start", "exec_detach"]
    assert told[-1]["Actor"]["Attributes"]["execID"] == run
    assert inspect_exec(engine, run)["Running"]
