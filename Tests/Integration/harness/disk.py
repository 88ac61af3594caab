"""A disk that is full: the data root of the engine `small` is a small tmpfs."""

import os
import subprocess


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


def fill_inodes(engine):
    """Takes all inodes that are left."""
    folder = engine.daemon.data_root / "filler-inodes"
    folder.mkdir(exist_ok=True)
    for number in range(100000):
        try:
            os.close(os.open(folder / str(number), os.O_CREAT | os.O_WRONLY))
        except OSError:
            return
    raise AssertionError("there is no end to the inodes")


def take_reserve(engine):
    """What another process that fills the disk may get hold of."""
    for file in (engine.daemon.data_root / "reserve").iterdir():
        file.unlink(missing_ok=True)
    fill(engine)
