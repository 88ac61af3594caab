"""What a container sees of a process that is being put into it, before that is its own: nothing but what is its own."""

import os
import platform
import re
import subprocess
import threading
import time
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parent.parent / "Fixtures/watcher/watcher.c"
KERNEL = tuple(int(part) for part in re.findall(r"\d+", platform.release())[:2])
pytestmark = pytest.mark.berthd


@pytest.fixture(scope="module")
def watcher(base):
    """The folder of the program that watches, to be bound at /w."""
    folder = base / "watcher"
    folder.mkdir(exist_ok=True)
    subprocess.run(["cc", "-static", "-O2", "-Wall", "-Wextra", "-Werror", "-o", str(folder / "watcher"), str(SOURCE)],
                   check=True)
    return folder


def await_word(engine, container, word):
    deadline = time.monotonic() + 20
    while engine.logs(container)[0] != word + "\n":
        assert time.monotonic() < deadline, engine.logs(container)
        time.sleep(0.01)


@pytest.fixture
def watch(engine, watcher):
    """Runs the watcher in a container while processes are put into its PID namespace; what it printed of each that it
    caught."""

    def watch(mode, *more, enter=None, count=10, seconds=20, **host):
        container = engine.run("/w/watcher", str(count), str(seconds), mode,
                               host={"Binds": [f"{watcher}:/w:ro"], **host})
        enough, wrong = threading.Event(), []

        def keep_entering():
            while not enough.is_set():
                try:
                    enter(container)
                except AssertionError as error:
                    wrong.append(error)
                    return

        threads = [threading.Thread(target=keep_entering) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            assert engine.wait(container) == 0
        finally:
            enough.set()
            for thread in threads:
                thread.join()
        assert not wrong
        lines = engine.logs(container)[0].splitlines()
        assert lines[-1] == "over" and lines[0].startswith("ready "), lines
        assert any(line.startswith("caught") for line in lines), "nothing was caught: the test says nothing"
        return lines[1:-1], lines[0].split()[1]

    return watch


def by_exec(engine):
    """Puts a process into a container as `docker exec` does; the container may be at its end."""

    def enter(container):
        made = engine.api.post(f"/containers/{container}/exec", {"Cmd": ["true"]})
        if made.status == 201:
            answer = engine.api.post(f"/exec/{made.json['Id']}/start", {"Detach": True})
            assert answer.status in (200, 404, 409), answer
        else:
            assert made.status == 409, made

    return enter


def by_start(engine):
    """As `docker run --pid container:…`."""

    def enter(container):
        made = engine.create("true", host={"PidMode": f"container:{container}"})
        answer = engine.api.post(f"/containers/{made}/start")
        assert answer.status in (204, 409), answer
        engine.api.post(f"/containers/{made}/wait") if answer.status == 204 else None
        engine.remove(made, force="1")

    return enter


def assert_is_the_containers(lines, capabilities, same_container):
    for line in lines:
        found = dict(zip(*[iter(line.split())] * 2))
        assert found["CapEff"] == capabilities if same_container else int(found["CapEff"], 16) < 1 << 32, line
        assert found["Seccomp"] == "2", line
        assert found["descriptors"] == "0", line
        if same_container:
            assert (found["root"], found["mounts"], found["network"]) == ("1", "1", "1"), line


def test_exec_that_a_container_takes_over_is_the_containers_already(engine, watch):
    lines, capabilities = watch("ptrace", enter=by_exec(engine), CapAdd=["SYS_PTRACE"])
    assert_is_the_containers(lines, capabilities, True)


def test_init_that_another_container_takes_over_is_its_containers_already(engine, watch):
    lines, capabilities = watch("ptrace", enter=by_start(engine), count=3, CapAdd=["SYS_PTRACE"])
    assert_is_the_containers(lines, capabilities, False)


def test_nothing_of_the_host_is_seen_through_an_exec(engine, watch):
    lines, _ = watch("mountinfo", enter=by_exec(engine), count=40)
    assert not [line for line in lines if line.startswith("foreign")]


def test_monitors_program_is_out_of_a_containers_reach(engine, watch):
    lines, _ = watch("program", enter=by_exec(engine), count=3, CapAdd=["SYS_PTRACE", "SYS_ADMIN"])
    for line in lines:
        found = dict(zip(*[iter(line.split())] * 2))
        assert {found[name] for name in ("mode", "owner", "attribute", "times", "truncate")} == {"EROFS"}, line
        assert found["write"] in ("EROFS", "ETXTBSY") and found["same"] == "1", line
        if KERNEL >= (6, 15):
            assert found["execute"] == "EACCES", line
    assert engine.out("echo still works") == "still works"


@pytest.mark.skipif(KERNEL < (6, 15), reason="the kernel has no mounts of detached mounts")
@pytest.mark.parametrize("command", [["/proc/self/exe"], ["/script"]])
def test_container_cannot_have_the_monitors_program_run(engine, command):
    container = engine.run("sh", "-c", "echo '#!/proc/self/exe' > /script; chmod 755 /script; echo made; sleep 60")
    await_word(engine, container, "made")
    status, out, err = engine.execute(container, *command)
    assert status == 126 and "permission denied" in out + err


# Keys


def test_processes_have_no_keyring_of_the_hosts(engine, watcher):
    options = {"Binds": [f"{watcher}:/w:ro"], "SecurityOpt": ["seccomp=unconfined"]}
    host = int(subprocess.run([watcher / "watcher", "keyring"], check=True, capture_output=True).stdout)
    if host < 0:
        pytest.skip(f"this host has no keys: {os.strerror(-host)}")
    container = engine.run("sleep", "60", host=options)
    rings = [int(engine.out("/w/watcher keyring", host=options)), int(engine.out("/w/watcher keyring", host=options)),
             int(engine.execute(container, "/w/watcher", "keyring")[1])]
    assert all(ring > 0 for ring in rings)
    assert len({host, *rings}) == 4


# The PID namespace of another container


def test_joined_pid_namespace_is_the_one_that_proc_shows(engine):
    owner = engine.run("sleep", "321")
    seen = engine.out("cat /proc/1/cmdline | tr '\\0' ' '; readlink /proc/self; echo $$; ls -d /proc/[0-9]* | wc -l",
                      host={"PidMode": f"container:{owner}"})
    first, own, *_, count = seen.splitlines()
    assert first.startswith("sleep 321") and int(own) > 1 or "sleep 321" in first, seen
    assert int(count) < 10


@pytest.mark.parametrize("deed", ["umount /proc; mount -t tmpfs x /proc", "mount --bind /proc/1/task /proc"],
                         ids=["tmpfs", "a directory of /proc"])
def test_what_a_container_has_put_in_place_of_its_proc_is_not_taken(engine, deed):
    owner = engine.run("sh", "-c", f"{deed}; echo ready; sleep 60",
                       host={"CapAdd": ["SYS_ADMIN"], "SecurityOpt": ["seccomp=unconfined"]})
    await_word(engine, owner, "ready")
    container = engine.create("true", host={"PidMode": f"container:{owner}"})
    answer = engine.api.post(f"/containers/{container}/start")
    assert answer.status == 400 and "has something else there" in answer.message, answer


def test_working_directory_below_proc_self_is_that_of_the_process(engine):
    container = engine.run("sleep", "60")
    status, out, err = engine.execute(container, "sh", "-c", "pwd; ls", WorkingDir="/proc/self/task")
    assert status == 0, err
    assert re.fullmatch(r"/proc/(\d+)/task\n\1\n", out), out


def test_a_limit_of_one_process_leaves_room_for_that_one(engine):
    """The process that makes it is one of the same user for a moment."""
    limits = [{"Name": "nproc", "Soft": 1, "Hard": 1}]
    container = engine.run("sleep", "60", User="54321:54321", host={"Ulimits": limits, "PidMode": "host"})
    status, out, err = engine.execute(container, "sh", "-c", "ulimit -u; ulimit -Hu", User="54322:54322")
    assert (status, out) == (0, "1\n1\n"), err
