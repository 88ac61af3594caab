"""What a container sees of files: its root, /etc, /dev, /proc, /sys, tmpfs and devices."""

import os
import re

import pytest


def mounted(engine, **options):
    """{mount point: (type, options)} as the container sees them."""
    lines = engine.out("cat /proc/mounts", **options).splitlines()
    return {line.split()[1]: (line.split()[2], line.split()[3].split(",")) for line in lines}


def test_kernel_file_systems(engine):
    mounts = mounted(engine)
    assert mounts["/"][0] == "overlay"
    assert mounts["/proc"][0] == "proc" and {"nosuid", "nodev", "noexec"} <= set(mounts["/proc"][1])
    assert mounts["/sys"][0] == "sysfs" and "ro" in mounts["/sys"][1]
    assert mounts["/dev"][0] == "tmpfs" and "nosuid" in mounts["/dev"][1]
    assert mounts["/dev/pts"][0] == "devpts"
    assert mounts["/dev/shm"][0] == "tmpfs" and {"nosuid", "nodev", "noexec"} <= set(mounts["/dev/shm"][1])
    assert mounts["/dev/mqueue"][0] == "mqueue"


def test_devices_that_every_container_has(engine):
    script = "for d in null zero full random urandom tty; do stat -c '%n %F %a' /dev/$d; done; ls -l /dev/fd /dev/stdin /dev/ptmx"
    out = engine.out(script)
    for name in ("null", "zero", "full", "random", "urandom", "tty"):
        assert f"/dev/{name} character special file 666" in out
    assert "/dev/fd -> /proc/self/fd" in out and "/dev/stdin -> /proc/self/fd/0" in out
    assert "pts/ptmx" in out


def test_masked_and_read_only_paths(engine):
    out = engine.out(
        "head -c 1 /proc/kcore | wc -c; ls /proc/acpi /sys/firmware 2>/dev/null | grep -v : | grep -c .; "
        "for f in /proc/sys/kernel/domainname /proc/irq/default_smp_affinity; do (echo 1 > $f) 2>&1; done; true")
    lines = out.splitlines()
    assert lines[0] == "0" and lines[1] == "0"
    assert sum("Read-only file system" in line for line in lines) >= 2, out


def test_host_is_out_of_sight(engine):
    root = str(engine.daemon.data_root)
    assert engine.sh(f"ls {root}")[0] != 0
    assert root not in engine.out("cat /proc/mounts | grep -v ' / '")
    assert "docker.sock" not in engine.out("ls -R / 2>/dev/null | head -1000")


def test_hostname_hosts_and_resolv_conf(engine):
    out = engine.out("hostname; cat /etc/hostname; cat /etc/hosts", Hostname="thehost", Domainname="example.test",
                     host={"NetworkMode": "bridge", "ExtraHosts": ["extra:10.1.2.3"]})
    lines = out.splitlines()
    assert lines[0] == lines[1] == "thehost"
    assert re.search(r"^127\.0\.0\.1\s+localhost$", out, re.MULTILINE)
    assert re.search(r"^10\.1\.2\.3\s+extra$", out, re.MULTILINE)
    assert re.search(r"^172\.\d+\.\d+\.\d+\s+thehost\.example\.test thehost$", out, re.MULTILINE)


def test_default_hostname_is_the_short_id(engine):
    container = engine.run("hostname")
    engine.wait(container)
    assert engine.logs(container)[0].strip() == container[:12]


def test_resolv_conf_options(engine):
    out = engine.out("cat /etc/resolv.conf", host={
        "NetworkMode": "bridge", "Dns": ["192.0.2.53"], "DnsSearch": ["example.test"], "DnsOptions": ["ndots:3"]})
    lines = [line for line in out.splitlines() if not line.startswith("#")]
    assert {"nameserver 192.0.2.53", "search example.test", "options ndots:3"} <= set(lines)


def test_etc_files_can_be_written_and_outlive_a_restart(engine):
    container = engine.run("sh", "-c", "echo '10.0.0.1 mine' >> /etc/hosts; grep -c mine /etc/hosts")
    assert engine.wait(container) == 0
    assert engine.logs(container)[0] == "1\n"


def test_bad_extra_host_is_400(engine):
    answer = engine.api.post("/containers/create", {"Image": "busybox", "HostConfig": {"ExtraHosts": ["nocolon"]}})
    assert answer.status == 400
    assert 'bad format for add-host: "nocolon"' in answer.message


def test_bad_dns_address_is_refused(engine):
    body = {"Image": "busybox", "Cmd": ["true"], "HostConfig": {"Dns": ["not-an-address"]}}
    answer = engine.api.post("/containers/create", body)
    if answer.status == 201:
        pytest.skip("Docker takes any text and leaves it to the command line to check") \
            if engine.daemon.name == "dockerd" else None
    assert answer.status == 400
    assert "not-an-address" in answer.message


def test_read_only_root(engine):
    host = {"ReadonlyRootfs": True, "Tmpfs": {"/scratch": ""}, "Binds": ["ro-data:/data"]}
    out = engine.out("(echo > /file) 2>&1; echo ok > /scratch/x && cat /scratch/x; echo ok > /data/x && cat /data/x; "
                     "echo ok > /dev/shm/x && cat /dev/shm/x", host=host)
    assert out.splitlines()[0].endswith("Read-only file system")
    assert out.splitlines()[1:] == ["ok", "ok", "ok"]


def test_tmpfs_options(engine):
    mounts = mounted(engine, host={"Tmpfs": {"/scratch": "size=1m,mode=0700,noexec"}})
    kind, options = mounts["/scratch"]
    assert kind == "tmpfs" and "size=1024k" in options and "noexec" in options and "mode=700" in options
    assert engine.sh("head -c 2000000 /dev/zero > /scratch/x", host={"Tmpfs": {"/scratch": "size=1m"}})[0] != 0


def test_tmpfs_by_the_mounts_field(engine):
    mount = {"Type": "tmpfs", "Target": "/scratch", "TmpfsOptions": {"SizeBytes": 1 << 20, "Mode": 0o1700}}
    assert engine.out("stat -c %a /scratch; grep -o size=1024k /proc/mounts", host={"Mounts": [mount]}).split() == \
        ["1700", "size=1024k"]


def test_size_of_shm(engine):
    assert "size=65536k" in mounted(engine)["/dev/shm"][1]
    assert "size=1024k" in mounted(engine, host={"ShmSize": 1 << 20})["/dev/shm"][1]


def test_device_is_there_and_allowed(engine):
    device = {"PathOnHost": "/dev/fuse", "PathInContainer": "/dev/myfuse", "CgroupPermissions": "rwm"}
    if not os.path.exists("/dev/fuse"):
        device["PathOnHost"] = "/dev/kmsg"
    out = engine.out("test -c /dev/myfuse && (: <>/dev/myfuse) && echo opened", host={"Devices": [device]})
    assert out == "opened"


def test_device_that_was_not_asked_for_is_refused(engine):
    status, _, err = engine.sh("mknod /tmp/memory c 1 1 && cat /tmp/memory > /dev/null")
    assert status != 0 and "Operation not permitted" in err


def test_device_that_is_not_there_is_refused(engine):
    host = {"NetworkMode": "none", "Devices": [{"PathOnHost": "/dev/nosuch", "PathInContainer": "/dev/x"}]}
    answer = engine.api.post("/containers/create", {"Image": "busybox", "Cmd": ["true"], "HostConfig": host})
    if answer.status == 201:
        answer = engine.api.post(f"/containers/{answer.json['Id']}/start")
    assert answer.status in ((400,) if engine.daemon.name == "berthd" else (400, 500)), answer
    assert "/dev/nosuch" in answer.message


def test_changes_stay_with_the_container(engine):
    first = engine.run("sh", "-c", "echo mine > /root/file; rm /etc/group")
    engine.wait(first)
    assert engine.sh("ls /root/file")[0] != 0
    assert engine.out("ls /etc/group") == "/etc/group"


def test_symlinks_in_an_image_do_not_lead_out(engine, tmp_path):
    """A mount point below a link to the host's root must be made in the container."""
    from harness import image

    layer = image.Layer()
    layer.link("escape", "../../../../../../../../..")
    archive = image.archive(tmp_path / "a.tar", [(["links:1"], [image.busybox_layer(), layer.finish()], {"Cmd": ["sh"]})])
    engine.load(archive)
    try:
        engine.out("true", image="links:1", host={"Tmpfs": {"/escape/berth-test-escaped": ""}})
        assert not os.path.exists("/berth-test-escaped")
    finally:
        engine.api.delete("/images/links:1", force="1")
