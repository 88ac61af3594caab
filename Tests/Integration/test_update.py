"""Changing the limits of a container that is there."""

import pytest
from test_options_limits import cgroup_file

MIB = 1 << 20


def update(engine, container, **body):
    return engine.api.post(f"/containers/{container}/update", body)


def limit(engine, container):
    return int(cgroup_file(engine, container, "memory", "memory.limit_in_bytes", "memory.max"))


def test_limits_of_a_running_container_change_at_once_and_stay(engine):
    container = engine.run("sleep", "60", host={"Memory": 64 * MIB, "MemorySwap": 64 * MIB})
    assert update(engine, container, Memory=128 * MIB, MemorySwap=128 * MIB).status == 200
    assert limit(engine, container) == 128 * MIB
    assert update(engine, container, Memory=32 * MIB, MemorySwap=32 * MIB).status == 200
    assert limit(engine, container) == 32 * MIB
    engine.stop(container)
    engine.start(container)
    assert limit(engine, container) == 32 * MIB


def test_container_that_does_not_run(engine):
    container = engine.create("sleep", "60")
    assert update(engine, container, PidsLimit=9).status == 200
    engine.start(container)
    assert cgroup_file(engine, container, "pids", "pids.max", "pids.max") == "9"
    assert update(engine, container, PidsLimit=-1).status == 200
    assert cgroup_file(engine, container, "pids", "pids.max", "pids.max") == "max"


def test_paused_container(engine):
    container = engine.run("sleep", "60")
    assert engine.api.post(f"/containers/{container}/pause").status == 204
    assert update(engine, container, CpuShares=77).status == 200
    assert cgroup_file(engine, container, "cpu", "cpu.shares", "cpu.weight") in ("77", "3")


@pytest.mark.parametrize("host, body, text", [
    ({"NanoCpus": 500_000_000}, {"CpuPeriod": 20_000}, "CPU Period cannot be updated as NanoCPUs has already been set"),
    ({"NanoCpus": 500_000_000}, {"CpuQuota": 20_000}, "CPU Quota cannot be updated as NanoCPUs has already been set"),
    ({"CpuQuota": 20_000}, {"NanoCpus": 500_000_000}, "Nano CPUs cannot be updated as CPU Quota has already been set"),
    ({"Memory": 64 * MIB}, {"Memory": 256 * MIB}, "Memory limit should be smaller than already set memoryswap limit"),
    ({}, {"Memory": MIB}, "inimum memory limit"),
    ({}, {"CpusetCpus": "999"}, "999"),
    ({"AutoRemove": True}, {"RestartPolicy": {"Name": "always"}}, "AutoRemove is enabled"),
    ({}, {"RestartPolicy": {"Name": "sometimes"}}, "sometimes"),
])
def test_what_does_not_go_together_is_refused(engine, host, body, text):
    container = engine.create("sleep", "60", host=host)
    before = engine.inspect(container)["HostConfig"]
    answer = update(engine, container, **body)
    assert answer.status == 400 and text in answer.message, answer
    assert engine.inspect(container)["HostConfig"] == before


@pytest.mark.berthd
def test_limit_that_the_container_does_not_fit_is_refused_and_changes_nothing(engine):
    """Memory that is locked in a tmpfs cannot be reclaimed; without swap the limit cannot go below it."""
    container = engine.run(
        "sh", "-c", "head -c 40m /dev/zero > /dev/shm/file; echo ready; sleep 60",
        host={"Memory": 128 * MIB, "MemorySwap": 128 * MIB, "MemorySwappiness": 0, "ShmSize": 64 * MIB})
    with engine.api.hijack(f"/containers/{container}/attach", stdout="1", stream="1", logs="1") as stream:
        stream.read_until(b"ready")
    answer = update(engine, container, Memory=8 * MIB, MemorySwap=8 * MIB)
    if answer.status == 200:  # v2 kills or swaps instead
        pytest.skip("this kernel takes any limit")
    assert answer.status == 409, answer
    assert limit(engine, container) == 128 * MIB
    assert engine.inspect(container)["HostConfig"]["Memory"] == 128 * MIB
    assert engine.inspect(container)["State"]["Running"]


def test_absent_container_is_404(engine):
    assert update(engine, "nosuch", CpuShares=2).status == 404


def test_event(engine):
    container = engine.create("true")
    began = engine.inspect(container)["Created"]
    update(engine, container, CpuShares=512)
    body = engine.api.get("/events", since=began, until="0s", filters={"event": ["update"]}).body
    assert container.encode() in body


@pytest.mark.berthd
def test_update_outlives_the_daemon(own_engine):
    engine = own_engine()
    container = engine.run("sleep", "60")
    update(engine, container, CpuShares=512)
    engine.daemon.kill()
    engine.daemon.start()
    assert engine.inspect(container)["HostConfig"]["CpuShares"] == 512
    assert cgroup_file(engine, container, "cpu", "cpu.shares", "cpu.weight") in ("512", "20")
