"""Requests that come at the same time: none is lost, and none holds up the others."""

import contextlib
import os
import threading
import time

import pytest
from harness.api import connect
from harness.waiting import until


def together(*calls):
    """Runs the calls on threads of their own and returns what they returned, in their order."""
    results = [None] * len(calls)

    def run(index, call):
        results[index] = call()

    threads = [threading.Thread(target=run, args=(index, call)) for index, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return results


def test_tags_given_at_once_are_all_kept(engine):
    names = [f"at-once-{number}" for number in range(8)]
    try:
        answers = together(*(
            lambda name=name: engine.api.post("/images/busybox/tag", repo=name, tag="1") for name in names))
        assert [answer.status for answer in answers] == [201] * len(names)
        tags = engine.api.get("/images/busybox/json").json["RepoTags"]
        assert set(tags) == {"busybox:latest"} | {f"{name}:1" for name in names}
    finally:
        for name in names:
            engine.api.delete(f"/images/{name}:1")
    assert engine.api.get("/images/busybox/json").json["RepoTags"] == ["busybox:latest"]


def test_network_is_there_or_gone_when_it_is_removed_while_it_is_made(engine):
    for number in range(5):
        made = threading.Event()

        def create():
            answer = engine.api.post("/networks/create", {"Name": "hasty", "CheckDuplicate": True})
            made.set()
            return answer

        def remove():
            while not made.is_set():
                if engine.api.delete("/networks/hasty").status == 204:
                    return True
            return False

        answer, isGone = together(create, remove)
        assert answer.status == 201, answer
        if not isGone:
            assert engine.out("echo here", host={"NetworkMode": "hasty"}) == "here"
            assert engine.api.delete("/networks/hasty").status == 204
        assert engine.api.get("/networks/hasty").status == 404


def test_port_goes_from_one_container_to_the_next(engine):
    def publishing():
        return engine.create("sleep", "60", ExposedPorts={"80/tcp": {}}, host={
            "NetworkMode": "bridge", "PortBindings": {"80/tcp": [{"HostPort": "8095"}]}})

    holder, next_one = publishing(), publishing()
    engine.start(holder)
    for _ in range(4):
        def start():
            deadline = time.monotonic() + 10
            while (answer := engine.api.post(f"/containers/{next_one}/start")).status != 204:
                assert "already" in answer.message, answer
                assert time.monotonic() < deadline
            return answer

        assert together(lambda: engine.stop(holder), start)[1] is not None
        holder, next_one = next_one, holder


@pytest.mark.berthd
def test_port_that_is_picked_is_not_one_that_the_same_container_names(engine):
    def ports(*wanted):
        container = engine.run("true", host={"NetworkMode": "bridge", "PortBindings": {
            f"{80 + index}/tcp": [{"HostPort": port}] for index, port in enumerate(wanted)}})
        engine.wait(container)
        return container

    first = engine.run("sleep", "60", host={"NetworkMode": "bridge", "PortBindings": {"80/tcp": [{"HostPort": ""}]}})
    picked, *_ = engine.inspect(first)["NetworkSettings"]["Ports"]["80/tcp"]
    ports("", str(int(picked["HostPort"]) + 1))


def sockets(engine):
    """How many the daemon has open."""
    folder = f"/proc/{engine.daemon.pid}/fd"
    found = 0
    for number in os.listdir(folder):
        with contextlib.suppress(FileNotFoundError):
            found += os.readlink(f"{folder}/{number}").startswith("socket:")
    return found


@pytest.mark.berthd
def test_uploads_that_stall_hold_up_nothing_else(engine):
    head = b"POST /v1.41/images/load HTTP/1.1\r\nHost: docker\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
    before = sockets(engine)
    uploads = [connect(str(engine.daemon.socket), 10) for _ in range(24)]
    try:
        for upload in uploads:
            upload.sendall(head)
        until(lambda: sockets(engine) >= before + len(uploads), "they are not let in")
        assert engine.out("echo fine") == "fine"  # it would wait for as long as they do
    finally:
        for upload in uploads:
            upload.close()
