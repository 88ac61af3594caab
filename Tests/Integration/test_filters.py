"""What filters of lists mean, and which columns top shows."""

import pytest


def named(engine, path, key, **filters):
    listed = engine.api.get(path, filters=filters).json
    return {each["Name"] for each in (listed[key] or [] if key else listed)}


NAMES = [
    (["net"], {"net", "netting", "my-net"}), (["^net$"], {"net"}), (["^net"], {"net", "netting"}),
    (["net$"], {"net", "my-net"}), (["n.t{2}ing"], {"netting"}), (["^my", "ting$"], {"my-net", "netting"}),
    (["absent"], set()),
]


@pytest.mark.parametrize("patterns, expected", NAMES)
def test_name_of_a_network_is_a_regular_expression(engine, patterns, expected):
    for number, name in enumerate(("net", "netting", "my-net")):
        engine.network(name, f"10.97.{number}.0/24")
    assert named(engine, "/networks", None, name=patterns) == expected


@pytest.mark.parametrize("patterns, expected", NAMES)
def test_name_of_a_volume_is_a_regular_expression(engine, patterns, expected):
    for name in ("net", "netting", "my-net"):
        assert engine.api.post("/volumes/create", {"Name": name}).status == 201
    assert named(engine, "/volumes", "Volumes", name=patterns) == expected


@pytest.mark.parametrize("filters, found", [
    ({"health": ["none"]}, True), ({"health": ["healthy"]}, False), ({"health": ["starting", "unhealthy"]}, False),
    ({"health": ["healthy", "none"]}, True), ({"is-task": ["false"]}, True), ({"is-task": ["true"]}, False),
])
def test_health_is_none_and_nothing_is_a_task(engine, filters, found):
    container = engine.run("sleep", "60")
    listed = engine.api.get("/containers/json", filters=filters).json
    assert [each["Id"] for each in listed] == ([container] if found else [])


@pytest.mark.berthd
@pytest.mark.parametrize("filters, text", [
    ({"health": ["well"]}, "Unrecognised filter value for health: well"),
    ({"is-task": ["maybe"]}, "invalid filter 'is-task=maybe'"),
])
def test_bad_values_are_400(engine, filters, text):
    answer = engine.api.get("/containers/json", filters=filters)
    assert (answer.status, answer.message) == (400, text)


def test_container_that_nobody_checks_is_not_healthy(engine):
    engine.run("sleep", "60", Healthcheck={"Test": ["CMD", "false"], "Interval": 3600_000_000_000})
    assert engine.api.get("/containers/json", filters={"health": ["healthy"]}).json == []


@pytest.mark.berthd
@pytest.mark.parametrize("test, warns", [(["CMD", "true"], True), (["NONE"], False), (None, False)])
def test_health_check_that_is_not_run_is_warned_of(engine, test, warns):
    body = {"Image": "busybox", "Cmd": ["true"], "HostConfig": {"NetworkMode": "none"}}
    if test:
        body["Healthcheck"] = {"Test": test}
    answer = engine.api.post("/containers/create", body)
    assert answer.status == 201, answer
    assert any("health check" in warning for warning in answer.json["Warnings"] or []) == warns


# Top


@pytest.mark.parametrize("arguments, titles", [
    ("", ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"]),
    ("-ef", ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"]),
    ("aux", ["USER", "PID", "%CPU", "%MEM", "VSZ", "RSS", "TTY", "STAT", "START", "TIME", "COMMAND"]),
    ("-o pid,user,comm", ["PID", "USER", "COMMAND"]),
    ("-eo pid,ppid,pcpu,pmem,etime,args", ["PID", "PPID", "%CPU", "%MEM", "ELAPSED", "COMMAND"]),
    ("axo pid,stat,rss -o nlwp", ["PID", "STAT", "RSS", "NLWP"]),
])
def test_top_shows_the_columns_asked_for(engine, arguments, titles):
    container = engine.run("sleep", "61")
    answer = engine.api.get(f"/containers/{container}/top", **({"ps_args": arguments} if arguments else {}))
    assert answer.status == 200, answer
    assert answer.json["Titles"] == titles
    (row,) = answer.json["Processes"]
    shown = dict(zip(titles, row))
    assert shown["PID"] == str(engine.pid(container))
    assert len(row) == len(titles) and all(row), row
    for title, values in {
        "UID": ["root"], "USER": ["root"], "TTY": ["?"], "CMD": ["sleep 61"], "COMMAND": ["sleep 61", "sleep"],
    }.items():
        assert title not in shown or shown[title] in values


def test_top_without_a_column_for_the_pid_is_500(engine):
    container = engine.run("sleep", "61")
    answer = engine.api.get(f"/containers/{container}/top", ps_args="-o comm")
    assert answer.status == 500
    assert "Couldn't find PID field in ps output" in answer.message


@pytest.mark.berthd
@pytest.mark.parametrize("arguments, status", [
    ("-o pid,nonsense", 501), ("-Q", 501), ("--forest", 501), ("-o", 501), ("-o pid,comm=NAME", 400),
])
def test_top_with_arguments_that_are_not_there_says_so(engine, arguments, status):
    container = engine.run("sleep", "61")
    answer = engine.api.get(f"/containers/{container}/top", ps_args=arguments)
    assert answer.status == status, answer
