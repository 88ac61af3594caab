"""Where a process begins: directories that are there, that are made, and that are not."""

import pytest


def test_is_made_before_the_root_becomes_read_only(engine):
    status, out, _ = engine.sh("pwd; touch x", WorkingDir="/made/here", host={"ReadonlyRootfs": True})
    assert (status, out) == (1, "/made/here\n")


def test_is_made_in_a_volume(engine):
    assert engine.out("pwd", WorkingDir="/data/made", host={"Binds": ["work:/data"]}) == "/data/made"
    assert engine.out("ls /data", host={"Binds": ["work:/data"]}) == "made"


@pytest.mark.berthd
def test_of_an_exec_is_not_made(engine):
    container = engine.run("sleep", "60")
    status, out, err = engine.execute(container, "pwd", WorkingDir="/not/there")
    assert (status, out) == (126, "")
    assert 'chdir to cwd ("/not/there") set in config.json failed: no such file or directory' in err
    assert engine.execute(container, "test", "-e", "/not")[0] == 1
