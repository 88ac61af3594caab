"""Volumes are filled from images while other containers have them, and may do with the copy what they like."""

import os
import stat
import time

import pytest
from harness import image, programs

pytestmark = pytest.mark.berthd

#: So many directories, with a file of so many bytes in each, and so many FIFOs: the copy is to take a while.
DIRECTORIES, LARGE, FIFOS = 24, 3 << 20, 4000
#: The container must be quick enough to get hold of the copy.
ATTEMPTS = 20


def await_line(engine, container, line, seconds=60):
    deadline = time.monotonic() + seconds
    while line not in engine.logs(container)[0].splitlines():
        assert time.monotonic() < deadline, f"{line!r} never came: {engine.logs(container)}"
        time.sleep(0.01)


def attack(engine, name, target, tag):
    """Has an image of this tag copied into new volumes while a container works on the copy, until that has had its way.
    Whatever comes of the copy, the daemon must do nothing elsewhere. Returns the volume's name."""
    program = programs.build(name)
    for attempt in range(ATTEMPTS):
        volume = f"fill{attempt}"
        hostile = engine.run(f"/p/{name}", target, host={"Binds": [f"{volume}:/data", f"{program.parent}:/p:ro"]})
        await_line(engine, hostile, "ready")
        container = engine.create("true", image=tag, host={"Binds": [f"{volume}:/data"]})
        answer = engine.api.post(f"/containers/{container}/start")
        assert answer.status in (204, 409, 500), answer
        engine.api.post(f"/containers/{hostile}/kill")
        engine.wait(hostile)
        if "swapped" in engine.logs(hostile)[0].splitlines():
            return volume
    pytest.fail(f"{name} was too slow {ATTEMPTS} times")


def load(engine, tmp_path, layer, tag):
    engine.load(image.archive(tmp_path / "image.tar", [([tag], [image.busybox_layer(), layer.finish()], {"Cmd": ["sh"]})]))


@pytest.fixture
def outside(base):
    """A folder of the host that no container has, on the same file system as the volumes."""
    folder = base / "outside"
    folder.mkdir()
    yield folder
    for each in folder.iterdir():
        each.unlink()
    folder.rmdir()


def test_hard_links_of_a_copy_are_not_made_where_a_container_points(engine, tmp_path, outside):
    secret = outside / "shadow"
    secret.write_text("root's own\n")
    secret.chmod(0o600)
    layer = image.Layer()
    layer.directory("data")
    for number in range(DIRECTORIES):
        layer.directory(f"data/e{number:02}")
        layer.file(f"data/e{number:02}/large", bytes(LARGE))
        if number == 0:
            layer.file("data/e00/shadow", "of the image\n")
        else:
            layer.link(f"data/e{number:02}/shadow", "data/e00/shadow", kind=image.tarfile.LNKTYPE)
    load(engine, tmp_path, layer, "hardlinks:1")
    up = "../" * 12
    volume = attack(engine, "fill_swap_directory", f"{up}{str(outside).lstrip('/')}", "hardlinks:1")
    assert secret.stat().st_nlink == 1
    assert sorted(os.listdir(outside)) == ["shadow"]
    # Nothing in the volume is that file.
    found = engine.out("find /data -type f -exec cat {} + | grep -c \"root's own\" || true", host={"Binds": [f"{volume}:/data"]})
    assert found == "0"
    engine.clear()
    assert engine.api.delete("/images/hardlinks:1", force="1").status == 200


def test_modes_of_a_copy_are_not_set_where_a_container_points(engine, tmp_path, outside):
    secret = outside / "shadow"
    secret.write_text("root's own\n")
    secret.chmod(0o600)
    layer = image.Layer()
    layer.directory("data")
    layer.directory("data/f")
    for number in range(FIFOS):
        layer.node(f"data/f/{number:05}", 0o666, image.tarfile.FIFOTYPE)
    load(engine, tmp_path, layer, "fifos:1")
    up = "../" * 12
    attack(engine, "fill_swap_fifo", f"{up}{str(secret).lstrip('/')}", "fifos:1")
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert secret.stat().st_uid == 0
    engine.clear()
    assert engine.api.delete("/images/fifos:1", force="1").status == 200


def test_volume_whose_copy_a_container_takes_away_can_be_used_afterwards(engine, tmp_path, outside):
    (outside / "kept").write_text("root's own\n")
    layer = image.Layer()
    layer.directory("data")
    for number in range(DIRECTORIES):
        layer.file(f"data/large{number:02}", bytes(LARGE))
    load(engine, tmp_path, layer, "large:1")
    volume = attack(engine, "fill_take_copy", "../" * 12 + str(outside).lstrip("/"), "large:1")
    binds = {"Binds": [f"{volume}:/data"]}
    for tag in ("busybox:latest", "large:1"):
        assert engine.out("ls -A /data | grep -v large || true", image=tag, host=binds) in ("taken", "")
    assert os.listdir(engine.daemon.data_root / "image/fills") == []
    assert os.listdir(outside) == ["kept"]
    engine.clear()
    assert engine.api.delete("/images/large:1", force="1").status == 200


def test_names_that_a_container_gives_its_files_do_not_hinder_a_start(engine):
    binds = {"Binds": ["marked:/seed"]}
    options = {"image": "fixture:latest", "Entrypoint": [], "User": "0", "host": binds}
    engine.out("mkdir -p /seed/.berth-filling && touch /seed/.berth-filling/mine && ln -s /etc /seed/.berth-filled",
               host=binds)
    assert engine.out("ls -A /seed; ls /seed/.berth-filling", **options).split() == [".berth-filled", ".berth-filling", "mine"]


def test_nothing_of_the_copy_is_left_in_a_filled_volume(engine):
    options = {"image": "fixture:latest", "Entrypoint": [], "User": "0", "host": {"Binds": ["clean:/seed"]}}
    assert engine.out("ls -A /seed", **options).split() == ["deep", "greeting"]
    assert os.listdir(engine.daemon.data_root / "image/fills") == []
