"""Fixtures: one engine for most tests, checked after each of them for anything left behind."""

import itertools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import docker
import pytest
from harness import failures, image, leaks
from harness.cli import installed_clients
from harness.daemon import chosen
from harness.engine import Engine

_numbers = itertools.count(1)


def pytest_configure(config):
    config.addinivalue_line("markers", "berthd: what only berthd promises; Docker's daemon has no such thing")


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    """After the diffs and after pytest's own summary, which repeats them in full where CI is set."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    found = failures.lines(reporter) if reporter else []
    if found:
        reporter.write_line("\n".join(["", *found]), red=True)


def pytest_collection_modifyitems(items):
    if chosen().name != "berthd":
        for item in items:
            if item.get_closest_marker("berthd"):
                item.add_marker(pytest.mark.skip(reason="a promise of berthd alone"))


@pytest.fixture(scope="session")
def base():
    """A directory for everything of this run, with a path short enough for unix sockets."""
    folder = Path(tempfile.mkdtemp(prefix="berth-test-", dir=os.environ.get("BERTH_TEST_ROOT", "/tmp")))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def archive(base):
    """busybox:latest and fixture:latest in the form of docker save."""
    return image.fixtures_archive(base / "images.tar")


@pytest.fixture(scope="session")
def shared_engine(base, archive):
    engine = Engine(f"bt{os.getpid()}", base)
    try:
        engine.daemon.start()
        engine.load(archive)
        yield engine
    finally:
        left = engine.close()
    assert not left, left


@pytest.fixture
def engine(shared_engine):
    """The shared engine. After the test all it made is removed, and nothing may be left of it."""
    before = leaks.snapshot(shared_engine.daemon)
    yield shared_engine
    shared_engine.clear()
    left = leaks.left_behind(shared_engine.daemon, before)
    assert not left, left


@pytest.fixture
def own_engine(base, archive):
    """Makes engines of the test's own, to be killed and restarted; nothing may be left of them in the end."""
    made = []

    def make(start=True, images=True, environment=None, **options):
        engine = Engine(f"bt{os.getpid()}x{next(_numbers)}", base, **options)
        engine.archive = archive
        made.append(engine)
        if start:
            engine.daemon.start(environment)
            if images:
                engine.load(archive)
        return engine

    yield make
    left = {engine.daemon.root.name: engine.close() for engine in made}
    assert not any(left.values()), left


@pytest.fixture
def small(own_engine, base):
    """An engine whose data root is a tmpfs of 24 MB, with the images in it."""
    engine = own_engine(start=False)
    engine.daemon.data_root.mkdir(parents=True)
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m,nr_inodes=4k,mode=711", "tmpfs", str(engine.daemon.data_root)], check=True)
    try:
        engine.daemon.start()
        engine.load(engine.archive)
        yield engine
        if engine.daemon.answers():
            engine.clear()
        engine.daemon.stop()
    finally:
        subprocess.run(["umount", "--lazy", str(engine.daemon.data_root)], check=False)


@pytest.fixture(params=["installed", "debian"])
def cli(request, engine):
    """The real docker command: once the installed one, once the one of Debian's package."""
    clients = installed_clients()
    if request.param not in clients:
        pytest.skip(f"no docker command: {request.param}")
    return engine.cli(request.param)


@pytest.fixture
def sdk(engine):
    """The Python SDK's client."""
    client = docker.DockerClient(base_url=f"unix://{engine.daemon.socket}", version="auto", timeout=30)
    yield client
    client.close()
