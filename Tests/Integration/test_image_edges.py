"""Images: what removal and prune say, what layers share, and images that are not quite like others."""

import hashlib
import json

import pytest
from harness import image

FOREIGN = "s390x"


@pytest.fixture(autouse=True)
def _no_images_left(engine):
    """Images made by a test go with it."""
    before = {each["Id"] for each in engine.api.get("/images/json", all="1").json}
    yield
    for container in engine.api.get("/containers/json", all="1").json:
        engine.api.delete(f"/containers/{container['Id']}", force="1")
    for each in engine.api.get("/images/json", all="1").json:
        if each["Id"] not in before:
            engine.api.delete(f"/images/{each['Id']}", force="1")


def load(engine, folder, tag, text="content", base=(), **config):
    """Loads an image whose top layer is one small file; its ID."""
    layer = image.Layer()
    layer.directory("only")
    layer.file("only/file", text)
    layers = [*base, layer.finish()]
    image.archive(folder / "image.tar", [([tag] if tag else None, layers, config)])
    engine.load(folder / "image.tar")
    return "sha256:" + hashlib.sha256(image.configuration(layers, config)).hexdigest()


def load_configuration(engine, folder, tag, configuration):
    """Loads an image without layers whose configuration is this."""
    outer = image.Layer()
    outer.file("c.json", json.dumps(configuration))
    outer.file("manifest.json", json.dumps([{"Config": "c.json", "RepoTags": [tag], "Layers": None}]))
    (folder / "image.tar").write_bytes(outer.finish())
    engine.load(folder / "image.tar")


def listed(engine, container):
    return next(each for each in engine.api.get("/containers/json", all="1").json if each["Id"] == container)


# Removal


def test_forced_removal_leaves_a_stopped_container_its_content(engine, tmp_path):
    layers_before = engine.api.get("/system/df").json["LayersSize"]
    identity = load(engine, tmp_path, "kept:1", "still here", base=[image.busybox_layer()], Cmd=["cat", "/only/file"])
    container = engine.create(image="kept:1")
    answer = engine.api.delete("/images/kept:1", force="1")
    assert answer.status == 200, answer
    assert answer.json == [{"Untagged": "kept:1"}, {"Deleted": identity}]
    assert engine.api.get(f"/images/{identity}/json").status == 404
    engine.start(container)
    assert engine.wait(container) == 0
    assert engine.logs(container)[0] == "still here"
    assert listed(engine, container)["ImageID"] == identity
    engine.remove(container)
    assert engine.api.get("/system/df").json["LayersSize"] == layers_before


def test_image_that_was_removed_by_force_can_be_loaded_again(engine, tmp_path):
    identity = load(engine, tmp_path, "again:1")
    container = engine.create("true", image="again:1")
    assert engine.api.delete("/images/again:1", force="1").status == 200
    assert load(engine, tmp_path, "again:1") == identity
    assert listed(engine, container)["Image"] == "again:1"
    engine.remove(container)
    assert engine.api.get("/images/again:1/json").json["Id"] == identity


def test_forced_removal_of_a_running_containers_image_takes_its_name_alone(engine, tmp_path):
    identity = load(engine, tmp_path, "running:1", base=[image.busybox_layer()])
    container = engine.run("sleep", "60", image="running:1")
    answer = engine.api.delete(f"/images/{identity}", force="1")
    assert answer.status == 409
    assert "(cannot be forced) - image is being used by running container " + container[:12] in answer.message
    answer = engine.api.delete("/images/running:1", force="1")
    assert (answer.status, answer.json) == (200, [{"Untagged": "running:1"}])
    assert engine.api.get(f"/images/{identity}/json").json["RepoTags"] == []
    engine.remove(container, force="1")
    assert {"Deleted": identity} in engine.api.delete(f"/images/{identity}").json


def test_removal_by_id_of_a_stopped_containers_image_must_be_forced(engine, tmp_path):
    identity = load(engine, tmp_path, "stopped:1")
    container = engine.create("true", image="stopped:1")
    answer = engine.api.delete(f"/images/{identity}")
    assert answer.status == 409
    assert "(must be forced) - image is being used by stopped container " + container[:12] in answer.message
    assert engine.api.delete(f"/images/{identity}", force="1").status == 200


def test_list_of_containers_shows_the_id_when_the_name_is_gone_or_another_images(engine, tmp_path):
    identity = load(engine, tmp_path, "moving:1", "first")
    container = engine.create("true", image="moving:1")
    assert listed(engine, container)["Image"] == "moving:1"
    load(engine, tmp_path, "moving:1", "second")
    assert listed(engine, container)["Image"] == identity
    assert engine.inspect(container)["Config"]["Image"] == "moving:1"
    engine.api.post(f"/images/{identity}/tag", repo="moving", tag="1")
    assert listed(engine, container)["Image"] == "moving:1"
    engine.api.post("/images/moving:1/tag", repo="other", tag="1")
    assert engine.api.delete("/images/moving:1").status == 200
    assert listed(engine, container)["Image"] == identity


# Prune


def test_prune_counts_only_layers_that_are_gone(engine, tmp_path):
    identity = load(engine, tmp_path, None, "seven b", base=[image.busybox_layer()])
    pruned = engine.api.post("/images/prune").json
    assert {"Deleted": identity} in pruned["ImagesDeleted"]
    assert len(pruned["ImagesDeleted"]) == 2, "the image and its own layer"
    assert pruned["SpaceReclaimed"] == len("seven b")


def test_prune_of_unused_images_tells_their_names(engine, tmp_path):
    for tag in ("busybox", "fixture"):
        engine.create("true", image=tag)
    identity = load(engine, tmp_path, "unused:1")
    engine.api.post("/images/unused:1/tag", repo="unused", tag="2")
    pruned = engine.api.post("/images/prune", filters={"dangling": ["false"]}).json["ImagesDeleted"]
    assert {"Untagged": "unused:1"} in pruned and {"Untagged": "unused:2"} in pruned
    assert {"Deleted": identity} in pruned


# Sizes


def shared_sizes(images):
    return {each["RepoTags"][0]: (each["Size"], each["SharedSize"]) for each in images}


def test_disk_usage_says_what_images_share(engine):
    sizes = shared_sizes(engine.api.get("/system/df").json["Images"])
    base = sizes["busybox:latest"][0]
    assert sizes["busybox:latest"][1] == base and sizes["fixture:latest"][1] == base
    assert sizes["fixture:latest"][0] > base


def test_image_in_use_is_not_reclaimable(engine, cli):
    engine.create("true", image="fixture:latest")
    images = cli.out("system", "df", "--format", "{{.Type}} {{.Reclaimable}}").splitlines()[0]
    assert images.startswith("Images ") and "100%" not in images, images


@pytest.mark.berthd
def test_list_counts_shared_sizes_when_asked(engine):
    assert {shared for _, shared in shared_sizes(engine.api.get("/images/json").json).values()} == {-1}
    sizes = shared_sizes(engine.api.at("1.42").get("/images/json", **{"shared-size": "1"}).json)
    assert sizes["busybox:latest"][0] == sizes["busybox:latest"][1] == sizes["fixture:latest"][1]


# Odd images


@pytest.mark.berthd
def test_image_that_says_nothing_of_itself_is_the_hosts(engine, tmp_path):
    load_configuration(engine, tmp_path, "bare:1", {"rootfs": {"type": "layers"}, "config": {"Cmd": ["/none"]}})
    inspected = engine.api.get("/images/bare:1/json").json
    assert (inspected["Os"], inspected["Architecture"]) == ("linux", image.ARCHITECTURE)
    assert inspected["Size"] == 0 and not inspected["RootFS"].get("Layers")
    assert engine.inspect(engine.create(image="bare:1"))["Path"] == "/none"


def create(engine, name, **query):
    return engine.api.post(
        "/containers/create", {"Image": name, "Cmd": ["true"], "HostConfig": {"NetworkMode": "none"}}, **query)


def test_platform_that_the_image_is_not_for_is_404(engine):
    answer = create(engine, "busybox", platform=f"linux/{FOREIGN}")
    assert answer.status == 404
    assert answer.message == (
        "image with reference busybox was found but does not match the specified platform: "
        f"wanted linux/{FOREIGN}, actual: linux/{image.ARCHITECTURE}")


@pytest.mark.parametrize("platform", ["", "linux", f"linux/{image.ARCHITECTURE}"])
def test_platform_of_the_image_is_taken(engine, platform):
    answer = create(engine, "busybox", platform=platform)
    assert answer.status == 201 and not answer.json["Warnings"], answer


@pytest.mark.berthd
def test_platform_that_is_none_is_400(engine):
    answer = create(engine, "busybox", platform="linux/")
    assert (answer.status, answer.message) == (400, '"linux/" is an invalid OS/architecture: invalid argument')


def test_foreign_image_is_warned_of_unless_it_was_asked_for(engine, tmp_path):
    load_configuration(engine, tmp_path, "foreign:1", {
        "architecture": FOREIGN, "os": "linux", "config": {"Cmd": ["/none"]},
        "rootfs": {"type": "layers", "diff_ids": []}})
    answer = create(engine, "foreign:1")
    assert answer.status == 201, answer
    (warning,) = answer.json["Warnings"]
    assert warning.startswith(
        f"The requested image's platform (linux/{FOREIGN}) does not match the detected host platform (linux/")
    assert not create(engine, "foreign:1", platform=f"linux/{FOREIGN}").json["Warnings"]
