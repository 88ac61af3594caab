"""What a container's process is given: user, groups, environment, capabilities, system-call filter and limits."""

import errno
import json
import re

import pytest
from harness.waiting import until


def status_field(engine, field, **options):
    return re.search(rf"^{field}:\s*(\S+)", engine.out("cat /proc/self/status", **options), re.MULTILINE).group(1)


def capabilities(engine, **options):
    return int(status_field(engine, "CapEff", **options), 16)


@pytest.mark.parametrize("user, expected", [
    ("", "uid=0(root) gid=0(root)"),
    ("alice", "uid=1000(alice) gid=1000(alice)"),
    ("1000", "uid=1000(alice) gid=1000(alice)"),
    ("alice:staff", "uid=1000(alice) gid=50(staff)"),
    ("1000:29", "uid=1000(alice) gid=29(audio)"),
    ("4242", "uid=4242 gid=0(root)"),
    ("4242:4343", "uid=4242 gid=4343"),
])
def test_user(engine, user, expected):
    assert engine.out("id", User=user).startswith(expected)


def test_named_user_has_its_supplementary_groups_from_the_image(engine):
    groups = engine.out("id -G", User="alice").split()
    assert groups[0] == "1000" and set(groups) >= {"29", "50"}


def test_groups_can_be_added_by_name_and_number(engine):
    groups = engine.out("id -G", User="alice", host={"GroupAdd": ["daemon", "777"]}).split()
    assert {"1", "777"} <= set(groups)


@pytest.mark.parametrize("user", ["ghost", "ghost:staff", "alice:ghosts"])
def test_unknown_user_or_group_refuses_the_start(engine, user):
    container = engine.create("true", User=user)
    answer = engine.api.post(f"/containers/{container}/start")
    assert answer.status in ((400,) if engine.daemon.name == "berthd" else (400, 500)), answer
    assert "ghost" in answer.message
    assert "no matching entries in" in answer.message or "unable to find" in answer.message
    assert not engine.inspect(container)["State"]["Running"]


def test_environment(engine):
    lines = engine.out("env", Env=["A=1", "EMPTY=", "SPACED=a b", "PATH=/bin"]).splitlines()
    assert {"A=1", "EMPTY=", "SPACED=a b", "PATH=/bin"} <= set(lines)
    assert any(re.fullmatch("HOSTNAME=[0-9a-f]{12}", line) for line in lines)
    assert "HOME=/root" in lines
    assert not any(line.startswith("TERM=") for line in lines)


def test_home_is_the_users(engine):
    assert engine.out("echo $HOME", User="alice") == "/home/alice"


def test_terminal_has_term(engine):
    container = engine.run("sh", "-c", "echo $TERM", Tty=True)
    engine.wait(container)
    assert engine.api.get(f"/containers/{container}/logs", stdout="1").body == b"xterm\r\n"


def test_working_directory_is_made_when_absent(engine):
    assert engine.out("pwd", WorkingDir="/made/here") == "/made/here"


def test_relative_working_directory_is_400(engine):
    answer = engine.api.post("/containers/create", {"Image": "busybox", "WorkingDir": "not/absolute"})
    assert answer.status == 400
    assert "not/absolute" in answer.message and "absolute" in answer.message


# Capabilities

DEFAULT_CAPABILITIES = 0xA80425FB


def test_default_capabilities_are_dockers(engine):
    assert capabilities(engine) == DEFAULT_CAPABILITIES


def test_user_that_is_not_root_has_none(engine):
    assert capabilities(engine, User="alice") == 0


@pytest.mark.parametrize("names, bit", [(["NET_ADMIN"], 12), (["CAP_SYS_PTRACE"], 19), (["sys_nice"], 23)])
def test_capabilities_are_added(engine, names, bit):
    assert capabilities(engine, host={"CapAdd": names}) == DEFAULT_CAPABILITIES | 1 << bit


def test_capabilities_are_dropped(engine):
    assert capabilities(engine, host={"CapDrop": ["ALL"]}) == 0
    assert capabilities(engine, host={"CapDrop": ["ALL"], "CapAdd": ["NET_RAW"]}) == 1 << 13
    assert capabilities(engine, host={"CapDrop": ["CHOWN"]}) == DEFAULT_CAPABILITIES & ~1


def test_unknown_capability_is_400(engine):
    answer = engine.api.post("/containers/create", {"Image": "busybox", "HostConfig": {"CapAdd": ["NO_SUCH"]}})
    assert answer.status == 400
    assert "CAP_NO_SUCH" in answer.message


def test_bounding_set_is_bounded(engine):
    assert int(status_field(engine, "CapBnd"), 16) == DEFAULT_CAPABILITIES


# no_new_privs and seccomp


def test_no_new_privileges(engine):
    assert status_field(engine, "NoNewPrivs") == "0"
    assert status_field(engine, "NoNewPrivs", host={"SecurityOpt": ["no-new-privileges"]}) == "1"
    assert status_field(engine, "NoNewPrivs", host={"SecurityOpt": ["no-new-privileges:true"]}) == "1"


def test_default_seccomp_profile_filters(engine):
    assert status_field(engine, "Seccomp") == "2"
    status, _, err = engine.sh("unshare -U true")
    assert status != 0 and "Operation not permitted" in err


def test_default_profile_follows_the_capabilities(engine):
    """CAP_SYS_ADMIN opens mount(2) and unshare(2) in the filter; CAP_SYS_TIME alone does not."""
    mount = "mount -t tmpfs none /mnt 2>&1 || mkdir /mnt && mount -t tmpfs none /mnt && echo mounted"
    assert engine.out(mount, host={"CapAdd": ["SYS_ADMIN"], "SecurityOpt": ["apparmor=unconfined"]}).endswith("mounted")
    assert engine.sh("mkdir /mnt; mount -t tmpfs none /mnt")[0] != 0


def test_unconfined_has_no_filter(engine):
    assert status_field(engine, "Seccomp", host={"SecurityOpt": ["seccomp=unconfined"]}) == "0"


def test_custom_profile(engine):
    profile = json.dumps({
        "defaultAction": "SCMP_ACT_ALLOW",
        "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": errno.ENOTEMPTY}],
    })
    status, _, err = engine.sh("touch /fine; mkdir /refused", host={"SecurityOpt": [f"seccomp={profile}"]})
    assert status == 1
    assert err == "mkdir: can't create directory '/refused': Directory not empty\n"


def test_broken_profile_is_refused(engine):
    body = {"Image": "busybox", "Cmd": ["true"], "HostConfig": {"NetworkMode": "none", "SecurityOpt": ["seccomp={oops"]}}
    answer = engine.api.post("/containers/create", body)
    if answer.status == 201:
        answer = engine.api.post(f"/containers/{answer.json['Id']}/start")
    assert answer.status in ((400,) if engine.daemon.name == "berthd" else (400, 500)), answer
    assert "seccomp" in answer.message


# rlimits


def test_ulimits(engine):
    limits = [{"Name": "nofile", "Soft": 100, "Hard": 200}, {"Name": "core", "Soft": 0, "Hard": 0}]
    assert engine.out("ulimit -Sn; ulimit -Hn; ulimit -c", host={"Ulimits": limits}).split() == ["100", "200", "0"]


@pytest.mark.parametrize("limit", [{"Name": "nosuch", "Soft": 1, "Hard": 1}, {"Name": "nofile", "Soft": 9, "Hard": 1}])
def test_bad_ulimit_is_refused(engine, limit):
    body = {"Image": "busybox", "Cmd": ["true"], "HostConfig": {"NetworkMode": "none", "Ulimits": [limit]}}
    answer = engine.api.post("/containers/create", body)
    if answer.status == 201:
        answer = engine.api.post(f"/containers/{answer.json['Id']}/start")
    assert answer.status in ((400,) if engine.daemon.name == "berthd" else (400, 500)), answer
    assert "limit" in answer.message


# init and namespaces


def test_init_reaps_and_passes_signals_on(engine):
    # What has ended is there, as a zombie, until somebody reaps it.
    script = ("trap 'exit 8' TERM; (true & echo $! > /tmp/orphan); while [ -d /proc/$(cat /tmp/orphan) ]; do usleep 10000; done; "
              "ps; echo reaped; while :; do sleep 0.05; done")
    container = engine.run("sh", "-c", script, host={"Init": True})
    until(lambda: engine.logs(container)[0].endswith("\nreaped\n"), "it is not reaped")
    engine.stop(container, 5)
    assert engine.inspect(container)["State"]["ExitCode"] == 8
    out = engine.logs(container)[0].removesuffix("reaped\n")
    first = next(line for line in out.splitlines() if line.split()[0] == "1")
    assert "init" in first and "trap" in out
    assert "[true]" not in out


def test_process_is_pid_1_of_its_own_namespace(engine):
    assert engine.out("echo $$; ls /proc | grep -c '^[0-9]'").split()[0] == "1"


def test_pid_namespace_of_the_host(engine):
    assert int(engine.out("echo $$", host={"PidMode": "host"})) > 1


def test_pid_namespace_of_another_container(engine):
    other = engine.run("sleep", "77")
    assert "sleep 77" in engine.out("ps", host={"PidMode": f"container:{other}"})


def test_ipc_modes(engine):
    owner = engine.run("sh", "-c", "echo shared > /dev/shm/file; echo written; sleep 60", host={"IpcMode": "shareable"})
    until(lambda: engine.logs(owner)[0] == "written\n", "nothing is written")
    assert engine.out("cat /dev/shm/file", host={"IpcMode": f"container:{owner}"}) == "shared"
    assert engine.sh("cat /dev/shm/file")[0] == 1


def test_privileged(engine):
    """All that the daemon may do itself: every capability it has, no filter, no masked paths, the host's devices."""
    container = engine.create("sh", "-c", "cat /proc/self/status; ls /dev; touch /proc/sys/kernel/domainname; "
                              "mount -t tmpfs none /tmp && echo mounted", host={"Privileged": True})
    answer = engine.api.post(f"/containers/{container}/start")
    if engine.daemon.name == "dockerd" and answer.status >= 400:
        pytest.skip("runc needs every capability to exist for a privileged container: " + answer.message)
    assert answer.status == 204, answer
    assert engine.wait(container) == 0, engine.logs(container)
    out = engine.logs(container)[0]
    with open(f"/proc/{engine.daemon.pid}/status") as file:
        ours = int(re.search(r"CapEff:\s*(\S+)", file.read()).group(1), 16)
    assert int(re.search(r"CapEff:\s*(\S+)", out).group(1), 16) == ours
    assert re.search(r"Seccomp:\s*0", out) and "mounted" in out and "\nloop-control\n" in out or "\nkmsg\n" in out


def test_sysctl(engine):
    assert engine.out("cat /proc/sys/net/ipv4/ip_unprivileged_port_start",
                      host={"NetworkMode": "bridge", "Sysctls": {"net.ipv4.ip_unprivileged_port_start": "77"}}) == "77"
    assert engine.out("cat /proc/sys/kernel/msgmax", host={"Sysctls": {"kernel.msgmax": "4096"}}) == "4096"


def test_sysctl_that_is_not_namespaced_is_refused(engine):
    body = {"Image": "busybox", "Cmd": ["true"],
            "HostConfig": {"NetworkMode": "none", "Sysctls": {"kernel.hostname": "x", "vm.swappiness": "1"}}}
    answer = engine.api.post("/containers/create", body)
    if answer.status == 201:
        answer = engine.api.post(f"/containers/{answer.json['Id']}/start")
    assert answer.status in ((400,) if engine.daemon.name == "berthd" else (400, 500)), answer
    assert "sysctl" in answer.message
