"""A daemon's database, and what stands beside it: read and damaged from outside."""

import hashlib
import os
import sqlite3
import subprocess
import time

from . import leaks


def path(engine, suffix=""):
    return engine.daemon.data_root / f"berth.db{suffix}"


def rows(file, query="SELECT name FROM containers ORDER BY 1"):
    """The first column of a query, from a file that is only read."""
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
        return [row[0] for row in database.execute(query)]


def execute(engine, *statements):
    """Changes the database of a daemon that does not run; the log is written back."""
    database = sqlite3.connect(path(engine))
    with database:
        for statement in statements:
            database.execute(*statement if isinstance(statement, tuple) else (statement,))
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def files(root):
    """Every file's content and every directory below a folder. SQLite's shared memory is no one's to keep."""
    found = {}
    for folder, _, names in os.walk(root):
        found[folder] = "directory"
        for name in names:
            file = os.path.join(folder, name)
            if os.path.islink(file) or not os.path.isfile(file):
                found[file] = os.readlink(file) if os.path.islink(file) else "special"
            elif not name.endswith(("-shm", "berthd.lock")) and not (name.endswith("-wal") and not os.path.getsize(file)):
                with open(file, "rb") as content:
                    found[file] = hashlib.sha256(content.read()).hexdigest()
    return found


def world(engine):
    """What is there for a daemon to lose: its files, and what it has in the kernel."""
    return {"data": files(engine.daemon.data_root), **leaks.snapshot(engine.daemon, ("links", "mounts", "cgroups", "processes"))}


def refused(engine, seconds=60, *options):
    """Starts the daemon, which must end by itself and without a crash; what it said."""
    before = engine.daemon.log.stat().st_size if engine.daemon.log.exists() else 0
    engine.daemon.spawn()
    assert engine.daemon.wait(seconds) == 1, engine.daemon.log_tail()
    return said(engine, before)


def said(engine, offset=0):
    return engine.daemon.log.read_bytes()[offset:].decode(errors="replace")


def recover(engine):
    """`berthd --recover`: what it said."""
    done = subprocess.run([*engine.daemon.command(), "--recover"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stderr


def names(engine):
    """What the database knows, by kind."""
    kinds = {"containers": "id", "networks": "id", "volumes": "name", "images": "id"}
    return {kind: set(rows(path(engine), f"SELECT {column} FROM {kind}")) for kind, column in kinds.items()}


def kept_beside(engine):
    """What has a file of its own beside the data, by kind."""
    root = engine.daemon.data_root
    return {"containers": {file.parent.name for file in root.glob("containers/*/config.json")},
            "networks": {file.name for file in (root / "records/networks").iterdir()},
            "volumes": {file.name for file in (root / "records/volumes").iterdir()},
            "images": {"sha256:" + file.name for file in (root / "records/images").iterdir()}}


def await_second_copy(engine, seconds=20):
    """The files beside the data follow the database in a moment."""
    deadline = time.monotonic() + seconds
    while (kept := kept_beside(engine)) != (named := names(engine)):
        assert time.monotonic() < deadline, (kept, named)
        time.sleep(0.02)
