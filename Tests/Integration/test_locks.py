"""One daemon for a data root, an exec root and a network namespace, and nobody else can keep a daemon from starting."""

import os
import shutil
import subprocess
import sys

import pytest
from harness import programs
from harness.daemon import Berthd
from harness.waiting import until

pytestmark = pytest.mark.berthd

SQUATTER = (
    "import os, socket, sys\n"
    "if os.getuid() == 0 and len(sys.argv) > 1: os.setgid(int(sys.argv[1])); os.setuid(int(sys.argv[1]))\n"
    "s = socket.socket(socket.AF_UNIX)\n"
    "s.bind('\\0berthd.network')\n"
    "print('bound', flush=True)\n"
    "sys.stdin.read()\n")


def attempt(daemon):
    """Starts a daemon that ought to be refused: (exit status, what it said)."""
    done = subprocess.run(["nsenter", f"--net={daemon.netns.path}", *daemon.command()],
                          capture_output=True, text=True, timeout=30)
    return done.returncode, done.stdout + done.stderr


def squat(netns, program, *arguments):
    process = subprocess.Popen(["nsenter", f"--net={netns.path}", program, "-c", SQUATTER, *arguments],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "bound\n"
    return process


def end(process):
    process.stdin.close()
    process.wait(10)


def test_second_daemon_with_the_same_exec_root_is_refused(own_engine):
    engine, other = own_engine(), own_engine(start=False)
    engine.network("own", "10.91.2.0/24")
    container = engine.run("sleep", "60", host={"NetworkMode": "own"})
    second = other.daemon
    second.exec_root = engine.daemon.exec_root
    status, said = attempt(second)
    assert status != 0 and f"exec root {engine.daemon.exec_root}: another berthd uses it" in said
    # Nothing of the first one's is gone: it starts, connects and finds its containers again.
    further = engine.run("sleep", "60", host={"NetworkMode": "own"})
    assert engine.api.post("/networks/bridge/connect", {"Container": container}).status == 200
    pid = engine.pid(container)
    engine.daemon.kill()
    engine.daemon.start()
    assert engine.pid(container) == pid and engine.inspect(further)["State"]["Running"]
    second.exec_root = second.root / "exec"


def test_second_daemon_with_the_same_data_root_is_refused(own_engine):
    engine, other = own_engine(images=False), own_engine(start=False)
    second = other.daemon
    second.data_root = engine.daemon.data_root
    status, said = attempt(second)
    assert status != 0 and f"data root {engine.daemon.data_root}: another berthd uses it" in said
    assert engine.daemon.answers()
    second.data_root = second.root / "data"


def test_one_folder_may_be_both_roots(own_engine):
    engine = own_engine(start=False)
    engine.daemon.exec_root = engine.daemon.data_root
    engine.daemon.start()
    assert engine.daemon.stop() == 0
    engine.daemon.exec_root = engine.daemon.root / "exec"


def test_nobody_without_rights_can_take_the_network_lock(own_engine):
    engine = own_engine(start=False)
    squatter = squat(engine.daemon.netns, sys.executable, "12345")
    try:
        engine.daemon.start()
    finally:
        end(squatter)


def test_root_in_a_container_can_take_no_lock_either(own_engine):
    """A process of root's that is no daemon: only the name of an abstract socket is to be had in a namespace."""
    engine = own_engine(start=False)
    squatter = squat(engine.daemon.netns, sys.executable)
    try:
        engine.daemon.start()
    finally:
        end(squatter)


def test_program_called_berthd_in_a_container_is_no_daemon(own_engine):
    """With the host's network, root in a container can take the name that older builds had for their lock."""
    engine = own_engine()
    program = programs.build("squat_network_lock")
    called = program.parent / "berthd"
    shutil.copy(program, called)
    container = engine.run("/p/berthd", host={"NetworkMode": "host", "Binds": [f"{program.parent}:/p:ro"]})
    until(lambda: engine.logs(container)[0] == "bound\n", lambda: engine.logs(container))
    engine.daemon.kill()
    engine.daemon.start()
    assert engine.inspect(container)["State"]["Running"]


def test_daemon_of_an_older_build_is_still_seen(own_engine, tmp_path):
    """It had a name in the network namespace for its lock."""
    engine = own_engine(start=False)
    shutil.copy(os.path.realpath(sys.executable), tmp_path / "berthd")
    older = squat(engine.daemon.netns, str(tmp_path / "berthd"))
    try:
        status, said = attempt(engine.daemon)
        assert status != 0 and "another berthd runs in this network namespace" in said
    finally:
        end(older)
    engine.daemon.start()


def test_lock_of_the_network_is_root_alone(own_engine):
    engine = own_engine(images=False)
    inode = os.stat(engine.daemon.netns.path).st_ino
    assert os.stat("/run/berth/locks").st_mode & 0o777 == 0o700
    assert os.path.exists(f"/run/berth/locks/net-{inode}.lock")
    assert engine.daemon.stop() == 0
    assert not os.path.exists(f"/run/berth/locks/net-{inode}.lock")
    with open(f"/proc/{os.getpid()}/net/unix") as names:
        assert "@berth" not in names.read()


def test_killed_daemon_leaves_no_lock_that_holds(own_engine):
    engine = own_engine(images=False)
    engine.daemon.kill()
    engine.daemon.start()
    assert attempt(Berthd(engine.daemon.root / "further", engine.daemon.netns))[0] != 0
