"""Logs: the json-file format, and reading it by count, by time and as it grows."""

import hashlib
import json
import re
import time

import pytest
from harness import frames


def test_both_streams_keep_their_bytes_and_their_order(engine):
    container = engine.run("sh", "-c", "for i in 1 2 3; do echo out $i; sleep 0.02; echo err $i >&2; sleep 0.02; done")
    engine.wait(container)
    body = engine.api.get(f"/containers/{container}/logs", stdout="1", stderr="1").body
    assert frames.split(body) == [
        (stream, f"{name} {i}\n".encode()) for i in (1, 2, 3) for stream, name in ((1, "out"), (2, "err"))]
    assert engine.logs(container, stderr="0") == ("out 1\nout 2\nout 3\n", "")
    assert engine.logs(container, stdout="0") == ("", "err 1\nerr 2\nerr 3\n")


def test_neither_stream_is_400(engine):
    container = engine.create("true")
    path = f"/containers/{container}/logs"
    answer = engine.api.get(path)
    assert (answer.status, answer.message) == (400, "Bad parameters: you must choose at least one stream")
    if engine.daemon.name == "berthd":
        newest = "must specify at least one of 'stdout' or 'stderr'"
        assert engine.api.at("1.51").get(path).message == engine.api.at(None).get(path).message == newest


def test_line_without_an_end_and_empty_lines(engine):
    container = engine.run("sh", "-c", r"printf 'a\n\nb'")
    engine.wait(container)
    assert engine.logs(container)[0] == "a\n\nb"


def test_bytes_that_are_not_text(engine):
    container = engine.run("sh", "-c", r"""printf '\001\033[1m\t"\\ \303\251\n'""")
    engine.wait(container)
    assert engine.logs(container)[0] == "\x01\x1b[1m\t\"\\ é\n"


def test_terminal_output_is_raw(engine):
    container = engine.run("sh", "-c", "echo one; echo two >&2", Tty=True)
    engine.wait(container)
    assert engine.api.get(f"/containers/{container}/logs", stdout="1", stderr="1").body == b"one\r\ntwo\r\n"


@pytest.fixture
def ten(engine):
    container = engine.run("sh", "-c", "for i in 0 1 2 3 4 5 6 7 8 9; do echo $i; sleep 0.03; done")
    engine.wait(container)
    return container


@pytest.mark.parametrize("tail, expected", [("3", "7\n8\n9\n"), ("0", ""), ("100", None), ("all", None), ("nonsense", None)])
def test_tail(engine, ten, tail, expected):
    everything = "".join(f"{i}\n" for i in range(10))
    assert engine.logs(ten, tail=tail)[0] == (everything if expected is None else expected)


def test_timestamps_since_and_until(engine, ten):
    lines = engine.logs(ten, timestamps="1")[0].splitlines()
    assert len(lines) == 10
    stamps = [line.split()[0] for line in lines]
    for stamp in stamps:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", stamp)
    assert stamps == sorted(stamps)

    import datetime

    def unix(stamp):
        seconds = datetime.datetime.fromisoformat(stamp[:19] + "+00:00").timestamp()
        return f"{int(seconds)}.{stamp[20:29]}"

    assert engine.logs(ten, since=unix(stamps[6]))[0] == "6\n7\n8\n9\n"
    assert engine.logs(ten, until=unix(stamps[2]))[0] in ("0\n1\n", "0\n1\n2\n")


def test_follow_goes_on_until_the_end(engine):
    container = engine.run("sh", "-c", "echo before; sleep 0.5; echo after")
    began = time.monotonic()
    connection, response = engine.api.open(
        "GET", f"/containers/{container}/logs", stdout="1", follow="1", timeout=10)
    assert frames.joined(response.read()) == (b"before\nafter\n", b"")
    assert time.monotonic() - began < 5
    connection.close()


def test_follow_delivers_each_line_when_it_comes(engine):
    container = engine.run("sh", "-c", "while read line; do echo got $line; done", OpenStdin=True)
    connection, response = engine.api.open("GET", f"/containers/{container}/logs", stdout="1", follow="1", timeout=10)
    with engine.api.hijack(f"/containers/{container}/attach", stream="1", stdin="1") as stdin:
        for word in (b"one", b"two"):
            stdin.write(word + b"\n")
            head = response.read(8)
            assert response.read(head[7]) == b"got " + word + b"\n"
    connection.close()


def test_follow_of_a_stopped_container_ends(engine, ten):
    assert engine.logs(ten, follow="1", tail="1") == ("9\n", "")


def test_follow_of_a_created_container_ends_as_dockers_does(engine):
    assert engine.logs(engine.create("echo", "later"), follow="1") == ("", "")


def test_docker_logs(engine, cli):
    container = engine.run("sh", "-c", "echo to out; echo to err >&2")
    engine.wait(container)
    done = cli("logs", container)
    assert (done.stdout, done.stderr) == ("to out\n", "to err\n")
    assert re.fullmatch(r"\S+Z to out\n", cli("logs", "-t", container).stdout)


def test_log_file_has_dockers_json_format(engine):
    container = engine.run("sh", "-c", "echo line; printf tail >&2")
    engine.wait(container)
    path = engine.inspect(container)["LogPath"]
    assert path.startswith(str(engine.daemon.data_root)) and path.endswith(f"{container}-json.log")
    with open(path) as file:
        entries = [json.loads(line) for line in file]
    assert sorted((each["log"], each["stream"]) for each in entries) == [("line\n", "stdout"), ("tail", "stderr")]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]{8}\.\d+Z", each["time"]) for each in entries)


def test_rotation_by_size_keeps_the_newest_files(engine):
    container = engine.run(
        "sh", "-c", "i=0; while [ $i -lt 2000 ]; do echo line number $i; i=$((i+1)); done",
        host={"LogConfig": {"Type": "json-file", "Config": {"max-size": "20k", "max-file": "3"}}})
    engine.wait(container)
    path = engine.inspect(container)["LogPath"]
    import glob
    import os

    files = glob.glob(path + "*")
    assert len(files) == 3, files
    assert all(os.stat(file).st_size < 21_000 for file in files)
    lines = engine.logs(container)[0].splitlines()
    assert lines[-1] == "line number 1999"
    first = int(lines[0].split()[-1])
    assert [f"line number {i}" for i in range(first, 2000)] == lines
    assert engine.logs(container, tail="5")[0].splitlines() == lines[-5:]


@pytest.mark.parametrize("driver, config, text", [
    pytest.param("nosuch", {}, "nosuch", marks=pytest.mark.berthd),
    ("json-file", {"max-size": "many"}, "many"),
    ("json-file", {"unknown-option": "1"}, "unknown"),
])
def test_bad_log_options_are_refused(engine, driver, config, text):
    answer = engine.api.post("/containers/create", {
        "Image": "busybox", "Cmd": ["true"],
        "HostConfig": {"NetworkMode": "none", "LogConfig": {"Type": driver, "Config": config}}})
    if answer.status == 201:  # Docker finds some of these only at the start
        answer = engine.api.post(f"/containers/{answer.json['Id']}/start")
    assert answer.status in ((400,) if engine.daemon.name == "berthd" else (400, 500)), answer
    assert text in answer.message


def test_log_driver_none_keeps_nothing(engine):
    container = engine.run("echo", "unseen", host={"LogConfig": {"Type": "none"}})
    engine.wait(container)
    answer = engine.api.get(f"/containers/{container}/logs", stdout="1")
    assert answer.status in ((501,) if engine.daemon.name == "berthd" else (400, 500, 501)), answer
    assert "configured logging driver does not support reading" in answer.body.decode()


def test_big_output_is_kept_byte_for_byte(engine):
    """20 MB of lines short and long, some of them longer than any buffer."""
    line = "a line of text that is repeated " * 6
    container = engine.run(
        "sh", "-c", "for i in 1 2 3 4 5; do head -c 3000000 /dev/zero | tr '\\0' x; echo; "
        f"yes '{line}' | head -n 5000; done | tee /copy; md5sum /copy >&2")
    assert engine.wait(container) == 0
    engine.wait(container)
    body = engine.api.get(f"/containers/{container}/logs", stdout="1", stderr="1", timeout=60).body
    out, err = frames.joined(body)
    assert len(out) == 5 * (3_000_001 + 5_000 * (len(line) + 1))
    assert hashlib.md5(out).hexdigest() == err.decode().split()[0]
