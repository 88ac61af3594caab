"""What other users of the host can read, enter or put in the daemon's way."""

import os
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest
from harness.daemon import StartFailed

pytestmark = pytest.mark.berthd

STRANGER = 1000


def as_stranger(*command):
    """What a command does as a user of the host who is nobody in particular."""
    return subprocess.run(["setpriv", f"--reuid={STRANGER}", f"--regid={STRANGER}", "--clear-groups", *command],
                          capture_output=True, text=True, check=False)


@pytest.fixture
def open_root():
    """A folder for a daemon's roots that everybody can pass, as /var/lib is; the tests' own are root's alone."""
    folder = Path(tempfile.mkdtemp(prefix="berth-open-"))
    folder.chmod(0o755)
    yield folder / "d"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def open_engine(open_root, own_engine):
    return own_engine(root=open_root)


def reachable(top):
    """Files and directories below `top` that the stranger can open or list."""
    answer = as_stranger("find", str(top), "-mindepth", "1", "-print")
    return answer.stdout.splitlines()


def test_others_cannot_read_what_the_daemon_keeps(open_engine):
    engine = open_engine
    engine.out("cp /bin/busybox /v/root; chmod 4755 /v/root", host={"Binds": ["named:/v"]})
    engine.run("sleep", "60", Env=["PASSWORD=hunter2"], host={"Binds": ["named:/v"]})
    data, run = engine.daemon.data_root, engine.daemon.exec_root
    assert reachable(data) == []
    # What is in the exec root can be seen, and nothing of it entered or opened, but the socket's folder itself.
    for folder in ("containers", "exec", "netns"):
        assert as_stranger("ls", str(run / folder)).returncode != 0
    program = data / "volumes/named/_data/root"
    assert program.stat().st_mode & stat.S_ISUID
    assert as_stranger(str(program), "id", "-u").returncode in (126, 127)
    assert as_stranger("cat", str(data / "berth.db")).returncode != 0
    for name in ("berth.db", "berth.db-wal", "berth.db-shm"):
        assert stat.S_IMODE((data / name).stat().st_mode) == 0o600, name


def test_sockets_are_for_owner_and_group_alone(open_engine):
    engine = open_engine
    assert stat.S_IMODE(engine.daemon.socket.stat().st_mode) == 0o660
    container = engine.run("sleep", "60")
    monitor = engine.daemon.exec_root / "containers" / container / "monitor.sock"
    assert stat.S_IMODE(monitor.stat().st_mode) == 0o600


def test_what_an_earlier_build_left_open_is_closed_at_the_start(open_engine):
    engine = open_engine
    engine.api.post("/volumes/create", {"Name": "old"})
    engine.daemon.stop()
    data, run = engine.daemon.data_root, engine.daemon.exec_root
    opened = {data: 0o711, data / "image": 0o711, data / "image/layers": 0o711, data / "containers": 0o711,
              data / "volumes": 0o701, data / "volumes/old": 0o701, run / "containers": 0o711, run / "exec": 0o711}
    for path, mode in opened.items():
        path.chmod(mode)
    for path in data.glob("berth.db*"):
        path.chmod(0o644)
    engine.daemon.start()
    assert reachable(data) == []
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in opened}
    assert modes == {path: 0o710 if path == data else 0o700 for path in opened}
    assert {stat.S_IMODE(path.stat().st_mode) for path in data.glob("berth.db*")} == {0o600}


def test_a_root_that_others_can_write_to_is_warned_of(open_root, own_engine):
    open_root.parent.chmod(0o777)
    engine = own_engine(root=open_root)
    assert f"`{open_root.parent}` can be written by everybody" in engine.daemon.log_tail()


def test_containers_see_the_same_modes_as_ever(engine):
    options = {"User": "1000:1000", "host": {"Binds": ["modes:/v"], "NetworkMode": "bridge"}}
    script = "for f in / /etc/hosts /etc/hostname /etc/resolv.conf /v; do stat -c '%a %n' $f; done; cat /etc/hosts >/dev/null"
    assert engine.out(script, **options).splitlines() == [
        "755 /", "644 /etc/hosts", "644 /etc/hostname", "644 /etc/resolv.conf", "755 /v"]
    assert engine.out("ls /sys/fs/cgroup/memory/cgroup.procs /sys/fs/cgroup/cgroup.procs 2>/dev/null | head -1", **options)


def test_a_made_bind_source_can_be_entered_by_others(engine, base):
    made = base / "made/below"
    engine.out("true", host={"Binds": [f"{made}:/x"]})
    assert [stat.S_IMODE(path.stat().st_mode) for path in (made, made.parent)] == [0o755, 0o755]
    shutil.rmtree(made.parent)


# What root is to run


@pytest.mark.parametrize("spoil, words", [
    (lambda file: os.chown(file, STRANGER, STRANGER), f"belongs to user {STRANGER}, not to root"),
    (lambda file: file.chmod(0o646), "can be written by everybody (mode 0646)"),
    (lambda file: (os.chown(file, 0, STRANGER), file.chmod(0o664)), f"can be written by group {STRANGER}"),
    (lambda file: file.parent.chmod(0o777), "can be written by everybody (mode 0777)"),
])
def test_descriptor_that_others_can_change_is_refused(own_engine, spoil, words):
    engine = own_engine(start=False)
    descriptor = engine.daemon.plugins / "foreign.json"
    descriptor.write_text('{"name": "foreign", "kinds": ["volume"], "socket": "/nowhere.sock"}')
    spoil(descriptor)
    engine.daemon.start()
    assert "foreign" not in engine.api.get("/info").json["Plugins"]["Volume"]
    log = engine.daemon.log_tail(200)
    assert f"{descriptor}: not trusted: `" in log and words in log


def test_descriptor_behind_a_link_that_others_can_change_is_refused(own_engine, tmp_path):
    engine = own_engine(start=False)
    tmp_path.chmod(0o777)
    target = tmp_path / "real.json"
    target.write_text('{"name": "foreign", "kinds": ["volume"], "socket": "/nowhere.sock"}')
    (engine.daemon.plugins / "foreign.json").symlink_to(target)
    engine.daemon.start()
    assert "foreign" not in engine.api.get("/info").json["Plugins"]["Volume"]
    assert f"`{tmp_path}` can be written by everybody" in engine.daemon.log_tail(200)


def test_module_that_others_can_change_is_refused(own_engine, tmp_path):
    engine = own_engine(start=False)
    module = tmp_path / "foreign.so"
    shutil.copy(engine.daemon.prefix / "lib/berth/drivers/bind.so", module)
    os.chown(module, STRANGER, STRANGER)
    descriptor = engine.daemon.plugins / "foreign.json"
    descriptor.write_text('{"name": "foreign", "kinds": ["volume"], "module": "%s"}' % module)
    engine.daemon.start()
    assert "foreign" not in engine.api.get("/info").json["Plugins"]["Volume"]
    assert f"module `{module}` is not trusted: `{module}` belongs to user {STRANGER}" in engine.daemon.log_tail(200)


def test_configuration_file_that_others_can_change_is_refused(own_engine, tmp_path):
    file = tmp_path / "berthd.json"
    file.write_text('{"log-level": "debug"}')
    os.chown(file, STRANGER, STRANGER)
    engine = own_engine(start=False, options=["--config-file", str(file)])
    with pytest.raises(StartFailed, match=f"configuration file {file} is not trusted: `{file}` belongs to user {STRANGER}"):
        engine.daemon.start()
    os.chown(file, 0, 0)
    engine.daemon.start()
