"""Options of tmpfs mounts and binds, and places where nothing may be mounted."""

import os

import pytest
from harness import image


@pytest.fixture
def load(engine, tmp_path):
    """Loads images of busybox with one more layer and configuration. They go with the test."""
    tags = []

    def load(layer, config=None):
        tags.append(f"more:{len(tags)}")
        layers = [image.busybox_layer(), layer.finish()]
        config = {"Cmd": ["sh"], "Labels": {"of": tags[-1]}, **(config or {})}
        engine.load(image.archive(tmp_path / "a.tar", [([tags[-1]], layers, config)]))
        return tags[-1]

    yield load
    engine.clear()
    for tag in tags:
        assert engine.api.delete(f"/images/{tag}").status == 200


def create(engine, config=None, version="1.41", **host):
    body = {"Image": "busybox", "Cmd": ["true"], "HostConfig": {"NetworkMode": "none", **host}, **(config or {})}
    return engine.api.at(version).post("/containers/create", body)


def options_of(engine, place, **options):
    line = engine.out(f"grep ' {place} ' /proc/mounts", **options)
    return set(line.split()[3].split(","))


# tmpfs


@pytest.mark.parametrize("option", [
    "defaults", "ro", "rw", "suid", "nosuid", "dev", "nodev", "exec", "noexec", "sync", "async", "dirsync", "mand",
    "nomand", "atime", "noatime", "diratime", "nodiratime", "relatime", "norelatime", "strictatime", "nostrictatime",
    "private", "rprivate", "shared", "rshared", "slave", "rslave", "unbindable", "runbindable", "size=1m", "size=50%",
    "mode=0700", "uid=5", "gid=5", "nr_inodes=10k", "nr_blocks=1k", "mpol=default",
])
def test_every_tmpfs_option_of_docker_is_taken(engine, option):
    assert engine.sh("true", host={"Tmpfs": {"/x": option}})[0] == 0


@pytest.mark.berthd
def test_tmpfs_options_have_their_effect(engine):
    def shown(option):
        return options_of(engine, "/x", host={"Tmpfs": {"/x": option}})

    assert {"nosuid", "nodev", "noexec"} <= shown("defaults")
    assert not {"nosuid", "nodev", "noexec"} & shown("suid,dev,exec")
    assert "noexec" in shown("exec,noexec") and "noexec" not in shown("noexec,exec")
    assert "ro" in shown("rw,ro") and "rw" in shown("ro,rw")
    assert {"sync", "dirsync", "nodiratime", "noatime"} <= shown("sync,dirsync,nodiratime,noatime")
    assert "size=2048k" in shown("size=1m,size=2m")
    out = engine.out("grep ' /x ' /proc/self/mountinfo; grep ' /y ' /proc/self/mountinfo",
                     host={"Tmpfs": {"/x": "shared", "/y": "unbindable"}}).splitlines()
    assert "shared:" in out[0] and "unbindable" in out[1]


@pytest.mark.berthd
@pytest.mark.parametrize("option", [
    "remount", "bind", "rbind", "huge=never", "bogus", "size=", "size=many", "size", "mode=9", "mode=77777", "uid=root",
    "nr_inodes=-1", "size=1m x", "=1"])
def test_unknown_tmpfs_options_are_refused_at_create(engine, option):
    answer = create(engine, Tmpfs={"/x": f"rw,{option}"})
    assert (answer.status, answer.message) == (400, f'invalid tmpfs option ["{option}"]')


@pytest.mark.parametrize("how", ["Tmpfs", "Mounts"])
def test_tmpfs_keeps_the_mode_of_the_directory_it_covers(engine, load, how):
    layer = image.Layer()
    layer.directory("private", 0o700)
    layer.directory("sticky", 0o1775)
    layer.directory("run", 0o755)
    layer.link("link", "/private")
    name = load(layer)

    def mode(place, options="", number=0):
        if how == "Tmpfs":
            host = {"Tmpfs": {place: options}}
        else:
            host = {"Mounts": [{"Type": "tmpfs", "Target": place, "TmpfsOptions": {"Mode": number}}]}
        return engine.out(f"stat -L -c %a {place}; grep -c ' tmpfs .*' /proc/mounts > /dev/null", image=name, host=host)

    assert mode("/private") == "700"
    assert mode("/sticky") == "1775"
    assert mode("/run") == "755"
    assert mode("/link") == "700"
    assert mode("/made/new") == "1777"
    assert mode("/private", "mode=0751", 0o751) == "751"
    if how == "Tmpfs":
        assert mode("/private", "ro,size=1m") == "700"


@pytest.mark.berthd
def test_tmpfs_options_of_the_mounts_field(engine):
    mount = {"Type": "tmpfs", "Target": "/x", "TmpfsOptions": {"SizeBytes": 1 << 20, "Options": [["exec"], ["uid", "7"]]}}
    shown = options_of(engine, "/x", host={"Mounts": [mount]})
    assert "noexec" not in shown and {"size=1024k", "uid=7", "nosuid"} <= shown
    container = engine.create("true", host={"Mounts": [mount]})
    assert engine.inspect(container)["HostConfig"]["Mounts"][0]["TmpfsOptions"]["Options"] == [["exec"], ["uid", "7"]]
    bad = {**mount, "TmpfsOptions": {"Options": [["bogus", "1"]]}}
    answer = create(engine, Mounts=[bad])
    assert (answer.status, answer.message) == (400, 'invalid tmpfs option ["bogus=1"]')


# Modes of binds


@pytest.mark.berthd
@pytest.mark.parametrize("mode", ["rw,ro", "ro,ro", "z,Z", "rshared,rslave", "U", "", "ro,", "cached,delegated", "nocopy"])
def test_modes_that_contradict_or_are_unknown_are_refused(engine, mode):
    answer = create(engine, Binds=[f"/tmp:/x:{mode}"])
    assert answer.status == 400
    assert answer.message in (f"invalid mode: {mode}", f"invalid volume specification: '/tmp:/x:{mode}'")


@pytest.mark.parametrize("mode", ["z", "ro,Z", "ro,rslave,cached"])
def test_modes_that_go_together_are_taken(engine, tmp_path, mode):
    assert engine.sh("true", host={"Binds": [f"{tmp_path}:/x:{mode}"]})[0] == 0


def test_a_volume_has_no_propagation(engine):
    answer = create(engine, Binds=["name:/x:shared"])
    assert answer.status == 400
    assert 'invalid mount config for type "volume"' in answer.message


# The kernel's places


@pytest.mark.berthd
@pytest.mark.parametrize("place", ["/proc/self/attr", "/proc//sys", "/proc/1", "/x/../proc/kcore", "/proc/nothing"])
def test_nothing_is_mounted_below_proc(engine, load, tmp_path, place):
    clean = os.path.normpath(place)
    words = f'"{clean}" cannot be mounted because it is inside /proc'
    mounts = [{"Type": "volume", "Source": "vv", "Target": place}]
    for answer in (
        create(engine, Binds=[f"{tmp_path}:{place}"]), create(engine, Binds=[f"vv:{place}"]),
        create(engine, Tmpfs={place: ""}), create(engine, Mounts=mounts), create(engine, {"Volumes": {place: {}}}),
        create(engine, {"Image": load(image.Layer(), {"Volumes": {place: {}}})}),
    ):
        assert answer.status == 400 and words in answer.message, answer


@pytest.mark.berthd
def test_only_a_procfs_is_mounted_at_proc(engine, tmp_path):
    words = '"/proc" cannot be mounted because it is not of type proc'
    for answer in (create(engine, Binds=[f"{tmp_path}:/proc"]), create(engine, Binds=["vv:/proc"]),
                   create(engine, Tmpfs={"/proc": ""}), create(engine, {"Volumes": {"/proc/": {}}})):
        assert answer.status == 400 and words in answer.message, answer
    assert engine.out("cat /proc/self/comm", host={"Binds": ["/proc:/proc"], "PidMode": "host"}) == "cat"


@pytest.mark.berthd
def test_what_tools_emulate_may_be_mounted_over(engine, tmp_path):
    file = tmp_path / "cpuinfo"
    file.write_text("another\n")
    for name in ("cpuinfo", "uptime"):
        assert engine.out(f"cat /proc/{name}", host={"Binds": [f"{file}:/proc/{name}"]}) == "another"
    # Of the process that makes the mount, and so of nobody's afterwards: taken all the same.
    assert engine.sh("true", host={"Binds": [f"{file}:/proc/net/dev"]})[0] == 0


@pytest.mark.berthd
@pytest.mark.parametrize("how", ["bind", "tmpfs"])
def test_links_of_an_image_do_not_lead_a_mount_into_proc(engine, load, tmp_path, how):
    layer = image.Layer()
    layer.link("way", "/proc/self")
    layer.link("top", "/proc")
    name = load(layer)
    for place in ("/way/attr", "/top"):
        host = {"Binds": [f"{tmp_path}:{place}"]} if how == "bind" else {"Tmpfs": {place: ""}}
        container = engine.create("true", image=name, host=host)
        answer = engine.api.post(f"/containers/{container}/start")
        assert answer.status >= 400 and f'"{place}" cannot be mounted because it is inside /proc' in answer.message


@pytest.mark.berthd
def test_volumes_of_an_image_do_not_hide_the_kernels_files(engine, load):
    for place in ("/sys", "/sys/firmware", "/sys/fs"):
        answer = create(engine, {"Image": load(image.Layer(), {"Volumes": {place: {}}})})
        assert answer.status == 400 and f'"{place}" cannot be mounted because it is inside /sys' in answer.message
    name = load(image.Layer(), {"Volumes": {"/sys/fs/cgroup": {}}})
    assert engine.sh("true", image=name)[0] == 0


def test_a_host_procfs_elsewhere_is_usual(engine):
    assert engine.out("cat /host/proc/1/comm; ls /host/sys > /dev/null",
                      host={"Binds": ["/proc:/host/proc:ro", "/sys:/host/sys:ro"]})


# Labels and profiles


@pytest.mark.parametrize("option", ["apparmor=unconfined", "apparmor:unconfined", "label=disable", "label:disable"])
def test_asking_for_no_label_is_taken(engine, option):
    assert engine.sh("true", host={"SecurityOpt": [option]})[0] == 0


@pytest.mark.berthd
@pytest.mark.parametrize("option, system", [
    ("apparmor=nosuchprofile", "AppArmor"), ("apparmor=docker-default", "AppArmor"), ("apparmor:x", "AppArmor"),
    ("label=level:s0", "SELinux"), ("label=type:svirt_apache_t", "SELinux"), ("label:user:x", "SELinux"),
])
@pytest.mark.parametrize("privileged", [False, True])
def test_a_label_that_cannot_be_applied_is_refused(engine, option, system, privileged):
    answer = create(engine, SecurityOpt=[option], Privileged=privileged)
    assert answer.status == 400, answer
    assert f'"{option}"' in answer.message and system in answer.message


@pytest.mark.berthd
@pytest.mark.parametrize("option", [
    "no-new-privileges=maybe", "writable-cgroups=2", "systempaths=some", "nosuch=1", "nosuch"])
def test_other_bad_security_options_are_400(engine, option):
    answer = create(engine, SecurityOpt=[option])
    assert answer.status == 400 and "invalid --security-opt" in answer.message


@pytest.mark.berthd
def test_writable_cgroups(engine):
    answer = create(engine, SecurityOpt=["writable-cgroups=true"])
    if engine.api.get("/info").json["CgroupVersion"] == "1":
        assert answer.status == 400 and "needs cgroup v2" in answer.message
    else:
        assert engine.sh("mkdir /sys/fs/cgroup/made", host={"SecurityOpt": ["writable-cgroups=true"]})[0] == 0
    assert create(engine, SecurityOpt=["writable-cgroups=false"]).status == 201


# What an inspect says of mounts


def test_the_driver_of_a_bind_is_not_shown(engine, tmp_path):
    container = engine.create("true", host={"Binds": [f"{tmp_path}:/bind", "vv:/volume"], "Tmpfs": {"/t": ""}})
    drivers = {mount["Destination"]: mount.get("Driver", "") for mount in engine.inspect(container)["Mounts"]}
    assert drivers["/bind"] == "" and drivers["/volume"] == "local" and drivers.get("/t", "") == ""
    volume = engine.api.get("/volumes/vv").json
    assert (volume["Options"], volume["Labels"]) == (None, None)
    plain = engine.inspect(engine.create("true"))
    assert plain["Mounts"] == [] and plain["HostConfig"]["Binds"] is None and "Mounts" not in plain["HostConfig"]
    for field in ("CapAdd", "CapDrop", "VolumesFrom", "ExtraHosts", "GroupAdd", "Links", "SecurityOpt"):
        assert plain["HostConfig"][field] is None, field


# Mounts in the place of what every container has


MISPLACED = {
    "a file at /sys": ("file", "/sys", "not a directory"),
    "a file at /dev": ("file", "/dev", "not a directory"),
    "a file at a directory below /sys": ("file", "/sys/kernel", "not a directory"),
    "a file at a directory of the image": ("file", "/etc", "not a directory"),
    "a file at /dev/null": ("file", "/dev/null", '"/dev/null" cannot be mounted because it is not the null device'),
    "a directory at /dev/null": ("dir", "/dev/null", '"/dev/null" cannot be mounted because it is not the null device'),
    "another device at /dev/null": ("/dev/zero", "/dev/null", '"/dev/null" cannot be mounted because it is not the null device'),
    "an empty directory at /dev": ("dir", "/dev", '"/dev" cannot be mounted because it has no null device'),
    "a directory at a file of /proc": ("dir", "/proc/cpuinfo", "not a directory"),
    "a directory where none can be made": ("dir", "/sys/fs/cgroup/nosuch", "create mount destination"),
    "a file at /proc": ("file", "/proc", "cannot be mounted because it is not of type proc"),
    "a file in /proc": ("file", "/proc/sys/kernel/ostype", "cannot be mounted because it is inside /proc"),
}


@pytest.mark.berthd
@pytest.mark.parametrize("case", MISPLACED)
def test_mount_that_cannot_be_where_it_is_wanted_is_named(engine, tmp_path, case):
    source, target, text = MISPLACED[case]
    (tmp_path / "file").write_text("")
    (tmp_path / "dir").mkdir()
    body = {"Image": "busybox", "Cmd": ["true"], "HostConfig": {
        "NetworkMode": "none", "Binds": [f"{tmp_path / source}:{target}"]}}
    answer = engine.api.post("/containers/create", body)
    if answer.status == 201:
        answer = engine.api.post(f"/containers/{answer.json['Id']}/start")
    assert answer.status == 400 and target in answer.message and text in answer.message, answer


@pytest.mark.parametrize("source, target", [
    ("file", "/dev/pts"), ("dir", "/dev/pts"), ("file", "/dev/shm"), ("file", "/dev/zero"), ("dir", "/dev/zero"),
    ("file", "/proc/cpuinfo"), ("dir", "/sys")])
def test_mount_wins_over_what_every_container_has(engine, tmp_path, source, target):
    (tmp_path / "file").write_text("own")
    (tmp_path / "dir").mkdir()
    (tmp_path / "dir/file").write_text("own")
    inside = target if source == "file" else f"{target}/file"
    assert engine.out(f"cat {inside}", host={"Binds": [f"{tmp_path / source}:{target}"]}) == "own"


def test_nothing_needs_hiding_in_a_privileged_container_with_another_null_device(engine, tmp_path):
    (tmp_path / "file").write_text("own")
    assert engine.out("cat /dev/null", host={"Binds": [f"{tmp_path}/file:/dev/null"], "Privileged": True}) == "own"
