"""Builds of earlier commits, whose data roots and monitors today's daemon has to take over."""

import os
import subprocess
from pathlib import Path

import pytest

from .daemon import ROOT

#: The last build before rows, frames and exit files told a version.
(UNVERSIONED,) = (ROOT / "Tests/Fixtures/older-builds").read_text().split()


def prefix(commit):
    """The tree of that build. It is made, once, only where there is time for it: minutes of two cores."""
    if not (ROOT / "out/older" / commit / "complete").exists() and not os.environ.get("BERTH_TEST_LONG"):
        pytest.skip(f"{commit[:9]} is not built: scripts/older-build does it, and so does BERTH_TEST_LONG=1")
    done = subprocess.run([ROOT / "scripts/older-build", commit], capture_output=True, text=True)
    if done.returncode == 3:
        pytest.skip(f"this clone does not have the commit {commit[:9]}")
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())
