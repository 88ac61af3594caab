"""The data root copied while clients load the daemon: the copy opens, with all that had been promised before."""

import random
import shutil
import sqlite3
import subprocess
import threading
import time

import pytest
from harness import database
from harness.engine import Engine

pytestmark = pytest.mark.berthd

CLIENTS = 8
COPIES = 5


class Load:
    """Clients that make, start, stop and remove; it knows what they were told is there."""

    def __init__(self, engine):
        self.engine = engine
        self.stopped = threading.Event()
        self.lock = threading.Lock()
        self.present = {}
        self.problems = []
        self.threads = [threading.Thread(target=self.client, args=(number,)) for number in range(CLIENTS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        for thread in self.threads:
            thread.join(60)

    def client(self, number):
        engine, chance = self.engine, random.Random(number)
        try:
            while not self.stopped.is_set():
                name = f"c{number}-{chance.randrange(10**9)}"
                volume = engine.api.post("/volumes/create", {"Name": f"v-{name}"})
                assert volume.status == 201, volume
                container = engine.create(
                    "sleep", "60", name=name,
                    host={"NetworkMode": chance.choice(["keep", "bridge", "none"]), "Binds": [f"v-{name}:/d"]})
                with self.lock:
                    self.present[container] = name
                engine.start(container)
                engine.execute(container, "sh", "-c", "echo $$ > /layer")
                if chance.random() < 0.6:
                    engine.stop(container)
                if chance.random() < 0.7:
                    with self.lock:
                        del self.present[container]
                    engine.remove(container, force="1")
                    assert engine.api.delete(f"/volumes/v-{name}").status == 204
        except Exception as problem:
            self.problems.append(problem)


def test_copies_taken_at_any_moment_open_with_all_that_was_there(own_engine, base):
    engine = own_engine()
    engine.network("keep", "10.96.0.0/20")
    fixed = engine.create("true", name="fixed")
    chance = random.Random(time.time_ns())
    copies = []
    with Load(engine) as load:
        for number in range(COPIES):
            time.sleep(chance.uniform(0.2, 2.5))  # the moment is what the test is about
            with load.lock:
                before = dict(load.present)
            copy = base / f"copy{number}"
            copy.mkdir()
            # Names that come and go meanwhile are cp's to complain of.
            subprocess.run(["cp", "-a", str(engine.daemon.data_root), str(copy / "data")], check=False,
                           stderr=subprocess.DEVNULL)
            with load.lock:
                copies.append((copy, {id: name for id, name in before.items() if id in load.present}))
    assert not load.problems, load.problems
    database.await_second_copy(engine)
    # The copies have the daemon's id, and with it its cgroups: never two of them at once on one machine.
    second = Engine(f"{engine.daemon.root.name}s", base, root=copies[0][0])
    running = engine.run("sleep", "60")
    try:
        assert "same ID" in database.refused(second)
    finally:
        second.lan.close()
    assert engine.execute(running, "true")[0] == 0
    engine.clear()
    engine.daemon.stop()
    for number, (copy, promised) in enumerate(copies):
        other = Engine(f"{engine.daemon.root.name}c{number}", base, root=copy)
        try:
            other.daemon.start()
            listed = {each["Id"]: each for each in other.api.get("/containers/json", all="1").json}
            assert fixed in listed and not set(promised) - set(listed), database.said(other)
            assert {"busybox:latest", "fixture:latest"} <= {
                tag for image in other.api.get("/images/json").json for tag in image["RepoTags"]}
            assert other.api.get("/networks/keep").json["IPAM"]["Config"][0]["Subnet"] == "10.96.0.0/20"
            for container, name in list(promised.items())[:3]:
                assert listed[container]["State"] in ("created", "exited")
                assert other.api.get(f"/volumes/v-{name}").status == 200
                other.start(container)
            other.out("true", host={"NetworkMode": "keep"})
            # And again, as any other.
            assert other.daemon.stop() == 0
            other.daemon.start()
            assert fixed in {each["Id"] for each in other.api.get("/containers/json", all="1").json}
        finally:
            left = other.close()
            shutil.rmtree(copy, ignore_errors=True)
        assert not left, left
    engine.daemon.start()


def test_copy_whose_database_and_log_do_not_fit_is_made_anew(own_engine, base):
    """As a copy is that took long: the file from before, the log from after it had begun from its start again."""
    engine = own_engine()
    engine.network("keep", "10.97.0.0/24")
    for number in range(12):
        engine.create("true", name=f"early{number}", host={"NetworkMode": "keep"})
    path = database.path(engine)
    await_log_written_back(engine)
    shutil.copy(path, base / "early.db")
    for number in range(12):
        engine.remove(f"early{number}") if number % 3 else None
        engine.create("true", name=f"late{number}", Labels={"padding": "x" * 3000})
    await_log_written_back(engine)
    for number in range(3):  # over the log's beginning
        engine.create("true", name=f"last{number}")
    names = {each["Names"][0] for each in engine.api.get("/containers/json", all="1").json}
    engine.daemon.kill()
    shutil.copy(base / "early.db", path.with_name("new.db"))
    path.with_name("new.db").rename(path)

    engine.daemon.start()
    assert {each["Names"][0] for each in engine.api.get("/containers/json", all="1").json} == names, database.said(engine)
    assert engine.api.get("/networks/keep").json["IPAM"]["Config"][0]["Subnet"] == "10.97.0.0/24"
    assert len(engine.api.get("/images/json").json) == 2
    engine.start("last0")
    engine.out("true", host={"NetworkMode": "keep"})


def await_log_written_back(engine):
    path = database.path(engine)
    want = {each["Id"] for each in engine.api.get("/containers/json", all="1").json}
    deadline = time.monotonic() + 20
    while True:
        copy = engine.daemon.root / "alone.db"
        shutil.copy(path, copy)
        try:
            if set(database.rows(copy, "SELECT id FROM containers")) == want:
                return
        except sqlite3.DatabaseError:
            pass
        assert time.monotonic() < deadline
        time.sleep(0.02)
