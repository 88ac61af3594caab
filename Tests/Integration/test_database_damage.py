"""A database that is damaged, locked, newer or partly unreadable: refused with the reason, or without effect."""

import json
import os
import shutil
import sqlite3
import subprocess

import pytest
from harness import database

pytestmark = pytest.mark.berthd


@pytest.fixture
def used(own_engine):
    """An engine that does not run now, with one container that does and one that has ended."""
    engine = own_engine()
    engine.network("keep", "10.95.0.0/24")
    engine.running = engine.run("sleep", "1000", name="runs", host={"NetworkMode": "keep", "Binds": ["data:/data"]})
    engine.stopped = engine.run("sh", "-c", "cat /work 2>/dev/null || echo done > /work", name="stopped")
    engine.wait(engine.stopped)
    engine.process = engine.pid("runs")
    assert engine.daemon.stop() == 0
    shutil.copy(database.path(engine), engine.daemon.root / "right.db")
    yield engine


def unharmed(engine):
    """A daemon that serves, and all that was there."""
    assert engine.pid("runs") == engine.process
    assert engine.execute("runs", "ip", "-o", "link", "show", "eth0")[0] == 0
    engine.start("stopped")
    engine.wait("stopped")
    assert engine.logs("stopped")[0] == "done\n"
    engine.stop("runs")
    engine.start("runs")


def overwrite(engine, offset, data):
    with open(database.path(engine), "r+b") as file:
        file.seek(offset)
        file.write(data)


def cut(part):
    return lambda engine: os.truncate(database.path(engine), int(database.path(engine).stat().st_size * part))


def page(number, data):
    return lambda engine: overwrite(engine, 4096 * number, data * (4096 // len(data)))


def whole(data):
    return lambda engine: database.path(engine).write_bytes(data)


def appended(engine):
    with open(database.path(engine), "ab") as file:
        file.write(b"x" * 5000)


def a_directory(engine):
    database.path(engine).unlink()
    database.path(engine).mkdir()


def a_broken_link(engine):
    database.path(engine).unlink()
    database.path(engine).symlink_to("/nowhere/at/all/berth.db")


DAMAGE = {
    "cut to nothing": cut(0), "cut to 100 bytes": lambda engine: os.truncate(database.path(engine), 100),
    "cut to 512 bytes": lambda engine: os.truncate(database.path(engine), 512),
    "cut to a page": lambda engine: os.truncate(database.path(engine), 4096),
    "cut to a quarter": cut(0.25), "cut to a half": cut(0.5), "cut by a page": lambda engine: os.truncate(
        database.path(engine), database.path(engine).stat().st_size - 4096),
    "cut by a byte": lambda engine: os.truncate(database.path(engine), database.path(engine).stat().st_size - 1),
    "first bytes scribbled": lambda engine: overwrite(engine, 0, b"scribble"),
    "header scribbled": lambda engine: overwrite(engine, 16, os.urandom(84)),
    "first page scribbled": lambda engine: overwrite(engine, 100, os.urandom(3996)),
    "second page scribbled": page(1, b"scribble"), "third page zeroed": page(2, b"\0"),
    "fifth page scribbled": page(4, b"\xff\x00"), "ninth page zeroed": page(8, b"\0"),
    "text": whole(b"I am no database.\n" * 300), "zeroes": whole(b"\0" * 20480), "noise": whole(os.urandom(20480)),
    "more behind it": appended, "a directory": a_directory, "a broken link": a_broken_link,
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damage_is_refused_with_a_reason_or_without_effect(used, damage):
    engine = used
    right = engine.daemon.root / "right.db"
    damage(engine)
    before = database.world(engine)
    engine.daemon.spawn()
    try:
        engine.daemon.await_answer()
    except AssertionError:
        text = database.said(engine)
        line = text.strip().splitlines()[-1]
        assert engine.daemon.process.returncode == 1, text
        assert " critical " in line and f"open database `{database.path(engine)}`: " in line, text
        assert database.world(engine) == before
        os.kill(engine.process, 0)
        # With the right file back all is as it was; with --recover too.
        if database.path(engine).is_dir():
            database.path(engine).rmdir()
        if "berthd --recover" in line and not database.path(engine).is_symlink():
            assert "recovered:" in database.recover(engine)
        else:
            for suffix in ("", "-wal", "-shm"):
                database.path(engine, suffix).unlink(missing_ok=True)
            shutil.copyfile(right, database.path(engine))
        engine.daemon.start()
    unharmed(engine)


def test_locked_database_is_refused_by_name(used):
    engine = used
    other = sqlite3.connect(database.path(engine), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    other.execute("UPDATE meta SET value = value")
    try:
        text = database.refused(engine)
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert f"open database `{database.path(engine)}`: another process has it locked" in text, text
    engine.daemon.start()
    unharmed(engine)


def test_database_that_cannot_be_written_to_is_refused_by_name(used):
    engine = used
    folder = engine.daemon.data_root
    subprocess.run(["mount", "--bind", str(folder), str(folder)], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=True)
    try:
        before = database.world(engine)
        text = database.refused(engine)
        assert database.world(engine) == before
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
    assert " critical " in text and "ead-only" in text, text
    engine.daemon.start()
    unharmed(engine)


def test_immutable_database_is_refused_by_name(used):
    engine = used
    if subprocess.run(["chattr", "+i", str(database.path(engine))], capture_output=True).returncode:
        pytest.skip("no immutable files here")
    try:
        text = database.refused(engine)
    finally:
        subprocess.run(["chattr", "-i", str(database.path(engine))], check=True)
    assert " critical " in text and f"open database `{database.path(engine)}`: it cannot be written to" in text, text
    engine.daemon.start()
    unharmed(engine)


def test_database_of_a_newer_version_is_refused_untouched(used):
    engine = used
    database.execute(engine, "INSERT INTO grdb_migrations VALUES ('999')",
                     "ALTER TABLE containers ADD COLUMN added TEXT NOT NULL DEFAULT ''")
    before = database.world(engine)
    text = database.refused(engine)
    assert f"open database `{database.path(engine)}`: a newer version of berthd" in text, text
    assert database.world(engine) == before
    done = subprocess.run([*engine.daemon.command(), "--recover"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "a newer version of berthd" in done.stderr
    assert database.world(engine) == before
    database.execute(engine, "DELETE FROM grdb_migrations WHERE identifier = '999'")
    engine.daemon.start()
    unharmed(engine)


NEWER = "json_set(CAST({column} AS TEXT), '$.format', 9)"


@pytest.mark.parametrize("table, column", [
    ("containers", "record"), ("containers", "state"), ("networks", "record"), ("endpoints", "record"),
    ("volumes", "record"), ("images", "record")])
def test_rows_of_a_newer_form_are_refused_untouched(used, table, column):
    """A reader that takes them for its own would misunderstand them, and a copy of an older time would overwrite them."""
    engine = used
    file = sqlite3.connect(database.path(engine))
    key = "name" if table == "volumes" else "id"
    saved = file.execute(f"SELECT {column}, {key} FROM {table}").fetchall()
    assert saved, "nothing to change"
    database.execute(engine, f"UPDATE {table} SET {column} = {NEWER.format(column=column)}")
    before = database.world(engine)
    text = database.refused(engine)
    assert f"a newer version of berthd has changed row `" in text and f"` of {table}, " in text, text
    assert database.world(engine) == before
    done = subprocess.run([*engine.daemon.command(), "--recover"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "a newer version of berthd" in done.stderr
    assert database.world(engine) == before
    database.execute(engine, *((f"UPDATE {table} SET {column} = ? WHERE {key} = ?", values) for values in saved))
    engine.daemon.start()
    unharmed(engine)


def test_kept_files_of_a_newer_form_are_not_taken_in(used):
    engine = used
    (kept,) = [file for file in engine.daemon.data_root.glob("containers/*/config.json") if '"runs"' in file.read_text()]
    content = json.loads(kept.read_text())
    assert content["format"] == 1
    kept.write_text(json.dumps({**content, "format": 9}))
    for file in engine.daemon.data_root.glob("berth.db*"):
        file.rename(f"{file}.away")
    before = database.world(engine)
    done = subprocess.run([*engine.daemon.command(), "--recover"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and f"read `{kept}`: a newer version of berthd has written it" in done.stderr, done.stderr
    assert database.world(engine) == before
    kept.write_text(json.dumps(content))
    for file in engine.daemon.data_root.glob("berth.db*.away"):
        file.rename(str(file).removesuffix(".away"))
    engine.daemon.start()
    unharmed(engine)


def bad_record(table, column="record", value="'{\"half\":'", key="1=1"):
    return f"UPDATE {table} SET {column} = {value} WHERE {key}"


def forget_kept_files(engine):
    """Without them a row cannot be put back."""
    for file in engine.daemon.data_root.glob("containers/*/config.json"):
        file.write_text("{}")
    for file in engine.daemon.data_root.glob("records/*/*"):
        file.write_text("{}")


BAD = {
    "half a record": bad_record("containers"), "half a state": bad_record("containers", "state"),
    "a number for a record": bad_record("containers", value="7"),
    "binary for a phase": bad_record("containers", "phase", "x'ff00'"),
    "a record of another kind": bad_record("containers", value="'{\"id\": 5}'"),
    "half a network": bad_record("networks", key="name = 'keep'"),
    "half an image": bad_record("images"), "half an endpoint": bad_record("endpoints"),
    "no sense in ready": bad_record("endpoints", "ready", "x'ff'"),
}


@pytest.mark.parametrize("statement", BAD.values(), ids=BAD)
def test_rows_that_cannot_be_read_are_put_back_from_the_copy_on_disk(used, statement):
    engine = used
    database.execute(engine, statement)
    engine.daemon.start()
    text = database.said(engine)
    assert "was put back from the copy on disk" in text, text
    unharmed(engine)


@pytest.mark.parametrize("statement", [BAD[name] for name in BAD if "endpoints" not in BAD[name]],
                         ids=[name for name in BAD if "endpoints" not in BAD[name]])
def test_rows_that_nobody_can_read_are_set_aside(used, statement):
    """Named in the log, not listed, and nothing of theirs is removed: what has been mended by hand is all there again."""
    engine = used
    table, column = statement.split()[1], statement.split()[3]
    key = "name" if table == "volumes" else "id"
    saved = sqlite3.connect(database.path(engine)).execute(f"SELECT {column}, {key} FROM {table}").fetchall()
    database.execute(engine, statement)
    forget_kept_files(engine)
    engine.daemon.start()
    text = database.said(engine)
    assert f"of {table}: " in text and "It is left as it is" in text, text
    listed = {each["Names"][0] for each in engine.api.get("/containers/json", all="1").json}
    assert listed == (set() if table == "containers" else {"/runs", "/stopped"})
    os.kill(engine.process, 0)
    assert engine.api.post("/containers/create", {"Image": "busybox", "Cmd": ["true"]}, name="other").status in (201, 404)
    assert engine.api.post("/containers/prune").status == 200 or table != "containers"
    assert engine.api.post("/images/prune").status == 200
    engine.daemon.stop()
    database.execute(engine, *((f"UPDATE {table} SET {column} = ? WHERE {key} = ?", values) for values in saved))
    engine.daemon.start()
    if table == "containers":
        unharmed(engine)
    assert engine.pid("runs") == engine.process or table == "containers"
    assert engine.execute("runs", "ip", "-o", "link", "show", "eth0")[0] == 0


def test_records_of_an_older_version_lack_what_was_added_since(used):
    engine = used
    for field in ("restartCount", "hasBeenManuallyStopped", "platform", "sandboxID"):
        database.execute(engine, f"UPDATE containers SET record = CAST(json_remove(record, '$.{field}') AS BLOB)")
    database.execute(
        engine, "UPDATE containers SET state = CAST(json_remove(state, '$.oomKilled', '$.error') AS BLOB)",
        "UPDATE networks SET record = CAST(json_remove(record, '$.isIngress', '$.ipamOptions', '$.scope') AS BLOB)",
        "UPDATE images SET record = CAST(json_remove(record, '$.comment', '$.author') AS BLOB)",
        "UPDATE endpoints SET record = CAST(json_remove(record, '$.gateway', '$.ports') AS BLOB)")
    engine.daemon.start()
    assert "row `" not in database.said(engine)
    unharmed(engine)


def test_a_configuration_that_means_nothing_can_be_shown_and_removed_but_not_started(used):
    """A daemon that knows less, or a hand in the database: the container is named, and the daemon starts."""
    engine = used
    database.execute(
        engine, "UPDATE containers SET record = CAST(json_set(record, '$.hostConfig.IpcMode', 'odd') AS BLOB)")
    engine.daemon.start()
    text = database.said(engine)
    for container in (engine.running, engine.stopped):
        assert f"container {container[:12]}: its configuration cannot be read: invalid IPC mode: odd" in text, text
    assert engine.inspect("stopped")["HostConfig"]["IpcMode"] == "odd"
    refused = engine.api.post("/containers/stopped/start")
    assert refused.status == 500 and "invalid IPC mode: odd" in refused.json["message"], refused.json
    assert engine.pid("runs") == engine.process
    engine.stop("runs")
    for name in ("runs", "stopped"):
        engine.remove(name)
