"""A database that is lost, or another's, beside what a daemon has made: refused, and made anew when that is asked for."""

import json
import os
import shutil
import sqlite3
import subprocess
import time

import pytest
from harness import database
from harness.servers import Server, http_reply

pytestmark = pytest.mark.berthd


@pytest.fixture
def full(own_engine):
    """An engine with one of each: a running container with a network, a port and a volume, and one that has ended."""
    engine = own_engine()
    engine.network("keep", "10.94.0.0/24")
    assert engine.api.post("/volumes/create", {"Name": "precious", "Labels": {"of": "mine"}}).status == 201
    engine.running = engine.run(
        "sleep", "1000", name="counter", ExposedPorts={"80/tcp": {}}, Env=["SECRET=kept"], Labels={"a": "b"},
        host={"NetworkMode": "keep", "Binds": ["precious:/d"], "PortBindings": {"80/tcp": [{"HostPort": "8123"}]}})
    engine.execute(engine.running, "sh", "-c", "echo mine > /d/file; echo layer > /layer")
    engine.stopped = engine.run("sh", "-c", "cat /work 2>/dev/null || echo done > /work", name="stopped")
    engine.wait(engine.stopped)
    engine.was = engine.inspect(engine.running)
    yield engine


def missing(engine):
    for suffix in ("", "-wal", "-shm"):
        if database.path(engine, suffix).exists():
            os.unlink(database.path(engine, suffix))


def zero_length(engine):
    missing(engine)
    database.path(engine).touch()


def only_a_first_page(engine):
    """What a database is whose log, with all that was ever written, is lost."""
    missing(engine)
    made = sqlite3.connect(database.path(engine))
    made.execute("PRAGMA journal_mode = WAL")
    made.close()
    os.truncate(database.path(engine), 4096)


def without_an_id(engine):
    database.execute(engine, "DELETE FROM meta")


def of_another_root(engine):
    database.execute(engine, "UPDATE meta SET value = 'f' || substr(value, 2) WHERE key = 'id'",
                     "UPDATE meta SET value = 'e' || substr(value, 2) WHERE key = 'id' AND value = 'f'")
    (engine.daemon.data_root / "engine.json").write_text(json.dumps(
        {"format": 1, "id": "0" * 64, "run": 0, "device": 0, "inode": 0}))


LOSSES = [missing, zero_length, only_a_first_page, without_an_id, of_another_root]


@pytest.mark.parametrize("lose", LOSSES, ids=lambda each: each.__name__)
def test_lost_database_is_refused_untouched_and_recovered(full, lose):
    engine = full
    assert engine.daemon.stop() == 0
    mark = (engine.daemon.data_root / "engine.json").read_bytes()
    lose(engine)
    before = database.world(engine)

    text = database.refused(engine)
    assert str(database.path(engine)) in text and "critical" in text and "berthd --recover" in text, text
    if lose is of_another_root:
        assert "another data root" in text
    else:
        assert "2 containers, 2 images, 1 volume and 1 network" in text, text
    assert database.world(engine) == before
    os.kill(engine.was["State"]["Pid"], 0)

    if lose is of_another_root:
        (engine.daemon.data_root / "engine.json").write_bytes(mark)
    text = database.recover(engine)
    assert "recovered:" in text, text
    engine.daemon.start()
    check_all_is_back(engine)


def check_all_is_back(engine):
    """As before: what ran runs on, what had ended can be started with its layer."""
    now = engine.inspect("counter")
    assert now["Id"] == engine.running
    for part in ("Config", "HostConfig", "Mounts", "Created", "Image", "Name"):
        assert now[part] == engine.was[part], part
    assert now["State"] == engine.was["State"]
    assert now["NetworkSettings"] == engine.was["NetworkSettings"]
    assert engine.execute("counter", "cat", "/d/file", "/layer")[1] == "mine\nlayer\n"
    with Server(engine.netns_of("counter"), 80, http_reply("published")):
        assert engine.lan.outside.fetch(engine.lan.HOST, 8123)[1] == b"published"
    tags = [tag for image in engine.api.get("/images/json").json for tag in image["RepoTags"]]
    assert sorted(tags) == ["busybox:latest", "fixture:latest"]
    volume = engine.api.get("/volumes/precious").json
    assert volume["Labels"] == {"of": "mine"} and volume["Driver"] == "local"
    network = engine.api.get("/networks/keep").json
    assert network["IPAM"]["Config"][0]["Subnet"] == "10.94.0.0/24"
    assert [member["Name"] for member in network["Containers"].values()] == ["counter"]
    assert [each["Name"] for each in engine.api.get("/networks").json].count("bridge") == 1

    assert engine.inspect("stopped")["State"]["ExitCode"] == 0
    engine.start("stopped")
    engine.wait("stopped")
    assert engine.logs("stopped")[0] == "done\n"
    # And its address, port and volume are taken, not free.
    other = engine.create("true", ExposedPorts={"80/tcp": {}},
                          host={"NetworkMode": "keep", "PortBindings": {"80/tcp": [{"HostPort": "8123"}]}})
    answer = engine.api.post(f"/containers/{other}/start")
    assert answer.status == 500 and "port is already allocated" in answer.message
    assert engine.out("hostname -i", host={"NetworkMode": "keep"}) != engine.address("counter", "keep")
    assert engine.api.delete("/volumes/precious").status == 409
    # All of it ends and goes as it would have.
    engine.stop("counter")
    engine.start("counter")
    engine.stop("counter")


def test_recovery_of_a_whole_database_changes_nothing(full):
    engine = full
    engine.daemon.stop()
    assert "recovered: 0 containers, 0 images, 0 volumes and 0 networks" in database.recover(engine)
    engine.daemon.start()
    check_all_is_back(engine)


def test_killed_daemon_and_lost_log_are_made_up_for(full):
    """The file alone, as it is a moment after the last change."""
    engine = full
    deadline = time.monotonic() + 20
    while database_alone(engine) != ["counter", "stopped"]:
        assert time.monotonic() < deadline, "the log is not written back while nobody writes"
        time.sleep(0.05)
    engine.api.post("/containers/create", {"Image": "busybox", "Cmd": ["true"]}, name="latest")
    engine.daemon.kill()
    os.unlink(database.path(engine, "-wal"))
    engine.daemon.start()
    assert engine.inspect("latest")["State"]["Status"] == "created"
    check_all_is_back(engine)


def database_alone(engine):
    copy = engine.daemon.root / "alone.db"
    shutil.copy(database.path(engine), copy)
    try:
        return database.rows(copy)
    except sqlite3.DatabaseError:
        return None
    finally:
        for suffix in ("", "-wal", "-shm"):
            copy.with_name(copy.name + suffix).unlink(missing_ok=True)


def test_clean_end_writes_the_log_back(full):
    engine = full
    engine.daemon.stop()
    log = database.path(engine, "-wal")
    assert not log.exists() or log.stat().st_size == 0
    assert database_alone(engine) == ["counter", "stopped"]
    engine.daemon.start()
    check_all_is_back(engine)


@pytest.mark.parametrize("how", ["in place", "as another file"])
def test_older_copy_of_the_database_costs_nothing(full, how):
    """What it does not know is taken in again, and of what has changed since the later is believed."""
    engine = full
    engine.daemon.stop()
    shutil.copy(database.path(engine), engine.daemon.root / "older.db")
    engine.daemon.start()
    engine.network("later", "10.94.1.0/24")
    engine.api.post("/volumes/create", {"Name": "later"})
    engine.api.post("/images/busybox/tag", repo="later", tag="1")
    engine.run("sleep", "1000", name="later", ExposedPorts={"81/tcp": {}},
               host={"NetworkMode": "later", "Binds": ["later:/d"], "PortBindings": {"81/tcp": [{"HostPort": "8124"}]}})
    later = engine.inspect("later")
    # Another process, another endpoint.
    engine.stop("counter")
    engine.start("counter")
    engine.execute("counter", "sh", "-c", "echo mine > /d/file; echo layer > /layer")
    engine.was = engine.inspect("counter")
    engine.daemon.stop()
    if how == "in place":
        shutil.copyfile(engine.daemon.root / "older.db", database.path(engine))
    else:
        shutil.move(engine.daemon.root / "older.db", database.path(engine))
    engine.daemon.start()
    assert "was not in the database, but is on disk: taken in again" in database.said(engine)
    now = engine.inspect("later")
    assert now["State"] == later["State"] and now["NetworkSettings"] == later["NetworkSettings"]
    assert engine.api.get("/volumes/later").status == 200 and engine.api.get("/networks/later").status == 200
    engine.remove("later", force="1")
    engine.api.delete("/networks/later")
    check_all_is_back(engine)


def cut_off(engine, source, *statements):
    """Puts a database in place that was killed within a transaction, before it had a log: with a journal to be undone."""
    opened = sqlite3.connect(source, isolation_level=None)
    try:
        for statement in ("PRAGMA journal_mode = DELETE", "PRAGMA cache_size = 2", "BEGIN", *statements,
                          "CREATE TABLE cut_off (text)"):
            opened.execute(statement)
        # More than is held in memory.
        opened.executemany("INSERT INTO cut_off VALUES (?)", [("x" * 1000,)] * 100)
        missing(engine)
        shutil.copy(source, database.path(engine))
        shutil.copy(f"{source}-journal", database.path(engine, "-journal"))
    finally:
        opened.close()


def test_first_start_that_was_killed_is_no_hindrance(own_engine, tmp_path):
    engine = own_engine(start=False)
    engine.daemon.data_root.mkdir(parents=True)
    cut_off(engine, tmp_path / "new.db")
    engine.daemon.start()
    assert engine.api.get("/containers/json", all="1").json == []
    assert not database.path(engine, "-journal").exists()


def test_transaction_without_a_log_that_was_killed_is_undone(full, tmp_path):
    engine = full
    engine.daemon.stop()
    shutil.copy(database.path(engine), tmp_path / "copy.db")
    cut_off(engine, tmp_path / "copy.db", "DELETE FROM ports", "DELETE FROM endpoints", "DELETE FROM containers")
    engine.daemon.start()
    check_all_is_back(engine)


def test_container_whose_name_another_has_by_now_gets_a_longer_one(own_engine):
    engine = own_engine()
    first = engine.create("true", name="name")
    engine.daemon.stop()
    shutil.copy(database.path(engine), engine.daemon.root / "older.db")
    engine.daemon.start()
    engine.api.post(f"/containers/{first}/rename", name="former")
    second = engine.create("true", name="name")
    engine.daemon.stop()
    shutil.copyfile(engine.daemon.root / "older.db", database.path(engine))
    engine.daemon.start()
    assert engine.inspect("name")["Id"] == first
    assert engine.inspect(f"name-{second[:12]}")["Id"] == second


def test_folder_that_nobody_knows_is_moved_aside(own_engine):
    engine = own_engine()
    engine.daemon.stop()
    folder = engine.daemon.data_root / "containers" / ("a" * 64)
    (folder / "upper").mkdir(parents=True)
    (folder / "upper/work").write_text("of days")
    engine.daemon.start()
    assert not folder.exists()
    [kept] = engine.daemon.data_root.glob("set-aside/*/upper/work")
    assert kept.read_text() == "of days" and str(kept.parents[1]) in database.said(engine)


def test_kept_files_follow_what_is_done_and_are_roots_alone(full):
    engine = full
    root = engine.daemon.data_root
    network = engine.api.get("/networks/keep").json["Id"]
    config = root / "containers" / engine.running / "config.json"
    places = [config, root / "records/networks" / network, root / "records/volumes/precious", root / "engine.json"]
    await_that(lambda: json.loads(config.read_text())["record"]["state"]["status"] == "running")
    for place in places:
        assert place.stat().st_mode & 0o777 == 0o600, place
    assert (root / "records").stat().st_mode & 0o777 == 0o700
    assert json.loads(config.read_text())["record"]["config"]["Env"][0] == "SECRET=kept"

    engine.api.post("/containers/counter/rename", name="renamed")
    await_that(lambda: json.loads(config.read_text())["record"]["name"] == "renamed")
    engine.api.post("/images/busybox/tag", repo="more", tag="1")
    await_that(lambda: any("more:1" in json.loads(each.read_text())["record"]["tags"]
                           for each in (root / "records/images").iterdir()))
    # What is removed goes at once.
    engine.remove("renamed", force="1")
    engine.api.delete("/networks/keep")
    engine.api.delete("/volumes/precious")
    assert not any(place.exists() for place in places[:3])
    assert not list(config.parent.parent.glob("*/.new"))


def await_that(holds, seconds=20):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def older_version(engine):
    """A data root as versions left it that kept no second copy."""
    engine.daemon.stop()
    root = engine.daemon.data_root
    (root / "engine.json").unlink()
    shutil.rmtree(root / "records")
    for file in root.glob("containers/*/config.json"):
        file.unlink()
    database.execute(engine, "DELETE FROM meta WHERE key = 'run'")


def test_data_root_of_an_older_version_gets_its_second_copy(full):
    engine = full
    older_version(engine)
    engine.daemon.start()
    check_all_is_back(engine)
    root = engine.daemon.data_root
    await_that(lambda: (root / "records/volumes/precious").exists() and len(list((root / "records/images").iterdir())) == 2
               and all((root / "containers" / each / "config.json").exists() for each in (engine.running, engine.stopped)))
    engine.daemon.stop()
    missing(engine)
    database.recover(engine)
    engine.daemon.start()
    assert {each["Names"][0] for each in engine.api.get("/containers/json", all="1").json} >= {"/counter", "/stopped"}


def test_older_version_whose_database_is_lost_keeps_what_it_can(full):
    """Images without their names, volumes as their driver has them, containers' files set aside."""
    engine = full
    engine.stop("counter")
    older_version(engine)
    missing(engine)
    assert "2 containers and 2 images" in database.refused(engine)
    database.recover(engine)
    engine.daemon.start()
    assert engine.api.get("/containers/json", all="1").json == []
    assert len(list(engine.daemon.data_root.glob("set-aside/*/upper"))) == 2
    images = engine.api.get("/images/json").json
    assert [each["RepoTags"] for each in images] in ([["<none>:<none>"]] * 2, [[]] * 2)
    assert engine.api.get("/volumes/precious").status == 200
    [busybox] = [each["Id"] for each in images if not each["Labels"]]
    assert engine.out("cat /d/file", image=busybox, host={"Binds": ["precious:/d"]}) == "mine"


def test_interrupted_recovery_is_gone_on_with(full):
    engine = full
    engine.daemon.stop()
    missing(engine)
    database.recover(engine)
    # As if it had been killed after its first steps.
    database.execute(engine, "DELETE FROM containers", "DELETE FROM image_tags", "DELETE FROM images",
                     "DELETE FROM ports", "DELETE FROM endpoints", "DELETE FROM volumes")
    engine.daemon.start()
    check_all_is_back(engine)


@pytest.mark.parametrize("end", ["TERM", "KILL"])
def test_full_disk_does_not_keep_the_daemon_from_starting(own_engine, end):
    engine = own_engine(start=False)
    engine.daemon.data_root.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(engine.daemon.data_root)], check=True)
    try:
        engine.daemon.start()
        engine.load(engine.archive)
        container = engine.run("sleep", "1000", name="runs")
        filler = engine.daemon.data_root / "filler"
        with open(filler, "wb", buffering=0) as file:
            for size in (1 << 16, 1 << 12, 1):
                try:
                    while True:
                        file.write(b"x" * size)
                except OSError:
                    pass
        if end == "TERM":
            assert engine.daemon.stop() == 0
        else:
            engine.daemon.kill()
        engine.daemon.start()
        assert engine.inspect("runs")["State"]["Running"]
        filler.unlink()
        engine.stop("runs")
        engine.daemon.stop()
        engine.daemon.start()
        assert engine.inspect(container)["State"]["Status"] == "exited"
        engine.clear()
        engine.daemon.stop()
    finally:
        subprocess.run(["umount", "--lazy", str(engine.daemon.data_root)], check=False)
