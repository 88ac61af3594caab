"""What filters of lists mean, and which columns top shows."""

import os
import shutil
import subprocess
import time

import pytest


def named(engine, path, key, **filters):
    listed = engine.api.get(path, filters=filters).json
    return {each["Name"] for each in (listed[key] or [] if key else listed)}


NAMES = [
    (["net"], {"net", "netting", "my-net"}), (["^net$"], {"net"}), (["^net"], {"net", "netting"}),
    (["net$"], {"net", "my-net"}), (["n.t{2}ing"], {"netting"}), (["^my", "ting$"], {"my-net", "netting"}),
    (["absent"], set()),
]


@pytest.mark.parametrize("patterns, expected", NAMES)
def test_name_of_a_network_is_a_regular_expression(engine, patterns, expected):
    for number, name in enumerate(("net", "netting", "my-net")):
        engine.network(name, f"10.97.{number}.0/24")
    assert named(engine, "/networks", None, name=patterns) == expected


@pytest.mark.parametrize("patterns, expected", NAMES)
def test_name_of_a_volume_is_a_regular_expression(engine, patterns, expected):
    for name in ("net", "netting", "my-net"):
        assert engine.api.post("/volumes/create", {"Name": name}).status == 201
    assert named(engine, "/volumes", "Volumes", name=patterns) == expected


@pytest.mark.parametrize("filters, found", [
    ({"health": ["none"]}, True), ({"health": ["healthy"]}, False), ({"health": ["starting", "unhealthy"]}, False),
    ({"health": ["healthy", "none"]}, True), ({"is-task": ["false"]}, True), ({"is-task": ["true"]}, False),
])
def test_health_is_none_and_nothing_is_a_task(engine, filters, found):
    container = engine.run("sleep", "60")
    listed = engine.api.get("/containers/json", filters=filters).json
    assert [each["Id"] for each in listed] == ([container] if found else [])


@pytest.mark.berthd
@pytest.mark.parametrize("filters, text", [
    ({"health": ["well"]}, "Unrecognised filter value for health: well"),
    ({"is-task": ["maybe"]}, "invalid filter 'is-task=maybe'"),
])
def test_bad_values_are_400(engine, filters, text):
    answer = engine.api.get("/containers/json", filters=filters)
    assert (answer.status, answer.message) == (400, text)


def test_container_that_nobody_checks_is_not_healthy(engine):
    engine.run("sleep", "60", Healthcheck={"Test": ["CMD", "false"], "Interval": 3600_000_000_000})
    assert engine.api.get("/containers/json", filters={"health": ["healthy"]}).json == []


@pytest.mark.berthd
@pytest.mark.parametrize("test, warns", [(["CMD", "true"], True), (["NONE"], False), (None, False)])
def test_health_check_that_is_not_run_is_warned_of(engine, test, warns):
    body = {"Image": "busybox", "Cmd": ["true"], "HostConfig": {"NetworkMode": "none"}}
    if test:
        body["Healthcheck"] = {"Test": test}
    answer = engine.api.post("/containers/create", body)
    assert answer.status == 201, answer
    assert any("health check" in warning for warning in answer.json["Warnings"] or []) == warns


# Top


@pytest.mark.parametrize("arguments, titles", [
    ("", ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"]),
    ("-ef", ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"]),
    ("aux", ["USER", "PID", "%CPU", "%MEM", "VSZ", "RSS", "TTY", "STAT", "START", "TIME", "COMMAND"]),
    ("-o pid,user,comm", ["PID", "USER", "COMMAND"]),
    ("-eo pid,ppid,pcpu,pmem,etime,args", ["PID", "PPID", "%CPU", "%MEM", "ELAPSED", "COMMAND"]),
    ("axo pid,stat,rss -o nlwp", ["PID", "STAT", "RSS", "NLWP"]),
])
def test_top_shows_the_columns_asked_for(engine, arguments, titles):
    container = engine.run("sleep", "61")
    answer = engine.api.get(f"/containers/{container}/top", **({"ps_args": arguments} if arguments else {}))
    assert answer.status == 200, answer
    assert answer.json["Titles"] == titles
    (row,) = answer.json["Processes"]
    shown = dict(zip(titles, row))
    assert shown["PID"] == str(engine.pid(container))
    assert len(row) == len(titles) and all(row), row
    for title, values in {
        "UID": ["root"], "USER": ["root"], "TTY": ["?"], "CMD": ["sleep 61"], "COMMAND": ["sleep 61", "sleep"],
    }.items():
        assert title not in shown or shown[title] in values


@pytest.mark.berthd
def test_top_without_a_column_for_the_pid_is_400(engine):
    container = engine.run("sleep", "61")
    for arguments in ("-o comm", "-o pid=NUMBER", "-o pid="):
        answer = top(engine, container, arguments)
        assert (answer.status, answer.message) == (400, "Couldn't find PID field in ps output")


@pytest.mark.berthd
@pytest.mark.parametrize("arguments, words", [
    ("-o pid,nonsense", 'ps column "nonsense"'), ("-Q", 'ps argument "-Q"'), ("--nonsense", 'ps argument "--nonsense"'),
    ("-o", 'ps argument "-o": a value must follow it'), ("-eLf", 'ps argument "-eLf"'), ("aux e", 'ps argument "e"'),
    ("-o pid,comm=PIDNAME", 'specifying "comm=PIDNAME" is not allowed'), ("--sort=nonsense", 'ps column "nonsense"'),
    ("-p x", '"x" is no process'), ("-u nosuchuser", 'user name "nosuchuser" does not exist'), ("--sort", "--sort"),
    ("-", 'ps argument "-"'),
])
def test_top_with_arguments_that_are_not_there_says_so(engine, arguments, words):
    container = engine.run("sleep", "61")
    answer = top(engine, container, arguments)
    assert answer.status == 400 and words in answer.message, answer


def top(engine, container, arguments):
    return engine.api.get(f"/containers/{container}/top", ps_args=arguments)


def column(engine, container, arguments, title):
    answer = top(engine, container, arguments)
    assert answer.status == 200, answer
    return [row[answer.json["Titles"].index(title)] for row in answer.json["Processes"]]


@pytest.fixture
def several(engine):
    """A shell, and three children, all asleep."""
    container = engine.run("sh", "-c", "cp /bin/busybox /tmp/busybox-zz; /tmp/busybox-zz sleep 63 & sleep 61 & sleep 62 & wait")
    deadline = time.monotonic() + 20
    while "sleep 61" not in (shown := column(engine, container, "ax", "COMMAND")) or "sleep 62" not in shown \
            or "/tmp/busybox-zz sleep 63" not in shown:
        assert time.monotonic() < deadline, shown
    return container


#: Compared by their titles alone: blanks and lines within values, or other processes of this machine in between.
TITLES_ALONE = ["axf", "-e --forest", "-eH", "-eo pid,comm,ucmd,args,cmd,command,time,cputime,times,etimes,stat,thcount"]
COMPARED = [
    "-ef", "-eF", "-el", "-ely", "-elf", "-ej", "-efj", "-eM", "-A", "aux", "axu", "-aux", "ax", "axl", "axj", "axv", "axs",
    "auxc", "axw", "-O nice -e", "axo pid,stat", "-eo pid:20,comm:10", "-e --format pid,user", "-e --sort=-pid",
    "-eo pid=PID -o comm=NAME", "aux --sort=comm", "ax k -pid", "-eZ", "-eP",
    "-eo pid,f,wchan,addr,maj_flt,pending,blocked,ignored,caught,tpgid,cls,sched,rtprio,priority,opri",
    "-eo pid,lwp,tgid,suid,sgid,fuid,fgid,supgid,oomadj,ipcns,mntns,netns,pidns,userns,utsns,cgroupns,exe",
    "-eo pid,ppid,pgid,sid,sess,pgrp,user,ruser,uid,ruid,group,rgroup,gid,rgid,sz,vsz,tty,tt,ni,nlwp,euser,egroup,uname",
]


@pytest.mark.berthd
@pytest.mark.skipif(not shutil.which("ps"), reason="there is no ps to compare with")
def test_top_shows_what_ps_shows(engine, several):
    def stable(titles, rows):
        # What moves between two looks, however still a process is.
        moving = {"C", "%CPU", "PSR", "STIME", "START", "TIME", "S", "STAT", "RSS", "%MEM", "MINFL"}
        return sorted([value for title, value in zip(titles, row) if title not in moving] for row in rows)

    for arguments in COMPARED + TITLES_ALONE:
        ours = top(engine, several, arguments)
        assert ours.status == 200, (arguments, ours)
        lines = subprocess.run(["ps", *arguments.split()], capture_output=True, text=True, check=True,
                               env={**os.environ, "COLUMNS": "10000"}).stdout.splitlines()
        titles = lines[0].split()
        assert ours.json["Titles"] == titles, arguments
        place = titles.index("PID")
        pids = {row[place] for row in ours.json["Processes"]}
        assert len(pids) == 4, arguments
        rows = [line.split(None, len(titles) - 1) for line in lines[1:]]
        rows = [row for row in rows if len(row) == len(titles) and row[place] in pids]
        if arguments not in TITLES_ALONE:
            assert stable(titles, ours.json["Processes"]) == stable(titles, rows), arguments


@pytest.mark.berthd
def test_top_orders_and_selects(engine, several):
    pids = [int(pid) for pid in column(engine, several, "-o pid", "PID")]
    assert [int(pid) for pid in column(engine, several, "-e --sort=-pid -o pid", "PID")] == sorted(pids, reverse=True)
    assert [int(pid) for pid in column(engine, several, "-e --sort ppid,-pid -o pid", "PID")] == \
        [pids[0], *sorted(pids[1:], reverse=True)]
    names = column(engine, several, "axo pid,comm k comm", "COMMAND")
    assert names == sorted(names) and "busybox-zz" in names
    assert column(engine, several, "-C busybox-zz -o pid,comm", "COMMAND") == ["busybox-zz"]
    assert "busybox-zz" not in column(engine, several, "-N -C busybox-zz -o pid,comm", "COMMAND")
    assert column(engine, several, f"{pids[0]} o pid", "PID") == [str(pids[0])]
    assert column(engine, several, f"-p{pids[0]},{pids[1]} -o pid", "PID") == [str(pid) for pid in pids[:2]]
    assert len(column(engine, several, f"--ppid={pids[0]} -o pid", "PID")) == 3
    assert len(column(engine, several, "-u root -o pid", "PID")) == 4
    assert column(engine, several, "-u 12345 -o pid", "PID") == []
    forest = column(engine, several, "--forest -eo pid,args", "COMMAND")
    assert not forest[0].startswith("\\_") and all(each.startswith("\\_ ") for each in forest[1:])


def test_docker_top_with_arguments(cli, several):
    assert "busybox-zz" in cli.out("top", several, "-o", "pid,comm")
    lines = cli.out("top", several, "aux", "--sort=-pid").splitlines()
    assert lines[0].split()[:2] == ["USER", "PID"] and len(lines) == 5
