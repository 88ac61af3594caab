"""Numbers and times far out of the ordinary are answered: with what is nearest to them, or with a clear 400."""

import signal

import pytest

#: Ends on SIGTERM at once.
OBEDIENT = ("sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.02; done")


@pytest.mark.berthd
@pytest.mark.parametrize("seconds", ["20000000000", "9223372036854775807"])
def test_stop_with_a_timeout_of_centuries(engine, seconds):
    container = engine.run(*OBEDIENT)
    engine.await_trap(container, signal.SIGTERM)
    assert engine.api.post(f"/containers/{container}/stop", t=seconds).status == 204
    assert engine.wait(container) == 0


@pytest.mark.berthd
def test_restart_with_a_timeout_of_centuries(engine):
    container = engine.run(*OBEDIENT, StopTimeout=20000000000)
    engine.await_trap(container, signal.SIGTERM)
    assert engine.api.post(f"/containers/{container}/restart").status == 204
    assert engine.inspect(container)["State"]["Running"]


@pytest.mark.berthd
@pytest.mark.parametrize("until", ["nan", "inf", "-inf", "1e30", "99999999999999h", "0001-01-01T00:00:00Z"])
@pytest.mark.parametrize("method, path", [
    ("POST", "/containers/prune"), ("POST", "/networks/prune"), ("POST", "/images/prune"), ("GET", "/images/json")])
def test_until_that_no_clock_can_show_is_400(engine, method, path, until):
    answer = engine.api.request(method, path, filters={"until": [until]})
    assert answer.status == 400, answer
    assert until in answer.message


def test_memory_whose_double_does_not_fit_is_answered(engine):
    body = {"Image": "busybox", "Cmd": ["true"], "HostConfig": {"Memory": 5 * 10**18}}
    assert engine.api.post("/containers/create", body).status in (201, 400)
    assert engine.daemon.answers()


def test_events_until_long_ago_are_none(engine):
    answer = engine.api.get("/events", until="-9000000000")
    assert (answer.status, answer.body) == (200, b"")
    assert engine.api.get("/events", since="0", until="-9000000000").status == 400


def test_events_until_the_far_future_go_on(engine):
    connection, response = engine.api.open("GET", "/events", until="9000000000")
    try:
        container = engine.create("true")
        line = response.readline()
        while container.encode() not in line:  # first what was there before
            line = response.readline()
        assert b"create" in line
    finally:
        response.close()
        connection.close()


@pytest.mark.parametrize("bound", ["since", "until"])
def test_zero_time_of_go_bounds_no_log(engine, bound):
    container = engine.run("echo", "kept")
    engine.wait(container)
    assert engine.logs(container, **{bound: "0001-01-01T00:00:00Z"})[0] == "kept\n"
    assert engine.logs(container, since="-9000000000")[0] == "kept\n"
