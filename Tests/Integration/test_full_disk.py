"""A disk that is full: the error says so, and nothing is left half made."""

import os
import subprocess

import pytest
from harness import leaks


@pytest.fixture
def small(own_engine, base):
    """An engine whose data root is a tmpfs of 24 MB, with the images in it."""
    engine = own_engine(start=False)
    engine.daemon.data_root.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m,mode=711", "tmpfs", str(engine.daemon.data_root)], check=True)
    try:
        engine.daemon.start()
        engine.load(engine.archive)
        yield engine
        engine.clear()
        engine.daemon.stop()
    finally:
        subprocess.run(["umount", "--lazy", str(engine.daemon.data_root)], check=False)


def fill(engine):
    path = engine.daemon.data_root / "filler"
    with open(path, "wb", buffering=0) as filler:
        try:
            while True:
                filler.write(b"\0" * 65536)
        except OSError:
            pass
        try:
            while True:
                filler.write(b"\0" * 64)
        except OSError:
            pass
    for number in range(2000):  # and what directories and small files would still find
        try:
            os.mkdir(engine.daemon.data_root / f"filler-{number}")
            with open(engine.daemon.data_root / f"filler-{number}/f", "wb") as file:
                file.write(b"x")
        except OSError:
            break
    return path


def empty(engine):
    subprocess.run(f"rm -rf {engine.daemon.data_root}/filler*", shell=True, check=True)


def test_full_disk_on_create(small):
    before = leaks.files(small.daemon)
    fill(small)
    answer = small.api.post("/containers/create", {"Image": "busybox", "Cmd": ["true"]}, name="too-much")
    assert answer.status == 500 or small.daemon.name == "berthd" and answer.status == 507, answer
    assert "no space left on device" in answer.message.lower() or "disk is full" in answer.message.lower()
    empty(small)
    assert small.api.get("/containers/too-much/json").status == 404
    assert small.api.get("/containers/json", all="1").json == []
    assert not leaks.files(small.daemon) - before
    assert small.out("echo well again", name="too-much") == "well again"


def test_full_disk_on_load(small, tmp_path):
    from harness import image

    layer = image.Layer()
    layer.file("big", os.urandom(30 << 20))
    archive = image.archive(tmp_path / "big.tar", [(["big:1"], [layer.finish()], {})])
    before = leaks.files(small.daemon)
    answer = small.api.post("/images/load", archive.read_bytes(), quiet="1")
    assert b"no space left on device" in answer.body.lower()
    assert small.api.get("/images/big:1/json").status == 404
    assert not {path for path in leaks.files(small.daemon) - before if "tmp" not in path}
    assert small.out("echo well again") == "well again"
