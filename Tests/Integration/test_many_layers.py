"""Images of more layers than the options of one mount(2) hold."""

import pytest
from harness import image


def archive(path, count):
    layers = [image.busybox_layer()]
    for number in range(1, count):
        layer = image.Layer()
        layer.file(f"numbers/{number}", str(number))
        layer.file("top", str(number))
        layers.append(layer.finish())
    return image.archive(path, [(["many:1"], layers, {"Cmd": ["sh"], "Volumes": {"/numbers": {}}})])


@pytest.fixture(autouse=True)
def _goes(engine):
    yield
    engine.clear()
    engine.api.delete("/images/many:1")


@pytest.mark.berthd
@pytest.mark.parametrize("count", [126, 499])
def test_an_image_of_many_layers_runs(engine, tmp_path, count):
    answer = engine.api.post("/images/load", archive(tmp_path / "a.tar", count).read_bytes(), quiet="1", timeout=120)
    if b"max depth exceeded" in answer.body:
        pytest.skip("this kernel takes no overlay of many layers")
    assert answer.status == 200 and b"error" not in answer.body, answer
    # /numbers is a volume that was filled, by another mount of the same layers.
    script = "cat /top; echo; ls /numbers | wc -l; echo new > /file && cat /file; rm /top && ! test -e /top"
    container = engine.run("sh", "-c", script, image="many:1")
    assert engine.wait(container) == 0
    assert engine.logs(container)[0].split() == [str(count - 1), str(count - 1), "new"]
    engine.start(container)
    assert engine.wait(container) != 0, "what was removed is still removed"


@pytest.mark.berthd
def test_an_image_of_too_many_layers_is_refused(engine, tmp_path):
    answer = engine.api.post("/images/load", archive(tmp_path / "a.tar", 500).read_bytes(), quiet="1", timeout=120)
    assert answer.json["error"].endswith("max depth exceeded")
    assert engine.api.get("/images/many:1/json").status == 404
