"""Attach: hijacked connections with and without a terminal, standard input, detach keys and resize."""

import hashlib
import time

import pytest
from harness import frames
from harness.waiting import until

ALL = {"stream": "1", "stdin": "1", "stdout": "1", "stderr": "1"}


def attached(engine, container, **query):
    return engine.api.hijack(f"/containers/{container}/attach", **{**ALL, **query})


def test_upgrade_answers_101_and_its_stream_type(engine):
    container = engine.create("cat", OpenStdin=True)
    with attached(engine, container) as stream:
        assert stream.status == 101
        assert stream.headers["connection"].lower() == "upgrade"
        assert stream.headers["upgrade"].lower() == "tcp"
        assert stream.headers["content-type"] in (
            "application/vnd.docker.raw-stream", "application/vnd.docker.multiplexed-stream")


@pytest.mark.berthd
def test_stream_type_tells_multiplexed_from_raw_since_1_42(engine):
    for tty, kind in ((True, "raw"), (False, "multiplexed")):
        container = engine.create("cat", OpenStdin=True, Tty=tty)
        with engine.api.at("1.42").hijack(f"/containers/{container}/attach", **ALL) as stream:
            assert stream.headers["content-type"] == f"application/vnd.docker.{kind}-stream"


def test_without_upgrade_answers_200(engine):
    container = engine.create("echo", "old")
    with engine.api.hijack(f"/containers/{container}/attach", upgrade=False, **ALL) as stream:
        assert stream.status == 200
        assert stream.headers["content-type"] == "application/vnd.docker.raw-stream"
        engine.start(container)
        assert frames.joined(stream.read_all()) == (b"old\n", b"")


def test_attached_before_the_start_nothing_is_missed(engine):
    for _ in range(5):
        container = engine.create("sh", "-c", "echo out; echo err >&2")
        with attached(engine, container) as stream:
            engine.start(container)
            assert frames.joined(stream.read_all()) == (b"out\n", b"err\n")


def test_stdin_reaches_the_process_and_its_end_too(engine):
    container = engine.create("cat", OpenStdin=True, StdinOnce=True, AttachStdin=True)
    with attached(engine, container) as stream:
        engine.start(container)
        stream.write(b"first ")
        assert frames.read(stream) == (1, b"first ")
        stream.write(b"second")
        stream.close_write()
        assert frames.joined(stream.read_all()) == (b"second", b"")
    assert engine.wait(container) == 0


def test_echo_into_docker_run(cli):
    assert cli.out("run", "-i", "--rm", "--network", "none", "busybox", "cat", input="hi\n") == "hi"


def test_big_stdin_comes_back_whole(cli):
    """20 MB through `docker run -i`, byte for byte both ways."""
    data = hashlib.sha256(b"seed").digest() * (20 * 1024 * 1024 // 32)
    with cli.start("run", "-i", "--rm", "--network", "none", "--log-driver", "none", "busybox", "cat") as process:
        out, err = process.communicate(data, timeout=60)
    assert process.returncode == 0, err
    assert len(out) == len(data) and out == data


def test_client_that_does_not_read_and_goes_away_holds_nothing_back(engine):
    container = engine.create("sh", "-c", "yes | head -c 8000000; echo end", OpenStdin=True)
    with attached(engine, container, stdin="0") as lazy:
        assert lazy.status == 101
        engine.start(container)
        time.sleep(0.5)  # so that what is on the way to it is full: of that nobody is told
    assert engine.wait(container) == 0
    assert engine.logs(container, tail="1")[0] == "end\n"


def test_two_clients_see_the_same(engine):
    container = engine.create("sh", "-c", "for i in 1 2 3; do echo $i; done")
    with attached(engine, container) as one, attached(engine, container) as two:
        engine.start(container)
        assert frames.joined(one.read_all()) == frames.joined(two.read_all()) == (b"1\n2\n3\n", b"")


def test_only_the_streams_asked_for(engine):
    container = engine.create("sh", "-c", "echo out; echo err >&2")
    with attached(engine, container, stdout="0", stdin="0") as stream:
        engine.start(container)
        assert frames.joined(stream.read_all()) == (b"", b"err\n")


def test_logs_come_first_when_asked(engine):
    container = engine.run("sh", "-c", "echo past; while read line; do echo $line; done", OpenStdin=True)
    deadline = time.monotonic() + 5
    while not engine.logs(container)[0] and time.monotonic() < deadline:
        time.sleep(0.02)
    with attached(engine, container, logs="1") as stream:
        assert frames.read(stream) == (1, b"past\n")
        stream.write(b"present\n")
        assert frames.read(stream) == (1, b"present\n")


def test_logs_alone_end_without_a_stream(engine):
    container = engine.run("echo", "past")
    engine.wait(container)
    with attached(engine, container, logs="1", stream="0") as stream:
        assert frames.joined(stream.read_all()) == (b"past\n", b"")


def test_client_that_leaves_does_not_stop_the_container(engine):
    container = engine.run("sh", "-c", "while :; do echo tick; sleep 0.02; done", OpenStdin=True)
    for _ in range(3):
        with attached(engine, container) as stream:
            stream.read(10)
    count = len(engine.logs(container)[0])
    until(lambda: len(engine.logs(container)[0]) > count, "it does not go on")
    assert engine.inspect(container)["State"]["Running"]


# With a terminal


@pytest.fixture
def terminal(engine):
    container = engine.create("sh", OpenStdin=True, Tty=True, AttachStdin=True, Env=["PS1=ready> "])
    with attached(engine, container) as stream:
        engine.start(container)
        stream.read_until(b"ready> ")
        yield container, stream


def test_terminal_echoes_and_edits_lines(terminal):
    _, stream = terminal
    stream.write(b"echo $((40 + 2))\n")
    assert b"\r\n42\r\n" in stream.read_until(b"42\r\n")
    stream.write(b"test -t 0 && test -t 1 && test -t 2 && echo all\n")
    stream.read_until(b"\nall\r\n")


def test_control_c_interrupts_and_control_d_ends(engine, terminal):
    container, stream = terminal
    stream.write(b"sleep 100\n")
    until(lambda: any("sleep 100" in line for line in engine.api.get(f"/containers/{container}/top").json["Processes"]
                      for line in line), "it does not sleep")
    stream.write(b"\x03")
    stream.read_until(b"ready> ")
    stream.write(b"\x04")
    stream.read_all()
    assert engine.wait(container) == 130


def test_resize_reaches_the_terminal(engine, terminal):
    container, stream = terminal
    assert engine.api.post(f"/containers/{container}/resize", h="33", w="101").status == 200
    stream.write(b"stty size\n")
    stream.read_until(b"33 101\r\n")


def test_resize_of_a_stopped_container_is_409(engine):
    container = engine.create("true", Tty=True)
    answer = engine.api.post(f"/containers/{container}/resize", h="1", w="1")
    assert answer.status == 409
    assert "is not running" in answer.message


@pytest.mark.parametrize("query", [{"h": "x", "w": "1"}, {"h": "1"}])
def test_resize_with_no_number_is_400(engine, query):
    container = engine.run("sleep", "60", Tty=True)
    assert engine.api.post(f"/containers/{container}/resize", **query).status == 400


def test_detach_keys_end_the_attachment_alone(engine, terminal):
    container, stream = terminal
    stream.write(b"\x10\x11")
    stream.read_all()
    assert engine.inspect(container)["State"]["Running"]


def test_detach_keys_of_ones_own(engine):
    container = engine.run("sh", OpenStdin=True, Tty=True, Env=["PS1=ready> "])
    with attached(engine, container, detachKeys="ctrl-a,x") as stream:
        stream.write(b"\x10\x11")
        stream.write(b"\x01x")
        stream.read_all()
    assert engine.inspect(container)["State"]["Running"]


def test_bad_detach_keys_are_400(engine):
    container = engine.run("sh", OpenStdin=True, Tty=True)
    answer = engine.api.post(f"/containers/{container}/attach", stream="1", stdin="1", detachKeys="ctrl-nothing")
    assert answer.status == 400
    assert b"nvalid detach keys (ctrl-nothing) provided" in answer.body


def test_docker_run_with_a_terminal(cli):
    """The real client under a real terminal of its own."""
    import os
    import pty

    ours, theirs = pty.openpty()
    with cli.start("run", "-it", "--rm", "--network", "none", "busybox", "sh", "-c", "tty; stty size; read x; echo \"<$x>\"",
                   stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True) as process:
        os.close(theirs)
        seen = b""
        while b"\n" not in seen.replace(b"/dev/pts/0\r\n", b""):
            seen += os.read(ours, 1000)
        os.write(ours, b"typed\n")
        while b"<typed>" not in seen:
            seen += os.read(ours, 1000)
        assert process.wait(20) == 0
    os.close(ours)
    assert b"/dev/pts/0" in seen


def test_attach_to_a_stopped_container(engine):
    container = engine.run("true", OpenStdin=True)
    engine.wait(container)
    with attached(engine, container, logs="1", stream="0") as stream:
        assert stream.status == 101


def test_attach_with_the_cli_and_its_exit_status(engine, cli):
    container = engine.run("sh", "-c", "read line; echo got $line; exit 9", OpenStdin=True, StdinOnce=True)
    done = cli("attach", container, input="this\n", check=False)
    assert (done.stdout, done.returncode) == ("got this\n", 9)


def test_sdk_attaches(engine, sdk):
    container = sdk.containers.create("busybox", ["sh", "-c", "echo from attach"], network_mode="none")
    stream = container.attach(stream=True)
    container.start()
    assert b"".join(stream) == b"from attach\n"


@pytest.mark.berthd
def test_resize_without_a_terminal_is_400(engine):
    container = engine.run("sleep", "60")
    answer = engine.api.post(f"/containers/{container}/resize", h="0", w="1")
    assert answer.status == 400 and "has no terminal" in answer.message, answer
    made = engine.api.post(f"/containers/{container}/exec", {"Cmd": ["sleep", "60"]}).json["Id"]
    engine.api.post(f"/exec/{made}/start", {"Detach": True})
    answer = engine.api.post(f"/exec/{made}/resize", h="1", w="1")
    assert answer.status == 400 and "has no terminal" in answer.message, answer
