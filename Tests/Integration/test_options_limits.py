"""Limits, read back from the cgroup files, and what happens when one is reached."""

import os
import time
from pathlib import Path

import pytest


def cgroup_file(engine, container, controller, v1, v2):
    """The value of a cgroup file of a running container, on either version of cgroups."""
    groups = dict(line.strip().split(":", 2)[1:] for line in open(f"/proc/{engine.pid(container)}/cgroup"))
    for names, path in groups.items():
        if controller in names.split(","):
            return Path("/sys/fs/cgroup", controller, path.lstrip("/"), v1).read_text().strip()
    return Path("/sys/fs/cgroup", groups[""].lstrip("/"), v2).read_text().strip()


def running(engine, **host):
    return engine.run("sleep", "60", host=host)


def test_memory(engine):
    container = running(engine, Memory=64 << 20, MemoryReservation=32 << 20)
    assert cgroup_file(engine, container, "memory", "memory.limit_in_bytes", "memory.max") == str(64 << 20)
    assert cgroup_file(engine, container, "memory", "memory.soft_limit_in_bytes", "memory.low") == str(32 << 20)


def test_cpu_quota_by_nano_cpus(engine):
    container = running(engine, NanoCpus=500_000_000)
    assert cgroup_file(engine, container, "cpu", "cpu.cfs_quota_us", "cpu.max").split()[0] == "50000"


def test_cpu_quota_and_period(engine):
    container = running(engine, CpuPeriod=20_000, CpuQuota=10_000)
    assert cgroup_file(engine, container, "cpu", "cpu.cfs_quota_us", "cpu.max").split()[0] == "10000"
    assert cgroup_file(engine, container, "cpu", "cpu.cfs_period_us", "cpu.max").split()[-1] == "20000"


def test_cpu_shares(engine):
    container = running(engine, CpuShares=512)
    assert cgroup_file(engine, container, "cpu", "cpu.shares", "cpu.weight") in ("512", "20")


def test_cpu_set(engine):
    container = running(engine, CpusetCpus="0")
    assert cgroup_file(engine, container, "cpuset", "cpuset.cpus", "cpuset.cpus") == "0"
    assert engine.execute(container, "nproc")[1] == "1\n"


def test_pids(engine):
    container = running(engine, PidsLimit=7)
    assert cgroup_file(engine, container, "pids", "pids.max", "pids.max") == "7"
    status, _, err = engine.execute(container, "sh", "-c", "for i in 1 2 3 4 5 6 7 8; do sleep 5 & done")
    assert status != 0 and "can't fork" in err


def test_no_limit_means_none(engine):
    container = running(engine)
    assert cgroup_file(engine, container, "pids", "pids.max", "pids.max") == "max"
    assert cgroup_file(engine, container, "cpu", "cpu.cfs_quota_us", "cpu.max").split()[0] in ("-1", "max")


def test_container_over_its_memory_is_killed_and_flagged(engine):
    container = engine.run("sh", "-c", "tail -c 200m /dev/zero", host={"Memory": 16 << 20, "MemorySwap": 16 << 20})
    assert engine.wait(container) == 137
    state = engine.inspect(container)["State"]
    assert state["OOMKilled"] is True and state["ExitCode"] == 137


def test_container_within_its_memory_is_not_flagged(engine):
    container = engine.run("sh", "-c", "kill -9 $$", host={"Memory": 64 << 20})
    engine.wait(container)
    assert engine.inspect(container)["State"]["OOMKilled"] is False


@pytest.mark.parametrize("host, text", [
    ({"Memory": 1 << 20}, "inimum memory limit"),
    ({"Memory": 64 << 20, "MemorySwap": 32 << 20}, "emory"),
    ({"MemorySwap": 32 << 20}, "emory"),
    ({"NanoCpus": 1_000_000_000_000}, "CPUs"),
    ({"NanoCpus": 1, "CpuQuota": 1000}, "Conflicting options: Nano CPUs and CPU"),
    ({"CpuPeriod": 1}, "eriod"),
    ({"CpuQuota": 1}, "quota"),
    ({"CpusetCpus": "999"}, "999"),
    ({"CpusetCpus": "first"}, "first"),
])
def test_bad_limits_are_400(engine, host, text):
    answer = engine.api.post("/containers/create", {"Image": "busybox", "HostConfig": {"NetworkMode": "none", **host}})
    assert answer.status == 400, answer
    assert text in answer.message


def test_oom_score_adjust_is_set(engine):
    container = engine.create("sleep", "60", host={"OomScoreAdj": 300})
    engine.start(container)
    with open(f"/proc/{engine.pid(container)}/oom_score_adj") as file:
        assert file.read().strip() == "300"


def test_limits_end_with_the_container(engine):
    container = running(engine, Memory=64 << 20)
    groups = [line.strip().split(":", 2) for line in open(f"/proc/{engine.pid(container)}/cgroup")]
    paths = [Path("/sys/fs/cgroup", names.removeprefix("name="), path.lstrip("/")) for _, names, path in groups]
    paths = [path for path in paths if container in str(path)]
    assert any(path.exists() for path in paths)
    engine.stop(container)
    deadline = time.monotonic() + 3
    while any(os.path.exists(path) for path in paths) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not [path for path in paths if path.exists()]


def test_docker_run_with_limits(cli):
    out = cli.out("run", "--rm", "--network", "none", "-m", "32m", "--cpus", "0.5", "--pids-limit", "50",
                  "busybox", "sh", "-c", "cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max "
                  "2>/dev/null; true")
    assert out == str(32 << 20)
