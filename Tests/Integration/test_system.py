"""Ping, version, info and what the server does with requests that it cannot serve."""

import pytest
from harness.api import Api


def test_ping_tells_the_api_version_without_one_asked(engine):
    answer = engine.api.at(None).get("/_ping")
    assert (answer.status, answer.body) == (200, b"OK")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert tuple(map(int, answer.headers["API-Version"].split("."))) >= (1, 41)
    assert answer.headers["OSType"] == "linux"
    assert "no-cache" in answer.headers["Cache-Control"]


def test_ping_by_head_has_no_body(engine):
    answer = engine.api.at(None).request("HEAD", "/_ping")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["API-Version"]


def test_every_version_that_is_promised_answers(engine):
    newest = int(engine.api.at(None).get("/version").json["ApiVersion"].split(".")[1])
    for minor in range(24, newest + 1):
        answer = engine.api.at(f"1.{minor}").get("/version")
        assert answer.status == 200, (minor, answer)


def test_too_new_a_client_is_told_the_newest_version(engine):
    newest = engine.api.at(None).get("/version").json["ApiVersion"]
    answer = engine.api.at("1.99").get("/info")
    assert answer.status == 400
    assert answer.message == f"client version 1.99 is too new. Maximum supported API version is {newest}"


@pytest.mark.berthd
def test_the_newest_version_is_1_51(engine):
    assert engine.api.at(None).get("/version").json["ApiVersion"] == "1.51"


def test_too_old_a_client_is_told_the_oldest_version(engine):
    oldest = engine.api.at(None).get("/version").json["MinAPIVersion"]
    answer = engine.api.at("1.10").get("/info")
    assert answer.status == 400
    told = f"client version 1.10 is too old. Minimum supported API version is {oldest}, please upgrade your client"
    assert told in answer.body.decode()


def test_version_names_the_machine(engine):
    version = engine.api.get("/version").json
    assert version["Os"] == "linux"
    assert version["Arch"] in ("amd64", "arm64")
    with open("/proc/sys/kernel/osrelease") as file:
        assert version["KernelVersion"] == file.read().strip()
    assert version["Version"]
    assert any(component["Name"] for component in version["Components"])


def test_info_counts_containers_and_images(engine):
    running = engine.run("sleep", "60")
    engine.create("true")
    info = engine.api.get("/info").json
    assert (info["Containers"], info["ContainersRunning"], info["ContainersStopped"]) == (2, 1, 1)
    assert info["Images"] == 2
    assert info["DockerRootDir"] == str(engine.daemon.data_root)
    assert info["CgroupVersion"] in ("1", "2")
    assert {"bridge", "host", "null"} <= set(info["Plugins"]["Network"])
    assert "local" in info["Plugins"]["Volume"]
    assert info["MemTotal"] > 0 and info["NCPU"] > 0
    engine.stop(running)
    assert engine.api.get("/info").json["ContainersRunning"] == 0


def test_docker_info_and_version_print_the_server(cli):
    assert cli.out("info", "--format", "{{.OSType}} {{.LoggingDriver}}") == "linux json-file"
    assert cli.out("version", "--format", "{{.Server.Os}}") == "linux"


def test_sdk_negotiates_and_pings(sdk):
    assert sdk.ping() is True
    assert sdk.version()["Os"] == "linux"
    assert sdk.info()["OSType"] == "linux"


@pytest.mark.parametrize("path", ["/nowhere", "/containers", "/containers/x/y/z"])
def test_unknown_route_is_404_in_dockers_form(engine, path):
    answer = engine.api.get(path)
    assert (answer.status, answer.message) == (404, "page not found")


def test_known_path_with_another_method_is_refused(engine):
    assert engine.api.request("PUT", "/info").status in ((404,) if engine.daemon.name == "berthd" else (404, 405))


@pytest.mark.parametrize("path", ["/containers/create", "/networks/create", "/volumes/create"])
@pytest.mark.parametrize("body", ['{"Image": ', "[1, 2", "not json"])
def test_malformed_json_is_400(engine, path, body):
    answer = engine.api.request("POST", path, body, {"Content-Type": "application/json"})
    assert answer.status in ((400,) if engine.daemon.name == "berthd" else (400, 500)), answer
    assert answer.message


@pytest.mark.parametrize("path", ["/containers/create", "/networks/create"])
def test_field_of_the_wrong_type_is_400(engine, path):
    answer = engine.api.post(path, {"Image": {"not": "text"}, "Name": 7})
    assert answer.status in ((400,) if engine.daemon.name == "berthd" else (400, 500)), answer
    assert answer.message


def test_body_that_is_not_json_by_its_type_is_refused(engine):
    answer = engine.api.request("POST", "/containers/create", "Image=busybox", {"Content-Type": "text/plain"})
    assert answer.status in ((400,) if engine.daemon.name == "berthd" else (400, 500)), answer
    assert "application/json" in answer.message or "JSON" in answer.message


def test_unknown_fields_are_ignored(engine):
    container = engine.create("true", NotAField={"deep": [1]}, host={"NeitherThis": True})
    assert engine.inspect(container)["State"]["Status"] == "created"


@pytest.mark.berthd
def test_request_body_has_a_limit(engine):
    body = b'{"Image": "' + b"x" * (16 << 20) + b'"}'
    answer = engine.api.request("POST", "/containers/create", body, {"Content-Type": "application/json"})
    assert answer.status == 413, answer
    assert answer.message
    assert engine.api.get("/_ping").status == 200


@pytest.mark.berthd
@pytest.mark.parametrize("method, path, api", [
    ("POST", "/images/create?fromImage=busybox", "image pull"),
    ("POST", "/images/busybox/push", "push"),
    ("POST", "/build", "build"),
    ("POST", "/commit?container=x", "commit"),
    ("POST", "/swarm/init", "swarm"),
    ("GET", "/plugins", "plugin"),
])
def test_api_that_is_not_there_yet_is_501_and_names_itself(engine, method, path, api):
    answer = engine.api.request(method, path, "" if method == "POST" else None)
    assert answer.status == 501, answer
    assert any(word in answer.message.lower() for word in (api, path.split("?")[0].lower())), answer.message


def test_pipelined_and_kept_alive_requests_are_answered_in_order(engine):
    import socket

    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(5)
        sock.connect(str(engine.daemon.socket))
        request = b"GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n"
        sock.sendall(request * 2 + b"GET /_ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answered = b""
        while more := sock.recv(65536):
            answered += more
    assert answered.count(b"HTTP/1.1 200 OK") == 3


def test_a_client_that_goes_away_leaves_the_daemon_well(engine):
    for _ in range(20):
        connection, _ = engine.api.open("GET", "/events")
        connection.close()
    assert Api(str(engine.daemon.socket)).get("/_ping").status == 200


@pytest.mark.berthd
def test_info_counts_descriptors_threads_and_listeners(engine):
    before = engine.api.get("/info").json
    assert before["NFd"] > 5 and before["NGoroutines"] > 3
    connection, response = engine.api.open("GET", "/events")
    assert response.status == 200
    during = engine.api.get("/info").json
    assert during["NEventsListener"] == before["NEventsListener"] + 1
    connection.close()
