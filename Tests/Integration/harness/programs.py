"""C programs of Tests/Fixtures/hostile, built statically, to be run in containers."""

import atexit
import functools
import shutil
import subprocess
import tempfile
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2] / "Fixtures/hostile"


@functools.cache
def build(name):
    """The program's path, in a folder of its own that can be mounted into a container."""
    folder = Path(tempfile.mkdtemp(prefix="berth-program-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)
    subprocess.run(["gcc", "-static", "-O1", "-Wall", "-Werror", "-Wno-unused-result", "-o", folder / name,
                    SOURCES / f"{name}.c"], check=True, capture_output=True)
    return folder / name
