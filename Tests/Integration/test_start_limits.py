"""Starts of a daemon that is given too little: refused in a line that says what is missing, with nothing begun."""

import subprocess
from pathlib import Path

import pytest
from harness.waiting import until

pytestmark = pytest.mark.berthd

PIDS = Path("/sys/fs/cgroup/pids")


def refused(engine, *prefix):
    """Starts the daemon behind a command that limits it; the one line that it said."""
    plain = engine.daemon.command()
    done = subprocess.run(["nsenter", f"--net={engine.daemon.netns.path}", *prefix, *plain], capture_output=True, text=True,
                          timeout=60, check=False)
    assert done.returncode == 1, done
    (line,) = done.stderr.splitlines()
    assert " critical berthd: [berthd] start: " in line
    assert not engine.daemon.data_root.exists() and not engine.daemon.exec_root.exists()
    return line


@pytest.mark.parametrize("limit", [24, 40, 100])
def test_too_few_descriptors(own_engine, limit):
    engine = own_engine(start=False)
    line = refused(engine, "prlimit", f"--nofile={limit}:{limit}")
    assert f"the limit of open files (RLIMIT_NOFILE) is {limit}, and berthd needs 128" in line


@pytest.fixture
def few_threads():
    """A cgroup that limits processes and threads; the command that enters it, for a limit."""
    group = (PIDS if PIDS.is_dir() else PIDS.parent) / "berth-test-threads"
    group.mkdir()

    def entered(limit):
        (group / "pids.max").write_text(str(limit))
        return ["sh", "-c", f'echo $$ > {group}/cgroup.procs && exec "$@"', "sh"]

    yield entered
    until(lambda: not (group / "cgroup.procs").read_text(), "there are still processes in the cgroup")
    group.rmdir()


@pytest.mark.parametrize("limit", [1, 4, 16, 30, 40])
def test_too_few_threads(few_threads, own_engine, limit):
    engine = own_engine(start=False)
    assert "berthd needs 48 threads, and only " in refused(engine, *few_threads(limit))


def test_enough_for_a_few_containers(few_threads, own_engine):
    """What is asked for at the start is enough to start; what is missing later is an error of the call."""
    engine = own_engine(start=False)
    plain = engine.daemon.command()
    engine.daemon.command = lambda: [*few_threads(50), "prlimit", "--nofile=128:128", *plain]
    engine.daemon.start()
    engine.load(engine.archive)
    made = [engine.create("sleep", "60", host={"NetworkMode": "bridge"}) for _ in range(24)]
    statuses = [engine.api.post(f"/containers/{each}/start").status for each in made]
    assert statuses[:2] == [204, 204] and set(statuses) == {204, 500}, statuses
    assert engine.daemon.process.poll() is None
    engine.clear()
    assert engine.out("echo well again") == "well again"
