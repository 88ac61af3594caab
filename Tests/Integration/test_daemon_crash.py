"""What a crash of the daemon leaves in its log, and what signals do to it."""

import http.client
import json
import os
import re
import signal
import subprocess
import time

import pytest
from harness.cli import ROOT

pytestmark = pytest.mark.berthd

SOURCE = ROOT / "Tests/Fixtures/modules/crasher.c"
HEADER = ROOT / "Sources/Plugins/CDriver/include"
SIGNALS = {"SEGV": signal.SIGSEGV, "ABORT": signal.SIGABRT, "TRAP": signal.SIGILL, "FPE": signal.SIGFPE,
           "OVERFLOW": signal.SIGSEGV, "BUS": signal.SIGBUS}


def describe(engine, target, *flags, name="crasher", **descriptor):
    """A driver that crashes, built anew; a module's file is replaced, never written over."""
    built = target.with_suffix(".new")
    subprocess.run(["cc", "-Wall", "-Werror", "-Wno-infinite-recursion", "-shared", "-fPIC", *flags, f"-I{HEADER}",
                    "-o", str(built), str(SOURCE)], check=True)
    os.replace(built, target)
    path = engine.daemon.plugins / f"{name}.json"
    path.write_text(json.dumps({"name": name, "kinds": ["volume"], "module": str(target), **descriptor}))


def log(engine):
    return engine.daemon.log.read_text()


def await_log(engine, text, seconds=20):
    deadline = time.monotonic() + seconds
    while text not in log(engine):
        assert time.monotonic() < deadline, engine.daemon.log_tail()
        time.sleep(0.01)


@pytest.mark.parametrize("way", [*SIGNALS, "EXIT"])
def test_crash_in_a_call_names_the_driver_and_the_method(own_engine, tmp_path, way):
    engine = own_engine(start=False)
    describe(engine, tmp_path / "crasher.so", f"-DWAY={way}")
    engine.daemon.start()
    engine.load(engine.archive)
    running = engine.run("sleep", "60")
    with pytest.raises((OSError, http.client.HTTPException)):
        engine.api.post("/volumes/create", {"Name": "crash", "Driver": "crasher"})
    status = engine.daemon.wait()
    assert status == (3 if way == "EXIT" else -SIGNALS[way])
    if way == "EXIT":
        assert re.search(r"critical berthd: ended by a call of exit, in driver `crasher`: VolumeDriver.Create\n", log(engine))
    else:
        assert re.search(
            r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000 critical berthd: crashed: " + SIGNALS[way].name +
            r".*, in driver `crasher`: VolumeDriver.Create, thread \d+ \(.*\); backtrace:\n", log(engine), re.M), log(engine)
        frames = log(engine).split("backtrace:\n")[1]
        assert re.search(r"crasher\.so\+0x[0-9a-f]+ " + ("deeper" if way == "OVERFLOW" else "crash_as_told"), frames)
        if way != "OVERFLOW":  # its frames are more than are shown
            assert re.search(r"berthd\+0x[0-9a-f]+ \$s12PluginLoader", frames), frames
    engine.daemon.start()
    assert engine.inspect(running)["State"]["Running"]


@pytest.mark.parametrize("way", ["SEGV", "ABORT", "EXIT", "OVERFLOW"])
def test_module_that_crashes_in_open_is_refused_at_the_next_start(own_engine, tmp_path, way):
    engine = own_engine(start=False)
    module = tmp_path / "crasher.so"
    describe(engine, module, "-DAT_OPEN", f"-DWAY={way}")
    engine.daemon.spawn()
    assert engine.daemon.wait() in (3, *(-number for number in SIGNALS.values()))
    assert "in driver `crasher`: open" in log(engine)
    # Refused by name, and all else works.
    engine.daemon.start()
    (warning,) = [text for text in engine.api.get("/info").json["Warnings"] if "crasher" in text]
    assert "the daemon crashed while it opened it" in warning and str(module) in warning
    answer = engine.api.post("/volumes/create", {"Name": "vol", "Driver": "crasher"})
    assert answer.status == 404, answer
    engine.load(engine.archive)
    assert engine.out("echo fine") == "fine"
    # It stays so at a further start, until it is mended.
    assert engine.daemon.stop() == 0
    engine.daemon.start()
    assert any("crasher" in text for text in engine.api.get("/info").json["Warnings"])
    describe(engine, module, "-DWAY=SEGV")
    engine.daemon.stop()
    engine.daemon.start()
    assert not any("crasher" in text for text in engine.api.get("/info").json["Warnings"] or [])


def test_kill_while_modules_are_opened_refuses_none(own_engine):
    """A SIGKILL at a start is no module's fault."""
    engine = own_engine(start=False, images=False)
    for pause in (0, 0.01, 0.02, 0.05, 0.1):
        engine.daemon.spawn()
        time.sleep(pause)
        engine.daemon.kill()
    engine.daemon.start()
    assert not any("driver" in text for text in engine.api.get("/info").json["Warnings"] or [])


def test_signal_from_outside_is_told_with_its_sender(own_engine):
    engine = own_engine(images=False)
    engine.daemon.signal(signal.SIGSEGV)
    assert engine.daemon.wait() == -signal.SIGSEGV
    assert f"crashed: SIGSEGV sent by process {os.getpid()}" in log(engine)
    engine.daemon.start()


def test_calls_that_never_return_are_a_warning(own_engine, tmp_path):
    engine = own_engine(start=False)
    describe(engine, tmp_path / "crasher.so", "-DWAY=SEGV", **{"timeout-ms": 200})
    engine.daemon.start()
    for count in (1, 2):
        assert engine.api.post("/volumes/create", {"Name": "hang", "Driver": "crasher"}).status == 503
        assert f"WARNING: driver crasher: {count} calls have not returned" in engine.api.get("/info").json["Warnings"]


def test_usr1_tells_the_state_and_harmless_signals_do_nothing(own_engine):
    engine = own_engine()
    engine.run("sleep", "60")
    for number in (signal.SIGUSR2, signal.SIGALRM, signal.SIGPIPE, signal.SIGVTALRM, signal.SIGPROF, signal.SIGUSR1):
        engine.daemon.signal(number)
    await_log(engine, "SIGUSR1: thread ")
    assert "SIGUSR1: containers: 1 running" in log(engine)
    assert re.search(r"SIGUSR1: driver bridge: ready, 0 calls have not returned", log(engine))
    assert re.search(r"SIGUSR1: descriptors: \d+; VmSize: \d+ kB, VmRSS: \d+ kB", log(engine))
    assert engine.daemon.answers() and engine.daemon.process.poll() is None
    # A container gets them as usual.
    assert engine.sh("sh -c 'kill -USR2 $$; exit 0'; exit $?")[0] == 128 + signal.SIGUSR2


def test_harmless_signals_do_nothing_during_a_start(own_engine):
    engine = own_engine(start=False, images=False)
    engine.daemon.spawn()
    await_log(engine, "notice berthd")
    for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGHUP):
        engine.daemon.signal(number)
    engine.daemon.await_answer()


def test_text_of_a_driver_is_cut_in_the_log(own_engine, tmp_path):
    from harness.plugin import VolumePlugin

    engine = own_engine(start=False)
    path = engine.daemon.root / "plugin.sock"
    (engine.daemon.plugins / "wordy.json").write_text(json.dumps(
        {"name": "wordy", "kinds": ["volume"], "socket": str(path)}))
    with VolumePlugin(path, tmp_path / "volumes") as plugin:
        engine.daemon.start()
        engine.load(engine.archive)
        made = engine.api.post("/volumes/create", {"Name": "vol", "Driver": "wordy"})
        assert made.status == 201, made
        container = engine.run("sleep", "60", host={"Binds": ["vol:/d"]})
        plugin.words = "one\ntwo " + "x" * 1_000_000
        plugin.fail = {"VolumeDriver.Unmount"}
        engine.stop(container)
        await_log(engine, "Unmount" if "Unmount" in log(engine) else "wordy")
        plugin.fail = set()
    assert max(map(len, log(engine).splitlines())) < 5000
