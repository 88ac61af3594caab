"""Edges of HTTP and of what clients send: how connections end, requests cut off, names of fields, times of events."""

import json
import os
import resource
import signal
import socket
import time

import pytest
from harness import frames
from harness.api import Api, connect


def raw(engine, request, ends_sending=False):
    """Sends a request as it stands: the answer's head and body, once the daemon has ended the connection."""
    with connect(engine.api.path, 10) as sock:
        sock.sendall(request.encode())
        if ends_sending:
            sock.shutdown(socket.SHUT_WR)
        data = b""
        while more := sock.recv(65536):
            data += more
    head, body = data.split(b"\r\n\r\n", 1)
    return head.decode(), body


# How connections end


@pytest.mark.parametrize("value", ["close", "Close", "CLOSE"])
def test_connection_ends_after_the_answer_when_the_client_says_so(engine, value):
    head, body = raw(engine, f"GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: {value}\r\n\r\n")
    assert head.startswith("HTTP/1.1 200 ")
    assert body == b"OK"


@pytest.mark.berthd
def test_http_1_0_gets_its_answers_without_chunks(engine):
    container = engine.run("sh", "-c", "echo out; exit 3")
    head, body = raw(engine, f"POST /containers/{container}/wait HTTP/1.0\r\n\r\n")
    assert head.startswith("HTTP/1.0 200 ") and "transfer-encoding" not in head.lower()
    assert json.loads(body)["StatusCode"] == 3
    head, body = raw(engine, f"GET /containers/{container}/logs?stdout=1 HTTP/1.0\r\n\r\n")
    assert head.startswith("HTTP/1.0 200 ") and "transfer-encoding" not in head.lower()
    assert frames.joined(body) == (b"out\n", b"")
    head, body = raw(engine, "GET /_ping HTTP/1.0\r\n\r\n")
    assert head.startswith("HTTP/1.0 200 ")
    assert body == b"OK"


@pytest.mark.berthd
def test_detached_exec_is_started_over_a_connection_that_asks_for_an_upgrade(engine):
    container = engine.run("sleep", "60")
    run = engine.api.post(f"/containers/{container}/exec", {"Cmd": ["true"]}).json["Id"]
    body = '{"Detach": true}'
    head, _ = raw(
        engine,
        f"POST /exec/{run}/start HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}")
    assert head.startswith("HTTP/1.1 200 ")
    deadline = time.monotonic() + 5
    while engine.api.get(f"/exec/{run}/json").json["ExitCode"] is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert engine.api.get(f"/exec/{run}/json").json["ExitCode"] == 0


@pytest.mark.berthd
@pytest.mark.parametrize("request_text, status, wanted", [
    ("GET /_ping HTTP/1.1\r\nHost docker\r\n\r\n", 400, "malformed HTTP request"),
    ("NONSENSE\r\n\r\n", 400, "malformed HTTP request"),
    ("GET /_ping HTTP/9.9\r\nHost: docker\r\n\r\n", 400, "malformed HTTP request"),
    ("GET /_ping HTTP/1.1\r\nHost: docker\r\nContent-Length: x\r\n\r\n", 400, "malformed HTTP request"),
    ("POST /containers/create HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\n"
     "Content-Length: 9223372036854775807\r\n\r\n{}", 413, "larger than"),
    ("POST /containers/create HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\n"
     "Content-Length: 99999999\r\n\r\n{}", 413, "larger than"),
])
def test_what_is_no_request_gets_one_answer_in_dockers_form(engine, request_text, status, wanted):
    head, body = raw(engine, request_text, ends_sending=True)
    assert head.startswith(f"HTTP/1.1 {status} "), head
    assert b"HTTP/1.1" not in body, body
    assert wanted in json.loads(body)["message"] and "application/json" in head


@pytest.mark.berthd
def test_broken_rest_of_a_request_that_was_answered_gets_no_second_answer(engine):
    head, body = raw(
        engine, "GET /_ping HTTP/1.1\r\nHost: docker\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nnonsense\r\n\r\n",
        ends_sending=True)
    assert head.startswith(("HTTP/1.1 200 ", "HTTP/1.1 400 "))
    assert b"HTTP/1.1" not in body


@pytest.mark.parametrize("path, clean", [
    ("//v1.41/info?x=1", "/v1.41/info?x=1"), ("/v1.41//containers//json", "/v1.41/containers/json"), ("/./_ping", "/_ping"),
    ("/v1.41/../_ping", "/_ping"), ("//", "/")])
def test_path_that_is_not_clean_is_redirected(engine, path, clean):
    with connect(engine.api.path, 10) as sock:
        sock.sendall(f"GET {path} HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n".encode())
        data = b""
        while more := sock.recv(65536):
            data += more
    head = data.split(b"\r\n\r\n")[0].decode()
    assert head.startswith("HTTP/1.1 301 ")
    assert f"\r\nlocation: {clean}\r\n" in head.replace("Location", "location") + "\r\n"


@pytest.mark.parametrize("path", ["/containers/json/", "/v1.41/_ping/", "/v1.41/"])
def test_path_with_a_slash_at_its_end_is_another_one(engine, path):
    answer = Api(engine.api.path, None).get(path)
    assert (answer.status, answer.message) == (404, "page not found")


# Connections in numbers


@pytest.mark.berthd
def test_without_descriptors_the_daemon_rests_says_so_and_goes_on(own_engine):
    engine = own_engine(images=False)
    pid = engine.daemon.pid

    def used():
        fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    limit = len(os.listdir(f"/proc/{pid}/fd")) + 50
    former = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (limit, former[1]))
    idle = [connect(engine.api.path, 10) for _ in range(100)]
    deadline = time.monotonic() + 20
    while "clients wait" not in engine.daemon.log_tail():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    before, began = used(), time.monotonic()
    time.sleep(2)
    assert (used() - before) / (time.monotonic() - began) < 0.2
    assert engine.daemon.log.read_text().count("clients wait") == 1
    for sock in idle:
        sock.close()
    engine.daemon.await_answer()
    while "served again" not in engine.daemon.log_tail():
        assert time.monotonic() < deadline + 20
        time.sleep(0.05)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, former)


@pytest.mark.berthd
def test_thousands_may_wait_to_be_taken(own_engine):
    """While the daemon is stopped, which a busy machine may do to it for long."""
    wanted = min(3000, int(open("/proc/sys/net/core/somaxconn").read()) - 10)
    engine = own_engine(images=False)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, wanted + 500)), hard))
    waiting = []
    engine.daemon.signal(signal.SIGSTOP)
    try:
        for _ in range(wanted):
            sock = socket.socket(socket.AF_UNIX)
            waiting.append(sock)
            sock.setblocking(False)
            sock.connect(engine.api.path)
    finally:
        engine.daemon.signal(signal.SIGCONT)
        for sock in waiting:
            sock.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    engine.daemon.await_answer()


# Bodies


@pytest.mark.berthd
@pytest.mark.parametrize("rest", [
    'Content-Length: 100\r\n\r\n{"Image": "busy', 'Transfer-Encoding: chunked\r\n\r\n20\r\n{"Image": "busy',
], ids=["with-length", "chunked"])
def test_body_that_is_cut_off_is_400(engine, rest):
    request = "POST /containers/create HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\n" + rest
    with connect(engine.api.path, 10) as sock:
        sock.sendall(request.encode())
        sock.shutdown(socket.SHUT_WR)
        data = b""
        while b"EOF" not in data and (more := sock.recv(65536)):
            data += more
    assert data.startswith(b"HTTP/1.1 400 "), data
    assert b'{"message":"invalid JSON: unexpected EOF"}' in data


def test_case_of_field_names_does_not_matter_and_that_of_labels_does(engine):
    answer = engine.api.post("/containers/create", {
        "image": "busybox:latest", "CMD": ["true"], "labels": {"Image": "a", "image": "b"},
        "hostConfig": {"networkmode": "none", "portBindings": {"80/tcp": [{"hostport": "8080"}]}}})
    assert answer.status == 201, answer
    shown = engine.inspect(answer.json["Id"])
    assert shown["Config"]["Image"] == "busybox:latest"
    assert shown["Config"]["Cmd"] == ["true"]
    assert shown["Config"]["Labels"].items() >= {"Image": "a", "image": "b"}.items()
    assert shown["HostConfig"]["NetworkMode"] == "none"
    assert shown["HostConfig"]["PortBindings"]["80/tcp"][0]["HostPort"] == "8080"


@pytest.mark.berthd
def test_sdk_chooses_the_detach_keys_of_an_exec(engine, sdk):
    container = engine.run("sleep", "60")
    run = sdk.api.exec_create(container, ["cat"], stdin=True, tty=True, detach_keys="ctrl-a,x")["Id"]
    with engine.api.hijack(f"/exec/{run}/start", {"Tty": True}) as stream:
        stream.write(b"\x01x")
        stream.read_all()
    assert engine.api.get(f"/exec/{run}/json").json["Running"]


@pytest.mark.berthd
@pytest.mark.parametrize("version", ["1.24", "1.41", "1.45", "1.51"])
def test_images_show_a_container_config_to_clients_that_look_for_it(engine, version):
    shown = engine.api.at(version).get("/images/busybox:latest/json").json
    assert not shown["ContainerConfig"]["Volumes"]


# Events


def past(engine, **query):
    return [json.loads(line) for line in engine.api.get("/events", **query).body.splitlines()]


def now():
    return f"{time.time():.9f}"


def test_end_alone_gives_all_events_up_to_it(engine):
    container = engine.create("true")
    end = now()
    engine.remove(container)
    told = [event["Action"] for event in past(engine, until=end, filters={"container": [container]})]
    assert told == ["create"]


def test_beginning_after_the_end_is_400(engine):
    answer = engine.api.get("/events", since="200", until="100")
    assert answer.status == 400
    assert answer.message == "`since` time (200) cannot be after `until` time (100)"


@pytest.mark.parametrize("image, found", [
    ("busybox", True), ("busybox:latest", True), ("busybox:other", False), ("fixture", False), ("busy", False),
])
def test_image_filter_takes_the_name_with_or_without_its_tag(engine, image, found):
    since = now()
    container = engine.create("true")
    told = [event["Actor"]["ID"] for event in past(engine, since=since, until=now(), filters={"image": [image]})]
    assert told == ([container] if found else [])


def test_prunes_are_told_with_what_they_won_back(engine):
    since = now()
    container = engine.run("sh", "-c", "head -c 100000 /dev/zero > /file")
    engine.wait(container)
    engine.network("pruned")
    for kind in ("containers", "networks", "volumes", "images"):
        assert engine.api.post(f"/{kind}/prune").status == 200
    told = past(engine, since=since, until=now(), filters={"event": ["prune"]})
    assert [event["Type"] for event in told] == ["container", "network", "volume", "image"]
    reclaimed = [int(event["Actor"]["Attributes"]["reclaimed"]) for event in told]
    assert reclaimed[0] >= 100_000 and reclaimed[1] == 0
    assert all(event["Action"] == "prune" and event["Actor"]["ID"] == "" for event in told)
