"""What stands where the daemon's own files should be: it is named, with the reason, and neither followed nor waited for."""

import os
import shutil

import pytest
from harness import database
from harness.waiting import until

pytestmark = pytest.mark.berthd

#: What is put in a file's place, and how that is called.
STRANGERS = {
    "directory": lambda path: path.mkdir(),
    "pipe": os.mkfifo,
    "device": lambda path: os.mknod(path, 0o020600, os.makedev(1, 5)),
    "circle": lambda path: path.symlink_to(path),
    "socket": lambda path: os.mknod(path, 0o140600),
    "no end": lambda path: (path.touch(), os.truncate(path, 1 << 40)),
}


def put(stranger, path):
    take_away(path)
    STRANGERS[stranger](path)


def take_away(path):
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@pytest.fixture
def stopped(own_engine):
    """An engine that knows a container and a network, and does not run."""
    engine = own_engine()
    engine.create("true", name="known")
    engine.known = engine.network("known", "10.93.0.0/24")
    database.await_second_copy(engine)
    engine.daemon.stop()
    return engine


@pytest.mark.parametrize("stranger", STRANGERS)
def test_start_is_refused_with_the_files_name(stopped, stranger):
    engine = stopped
    root = engine.daemon.data_root
    mark = (root / "engine.json").read_bytes()
    for path, operation in [(engine.daemon.socket, "listen on"), (root / "engine.json", "read")]:
        if operation == "listen on" and stranger == "socket":
            continue
        put(stranger, path)
        said = database.refused(engine)
        assert f"{operation} `{path}`: " in said and "Error" not in said, said
        take_away(path)
    (root / "engine.json").write_bytes(mark)
    engine.daemon.start()
    assert engine.inspect("known")["State"]["Status"] == "created"


def test_pid_file_that_cannot_be_written(stopped):
    engine = stopped
    put("directory", engine.daemon.pidfile)
    assert f"write pid file `{engine.daemon.pidfile}`: Is a directory" in database.refused(engine)
    take_away(engine.daemon.pidfile)
    for stranger in ("pipe", "device", "circle", "no end"):
        put(stranger, engine.daemon.pidfile)
        engine.daemon.start()
        assert engine.daemon.pidfile.read_text() == f"{engine.daemon.pid}\n"
        engine.daemon.stop()


@pytest.mark.parametrize("stranger", STRANGERS)
def test_second_copies_are_made_again_or_done_without(stopped, stranger):
    engine = stopped
    root = engine.daemon.data_root
    places = [root / "records/networks" / engine.known, *root.glob("containers/*/config.json")]
    assert len(places) == 2
    for place in places:
        put(stranger, place)
    engine.daemon.start()
    assert engine.inspect("known")["State"]["Status"] == "created"
    assert engine.api.get("/networks/known").json["Id"] == engine.known
    # What changes is written down again, where it can be.
    assert engine.api.post("/containers/known/rename", name="renamed").status == 204
    assert engine.daemon.stop() == 0
    engine.daemon.start()
    engine.remove("renamed")
    assert engine.api.delete("/networks/known").status == 204


@pytest.mark.parametrize("stranger", ["directory", "pipe", "device", "circle"])
def test_file_of_a_container_is_named_and_not_waited_for(engine, stranger):
    container = engine.create("sh", "-c", "head -c 200000 /dev/zero; echo; sleep 600")
    folder = engine.daemon.data_root / "containers" / container
    log = folder / f"{container}-json.log"
    put(stranger, log)
    answer = engine.api.get(f"/containers/{container}/logs", stdout="1")
    assert answer.status == 500 and f"open `{log}`: " in answer.message, answer
    engine.start(container)
    until(lambda: engine.execute(container, "pidof", "sleep")[0] == 0, "the process waits for its log")
    assert engine.api.post(f"/containers/{container}/stop", t="0").status == 204
    for name in ("exit", "hostname", "hosts"):
        put(stranger, folder / name)
    answer = engine.api.post(f"/containers/{container}/start")
    assert answer.status == 204 if stranger == "device" else f"open `{folder}/host" in answer.message, answer

