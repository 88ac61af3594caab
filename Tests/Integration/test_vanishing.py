"""Clients that go away in the middle of every call that streams, from busy and from quiet containers."""

import json
import os
import random
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from harness.api import connect

#: In the suite; BERTH_TEST_LONG has 20,000 of them.
CLIENTS = 20_000 if os.environ.get("BERTH_TEST_LONG") else 1_200
AT_ONCE = 32
BUSY = ("sh", "-c", "while :; do echo line of a busy container; done")
QUIET = ("sleep", "1000")


def request(method, path, body=None, upgrade=False):
    text = json.dumps(body).encode() if body is not None else b""
    lines = [f"{method} /v1.41{path} HTTP/1.1", "Host: docker"]
    lines += ["Content-Type: application/json", f"Content-Length: {len(text)}"] if body is not None else []
    lines += ["Connection: Upgrade", "Upgrade: tcp"] if upgrade else []
    return "\r\n".join([*lines, "", ""]).encode() + text


def calls(engine, busy, quiet, waiting):
    """What streams, each as a function that gives a request."""
    streams = "stream=1&stdin=1&stdout=1&stderr=1"

    def exec_of(container, *command, **config):
        made = engine.api.post(f"/containers/{container}/exec", {
            "AttachStdout": True, "AttachStderr": True, "Cmd": list(command), **config})
        return request("POST", f"/exec/{made.json['Id']}/start", {"Tty": config.get("Tty", False)}, upgrade=True)

    return {
        "attach to a busy one": lambda: request("POST", f"/containers/{busy}/attach?{streams}", upgrade=True),
        "attach to a quiet one": lambda: request("POST", f"/containers/{quiet}/attach?{streams}", upgrade=True),
        "attach with logs": lambda: request("POST", f"/containers/{busy}/attach?logs=1&{streams}"),
        "attach before the start": lambda: request("POST", f"/containers/{waiting}/attach?{streams}", upgrade=True),
        "logs of a busy one": lambda: request("GET", f"/containers/{busy}/logs?stdout=1&stderr=1"),
        "logs -f of a busy one": lambda: request("GET", f"/containers/{busy}/logs?follow=1&stdout=1&stderr=1"),
        "logs -f of a busy one's end": lambda: request("GET", f"/containers/{busy}/logs?follow=1&tail=1&stdout=1"),
        "logs -f of a quiet one": lambda: request("GET", f"/containers/{quiet}/logs?follow=1&stdout=1&stderr=1"),
        "events": lambda: request("GET", "/events"),
        "events since": lambda: request("GET", "/events?since=0"),
        "wait": lambda: request("POST", f"/containers/{quiet}/wait"),
        "wait for the removal": lambda: request("POST", f"/containers/{quiet}/wait?condition=removed"),
        "short exec": lambda: exec_of(quiet, "echo", "hello"),
        "exec that talks": lambda: exec_of(quiet, "sh", "-c", "head -c 300000 /dev/zero"),
        "exec with a terminal": lambda: exec_of(quiet, "sh", "-c", "echo a; sleep 0.2", AttachStdin=True, Tty=True),
        "exec that reads": lambda: exec_of(quiet, "cat", AttachStdin=True),
    }


def vanish(path, text, how):
    """Opens, sends, and is gone, in one of several ways."""
    with connect(path, 30) as sock:
        if how == "in the middle of the request":
            sock.sendall(text[: random.randrange(1, len(text))])
            return
        sock.sendall(text)
        if how == "at once":
            return
        if how == "half":
            sock.shutdown(socket.SHUT_WR)
        if how == "after the head":
            sock.recv(20)
        if how == "lazily":
            sock.settimeout(0.05)
            try:
                sock.recv(1, socket.MSG_PEEK)
            except TimeoutError:
                pass
            time.sleep(random.random() / 20)
        if how == "after some output":
            sock.settimeout(0.05)
            try:
                for _ in range(random.randrange(1, 20)):
                    if not sock.recv(65536):
                        break
            except TimeoutError:
                pass


WAYS = ("at once", "half", "after the head", "lazily", "after some output", "in the middle of the request")


def size(pid):
    """(descriptors, threads, resident MB)."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return (len(os.listdir(f"/proc/{pid}/fd")), int(status["Threads"]), int(status["VmRSS"].split()[0]) // 1024)


def settled(pid, descriptors, seconds=30):
    """The sizes when there are no more descriptors than that, or after the seconds."""
    deadline = time.monotonic() + seconds
    while (now := size(pid))[0] > descriptors and time.monotonic() < deadline:
        time.sleep(0.05)
    return now


@pytest.mark.berthd
@pytest.mark.timeout(3600 if os.environ.get("BERTH_TEST_LONG") else 180)
def test_thousands_that_vanish_leave_nothing(engine):
    busy, quiet = engine.run(*BUSY, OpenStdin=True, host={"LogConfig": {"Config": {"max-size": "1m"}}}), engine.run(*QUIET)
    kinds = calls(engine, busy, quiet, engine.create("cat", OpenStdin=True))
    pid = engine.daemon.pid
    ordinary = size(pid)[0]

    def one(number):
        random.seed(number)
        name = list(kinds)[number % len(kinds)]
        try:
            vanish(engine.api.path, kinds[name](), random.choice(WAYS))
        except (BrokenPipeError, ConnectionResetError):
            pass  # answered before all was sent

    sizes = [size(pid)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for part in range(4):
            for _ in pool.map(one, range(part * CLIENTS // 4, (part + 1) * CLIENTS // 4)):
                pass
            assert engine.daemon.process.poll() is None, engine.daemon.log_tail()
            sizes.append(settled(pid, ordinary + 4))
    print("descriptors, threads, MB:", *sizes)
    assert engine.daemon.answers() and engine.daemon.pid == pid
    assert sizes[-1][0] <= ordinary + 4, sizes
    # What an allocator keeps is no leak; what grows with every part is one.
    assert sizes[-1][2] - sizes[1][2] < 48, sizes
    assert engine.inspect(busy)["State"]["Running"] and engine.inspect(quiet)["State"]["Running"]
    assert engine.execute(quiet, "echo", "still here") == (0, "still here\n", "")


@pytest.mark.berthd
@pytest.mark.timeout(180)
@pytest.mark.parametrize("pause", ["", "usleep 100000;"], ids=["without pause", "in bursts"])
@pytest.mark.parametrize("lazy", [False, True], ids=["readers that keep up", "readers that do not read"])
def test_followers_of_a_busy_log_may_leave(engine, pause, lazy):
    container = engine.run("sh", "-c", f"while :; do for i in 1 2 3 4 5 6 7 8 9 10; do echo $i; done; {pause} done",
                           host={"LogConfig": {"Config": {"max-size": "1m"}}})
    for _ in range(15):
        readers = []
        for _ in range(2):
            sock = connect(engine.api.path, 10)
            sock.sendall(request("GET", f"/containers/{container}/logs?follow=1&stdout=1"))
            readers.append(sock)
        for sock in readers:
            for _ in range(1 if lazy else 2 if pause else 20):
                sock.recv(4096)
        for sock in readers:
            sock.close()
        assert engine.daemon.process.poll() is None, engine.daemon.log_tail()
    assert engine.daemon.answers()


@pytest.mark.berthd
def test_docker_logs_that_is_killed(engine, cli):
    container = engine.run(*BUSY, host={"LogConfig": {"Config": {"max-size": "1m"}}})
    for _ in range(5):
        with cli.start("logs", "-f", container, stdout=subprocess.PIPE) as process:
            process.stdout.read(10_000)
            process.kill()
    assert engine.daemon.process.poll() is None and engine.daemon.answers()
