"""Images: load, import, list, inspect, tag and remove."""

import io
import json
import os
import shutil
import tarfile
from pathlib import Path
from urllib.parse import quote

import pytest
from harness import image


@pytest.fixture(autouse=True)
def _no_images_left(engine):
    """Images made by a test go with it; the two that were loaded stay."""
    before = {each["Id"]: each["RepoTags"] for each in engine.api.get("/images/json", all="1").json}
    yield
    for container in engine.api.get("/containers/json", all="1").json:
        engine.api.delete(f"/containers/{container['Id']}", force="1")
    for each in engine.api.get("/images/json", all="1").json:
        for tag in each["RepoTags"] or []:
            if tag not in (before.get(each["Id"]) or []):
                engine.api.delete(f"/images/{tag}")
        if each["Id"] not in before:
            engine.api.delete(f"/images/{each['Id']}", force="1")


def names(engine, **filters):
    listed = engine.api.get("/images/json", filters=filters).json
    return sorted(tag for each in listed for tag in each["RepoTags"] or [])


def small_archive(path, tag, text="content", **config):
    layer = image.Layer()
    layer.directory("only")
    layer.file("only/file", text)
    return image.archive(path, [([tag] if tag else None, [layer.finish()], config)])


def test_load_says_what_it_loaded(engine, cli, tmp_path):
    small_archive(tmp_path / "a.tar", "one/two:three")
    assert cli.out("load", "-i", str(tmp_path / "a.tar")).endswith("Loaded image: one/two:three")
    assert "one/two:three" in names(engine)


def test_load_without_a_tag_says_the_id(engine, cli, tmp_path):
    small_archive(tmp_path / "a.tar", None, "untagged")
    said = cli.out("load", "-i", str(tmp_path / "a.tar"))
    identity = said.split("Loaded image ID: ")[1]
    assert engine.api.get(f"/images/{identity}/json").json["Id"] == identity


def test_load_from_a_pipe_and_compressed(engine, cli, tmp_path):
    import gzip

    small_archive(tmp_path / "a.tar", "zipped:1")
    (tmp_path / "a.tgz").write_bytes(gzip.compress((tmp_path / "a.tar").read_bytes()))
    with open(tmp_path / "a.tgz", "rb") as archive:
        with cli.start("load", stdin=archive) as process:
            out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert b"zipped:1" in out


def test_load_of_an_oci_layout(engine, cli, tmp_path):
    """An OCI image layout has index.json and blobs; Docker's own archives carry both forms since version 25."""
    if engine.daemon.name == "dockerd":
        pytest.skip("20.10 reads the older form alone")
    import hashlib

    layer = image.Layer()
    layer.file("file", "oci")
    outer = image.Layer()

    def blob(data, media):
        digest = hashlib.sha256(data).hexdigest()
        outer.file(f"blobs/sha256/{digest}", data)
        return {"mediaType": media, "digest": f"sha256:{digest}", "size": len(data)}

    data = layer.finish()
    kind = "application/vnd.oci.image."
    manifest = {
        "schemaVersion": 2, "mediaType": kind + "manifest.v1+json",
        "config": blob(image.configuration([data], {"Cmd": ["x"]}), kind + "config.v1+json"),
        "layers": [blob(data, kind + "layer.v1.tar")],
    }
    entry = blob(json.dumps(manifest).encode(), kind + "manifest.v1+json")
    entry["annotations"] = {"io.containerd.image.name": "docker.io/library/oci:1"}
    outer.file("index.json", json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    outer.file("oci-layout", json.dumps({"imageLayoutVersion": "1.0.0"}))
    (tmp_path / "oci.tar").write_bytes(outer.finish())
    cli("load", "-i", str(tmp_path / "oci.tar"))
    assert "oci:1" in names(engine)


@pytest.mark.parametrize("damage", ["truncated", "not a tar", "wrong layer"])
def test_damaged_archive_leaves_nothing(engine, tmp_path, damage):
    small_archive(tmp_path / "a.tar", "damaged:1", "x" * 100_000)
    data = (tmp_path / "a.tar").read_bytes()
    data = {
        "truncated": data[: len(data) // 2],
        "not a tar": b"this is no archive at all" * 100,
        "wrong layer": data.replace(b"x" * 100, b"y" * 100),
    }[damage]
    answer = engine.api.post("/images/load", data, quiet="1")
    assert answer.status >= 400 or b'"error"' in answer.body, answer
    assert "damaged:1" not in names(engine)


def escaped(engine):
    """Where a file of the archives below is outside of every layer."""
    found = [folder for folder, _, files in os.walk(engine.daemon.data_root) if "berth-test-escaped" in files]
    found = [folder for folder in found if not {"diff", "layers", "fs"} & set(Path(folder).parts)]
    return found + [place for place in ("/", os.getcwd()) if os.path.exists(f"{place}/berth-test-escaped")]


def test_archive_with_a_way_up_is_refused_as_a_whole(engine, tmp_path):
    layer = image.Layer()
    layer.file("../../berth-test-escaped", "out")
    image.archive(tmp_path / "a.tar", [(["escape:1"], [layer.finish()], {})])
    answer = engine.api.post("/images/load", (tmp_path / "a.tar").read_bytes(), quiet="1")
    if engine.daemon.name == "berthd":
        assert "archive entry `../../berth-test-escaped` leaves the root directory" in answer.json["error"]
    assert engine.api.get("/images/escape:1/json").status == 404
    assert not escaped(engine)


def test_archive_cannot_write_outside_its_layer_by_way_of_a_link(engine, tmp_path):
    layer = image.Layer()
    layer.link("way", "/")
    layer.file("way/berth-test-escaped", "out")
    layer.link("up", "../../../../../..")
    layer.file("up/berth-test-also", "out")
    engine.load(image.archive(tmp_path / "a.tar", [(["escape:1"], [image.busybox_layer(), layer.finish()], {})]))
    try:
        assert not escaped(engine)
        assert engine.out("cat /berth-test-escaped /berth-test-also", image="escape:1") == "outout"
    finally:
        engine.clear()
        engine.api.delete("/images/escape:1")


def test_import_makes_an_image_of_a_tree(engine, cli, tmp_path):
    tree = io.BytesIO()
    with tarfile.open(fileobj=tree, mode="w") as tar:
        info = tarfile.TarInfo("bin/")
        info.type, info.mode = tarfile.DIRTYPE, 0o755
        tar.addfile(info)
        tar.add("/bin/busybox", "bin/busybox")
    (tmp_path / "tree.tar").write_bytes(tree.getvalue())
    identity = cli.out("import", "--change", 'CMD ["/bin/busybox", "echo", "imported"]', "-m", "by hand",
                       str(tmp_path / "tree.tar"), "imported:1")
    assert identity.startswith("sha256:")
    inspected = engine.api.get("/images/imported:1/json").json
    assert inspected["Id"] == identity
    assert inspected["Config"]["Cmd"] == ["/bin/busybox", "echo", "imported"]
    assert cli.out("run", "--rm", "--network", "none", "imported:1") == "imported"


def test_list_shows_id_tags_size_and_labels(engine):
    listed = {each["RepoTags"][0]: each for each in engine.api.get("/images/json").json}
    assert set(listed) == {"busybox:latest", "fixture:latest"}
    fixture = listed["fixture:latest"]
    assert fixture["Id"].startswith("sha256:") and len(fixture["Id"]) == 71
    assert fixture["Labels"] == {"kind": "fixture"}
    assert fixture["Size"] > 1_000_000
    assert fixture["Created"] == 1_700_000_000
    assert fixture["Containers"] == -1


@pytest.mark.parametrize("filters, expected", [
    ({"reference": ["busy*"]}, ["busybox:latest"]),
    ({"reference": ["fixture:latest"]}, ["fixture:latest"]),
    ({"label": ["kind=fixture"]}, ["fixture:latest"]),
    ({"label": ["kind=other"]}, []),
    ({"dangling": ["true"]}, []),
    ({"before": ["nothing-else"]}, None),
])
def test_list_filters(engine, filters, expected):
    answer = engine.api.get("/images/json", filters=filters)
    if expected is None:
        assert answer.status == 404, answer
    else:
        assert names(engine, **filters) == expected


def test_unknown_filter_is_400(engine):
    answer = engine.api.get("/images/json", filters={"nosuch": ["x"]})
    assert answer.status in ((400,) if engine.daemon.name == "berthd" else (400, 500)), answer
    assert "invalid filter 'nosuch'" in answer.message.lower()


def test_inspect_by_name_id_and_prefix(engine):
    whole = engine.api.get("/images/fixture/json").json
    for name in ("fixture:latest", whole["Id"], whole["Id"][7:], whole["Id"][7:19]):
        assert engine.api.get(f"/images/{name}/json").json == whole
    assert whole["RepoTags"] == ["fixture:latest"]
    assert whole["Config"]["Entrypoint"] == ["/bin/echo", "entry"]
    assert whole["Config"]["Cmd"] == ["default"]
    assert whole["Config"]["Volumes"] == {"/seed": {}}
    assert whole["Config"]["ExposedPorts"] == {"8080/tcp": {}}
    assert (whole["Os"], whole["Architecture"]) == ("linux", image.ARCHITECTURE)
    assert len(whole["RootFS"]["Layers"]) == 2
    assert whole["Created"].startswith("2023-11-14T22:13:20")


def test_history_is_newest_first(engine):
    history = engine.api.get("/images/fixture/history").json
    assert [step["CreatedBy"] for step in history] == ["layer 1", "layer 0"]
    assert history[0]["Tags"] == ["fixture:latest"]


@pytest.mark.parametrize("name", ["absent", "absent:1", "sha256:" + "0" * 64])
def test_unknown_image_is_404(engine, name):
    answer = engine.api.get(f"/images/{name}/json")
    assert answer.status == 404
    assert f"No such image: {name}" in answer.message


@pytest.mark.parametrize("name", ["a b", "UP:x:y", "x:", "-"])
def test_name_that_no_image_can_have_is_400(engine, name):
    for answer in (engine.api.get(f"/images/{quote(name)}/json"),
                   engine.api.post("/containers/create", {"Image": name, "Cmd": ["true"]})):
        assert answer.status == 400 and "invalid reference format" in answer.message, answer


def test_create_from_an_unknown_image_is_404(engine):
    answer = engine.api.post("/containers/create", {"Image": "absent", "Cmd": ["true"]})
    assert (answer.status, answer.message) == (404, "No such image: absent:latest")


def test_tag_and_untag(engine, cli):
    cli("tag", "busybox", "other/name:2")
    assert names(engine) == ["busybox:latest", "fixture:latest", "other/name:2"]
    assert cli.out("rmi", "other/name:2") == "Untagged: other/name:2"
    assert names(engine) == ["busybox:latest", "fixture:latest"]


def test_tag_moves_from_one_image_to_another(engine):
    for source in ("busybox", "fixture"):
        answer = engine.api.post(f"/images/{source}/tag", repo="moving", tag="1")
        assert answer.status == 201
    moved = engine.api.get("/images/moving:1/json").json
    assert moved["Id"] == engine.api.get("/images/fixture/json").json["Id"]
    assert "moving:1" not in engine.api.get("/images/busybox/json").json["RepoTags"]


@pytest.mark.parametrize("repository, tag", [("UPPER", "1"), ("a//b", "1"), ("name", "bad tag")])
def test_tag_with_a_bad_reference_is_400(engine, repository, tag):
    answer = engine.api.post("/images/busybox/tag", repo=repository, tag=tag)
    assert answer.status in ((400,) if engine.daemon.name == "berthd" else (400, 500)), answer
    assert "invalid" in answer.message


def test_tag_of_an_absent_image_is_404(engine):
    answer = engine.api.post("/images/absent/tag", repo="x", tag="1")
    assert (answer.status, answer.message) == (404, "No such image: absent:latest")


def test_remove_deletes_what_no_other_image_needs(engine, tmp_path):
    small_archive(tmp_path / "a.tar", "gone:1", "for removal")
    engine.load(tmp_path / "a.tar")
    identity = engine.api.get("/images/gone:1/json").json["Id"]
    removed = engine.api.delete("/images/gone:1").json
    assert {"Untagged": "gone:1"} in removed
    assert {"Deleted": identity} in removed
    assert engine.api.get(f"/images/{identity}/json").status == 404


def test_remove_of_an_absent_image_is_404(engine):
    answer = engine.api.delete("/images/absent")
    assert (answer.status, answer.message) == (404, "No such image: absent:latest")


def test_remove_of_an_image_in_use_is_409(engine, tmp_path):
    small_archive(tmp_path / "a.tar", "used:1", "in use", Cmd=["true"])
    engine.load(tmp_path / "a.tar")
    container = engine.create(image="used:1")
    answer = engine.api.delete("/images/used:1")
    assert answer.status == 409
    assert 'conflict: unable to remove repository reference "used:1" (must force)' in answer.message
    assert container[:12] in answer.message
    assert "used:1" in names(engine)
    engine.remove(container)
    assert engine.api.delete("/images/used:1").status == 200


def test_remove_by_id_of_an_image_with_two_names_is_409(engine, tmp_path):
    small_archive(tmp_path / "a.tar", "twice:1", "two names")
    engine.load(tmp_path / "a.tar")
    engine.api.post("/images/twice:1/tag", repo="again", tag="1")
    identity = engine.api.get("/images/twice:1/json").json["Id"]
    answer = engine.api.delete(f"/images/{identity}")
    assert answer.status == 409
    assert "image is referenced in multiple repositories" in answer.message
    assert engine.api.delete(f"/images/{identity}", force="1").status == 200
    assert engine.api.get(f"/images/{identity}/json").status == 404


def test_whiteouts_hide_what_lower_layers_had(engine):
    listing = engine.out("ls /home /var; cat /var/new", image="fixture:latest", Entrypoint=[])
    assert listing.splitlines() == ["/home:", "", "/var:", "new", "only this is left in /var"]


def test_sdk_loads_lists_and_removes(engine, sdk, tmp_path):
    small_archive(tmp_path / "a.tar", "by-sdk:1")
    (loaded,) = sdk.images.load((tmp_path / "a.tar").read_bytes())
    assert loaded.tags == ["by-sdk:1"]
    assert "by-sdk:1" in [tag for each in sdk.images.list() for tag in each.tags]
    sdk.images.remove("by-sdk:1")
    assert "by-sdk:1" not in names(engine)


def test_images_survive_a_restart(own_engine):
    engine = own_engine()
    def listed():
        return sorted(engine.api.get("/images/json").json, key=lambda each: each["Id"])

    before = listed()
    engine.daemon.stop()
    engine.daemon.start()
    assert listed() == before
    assert engine.out("echo still here") == "still here"


def test_a_blank_name_is_no_image(engine):
    for version in ("1.41", "1.51"):
        answer = engine.api.at(version).delete("/images/%20")
        assert (answer.status, answer.message) == (400, "image name cannot be blank")


@pytest.mark.berthd
def test_layers_that_were_removed_from_outside_are_loaded_again(own_engine):
    engine = own_engine()
    shutil.rmtree(engine.daemon.data_root / "image/layers")
    engine.load(engine.archive)
    assert engine.out("echo there") == "there"
    assert engine.out("cat /var/new", image="fixture:latest", Entrypoint=[]) == "only this is left in /var"


@pytest.mark.parametrize("call", ["json", "history"])
def test_platform_of_inspect_and_history(engine, call):
    own = engine.api.get("/images/busybox/json").json
    asked = {"os": own["Os"], "architecture": own["Architecture"]}
    assert engine.api.get(f"/images/busybox/{call}", platform=asked).status == 200
    answer = engine.api.get(f"/images/busybox/{call}", platform={"os": "linux", "architecture": "s390x"})
    assert answer.status == 404 and "s390x" in answer.message, answer
    assert engine.api.get(f"/images/busybox/{call}", platform="nonsense").status == 400
