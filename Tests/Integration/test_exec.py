"""Exec: a second process in a running container."""

import threading
import time

import pytest
from harness import frames
from harness.waiting import until


@pytest.fixture
def running(engine):
    return engine.run("sleep", "300", Env=["FROM=container"], WorkingDir="/tmp")


def made(engine, container, *command, **config):
    answer = engine.api.post(f"/containers/{container}/exec",
                             {"AttachStdout": True, "AttachStderr": True, "Cmd": list(command), **config})
    assert answer.status == 201, answer
    return answer.json["Id"]


def test_output_and_exit_status(engine, running):
    assert engine.execute(running, "sh", "-c", "echo out; echo err >&2; exit 5") == (5, "out\n", "err\n")


def test_runs_among_the_containers_own(engine, running):
    status, out, _ = engine.execute(running, "sh", "-c", "pwd; echo $FROM; id -u; hostname; ps | grep -c '[s]leep 300'")
    assert (status, out.splitlines()) == (0, ["/tmp", "container", "0", running[:12], "1"])


def test_joins_every_namespace_and_cgroup(engine, running):
    import os

    exec_id = made(engine, running, "sleep", "30")
    assert engine.api.post(f"/exec/{exec_id}/start", {"Detach": True}).status == 200
    deadline = time.monotonic() + 5
    while not (pid := engine.api.get(f"/exec/{exec_id}/json").json["Pid"]) and time.monotonic() < deadline:
        time.sleep(0.01)
    init = engine.pid(running)
    # Its number is known before it has come to run its program.
    until(lambda: b"sleep" in open(f"/proc/{pid}/cmdline", "rb").read(), "it does not run")
    for kind in ("mnt", "pid", "uts", "ipc", "net"):
        assert os.readlink(f"/proc/{pid}/ns/{kind}") == os.readlink(f"/proc/{init}/ns/{kind}"), kind
    with open(f"/proc/{pid}/cgroup") as ours, open(f"/proc/{init}/cgroup") as its:
        assert ours.read() == its.read()


def test_options(engine, running):
    status, out, _ = engine.execute(
        running, "sh", "-c", "id -u; id -g; echo $MINE $FROM; pwd", User="1000:50", Env=["MINE=yes"], WorkingDir="/etc")
    assert (status, out.splitlines()) == (0, ["1000", "50", "yes container", "/etc"])


def test_user_by_name_has_its_groups(engine, running):
    status, out, _ = engine.execute(running, "id", User="alice")
    assert (status, out) == (0, "uid=1000(alice) gid=1000(alice) groups=29(audio),50(staff),1000(alice)\n") or \
        sorted(out.split("groups=")[1].strip().split(",")) == ["1000(alice)", "29(audio)", "50(staff)"]


@pytest.mark.berthd
def test_privileged_gives_all_capabilities(engine, running):
    _, plain, _ = engine.execute(running, "grep", "CapEff", "/proc/self/status")
    _, more, _ = engine.execute(running, "grep", "CapEff", "/proc/self/status", Privileged=True)
    assert int(plain.split()[1], 16) < int(more.split()[1], 16)


def test_stdin_and_its_end(engine, running):
    exec_id = made(engine, running, "cat", AttachStdin=True)
    with engine.api.hijack(f"/exec/{exec_id}/start", {"Tty": False}) as stream:
        assert stream.status == 101
        stream.write(b"some text")
        stream.close_write()
        assert frames.joined(stream.read_all()) == (b"some text", b"")
    assert engine.api.get(f"/exec/{exec_id}/json").json["ExitCode"] == 0


def test_terminal_and_resize(engine, running):
    exec_id = made(engine, running, "sh", AttachStdin=True, Tty=True, Env=["PS1=ready> "])
    with engine.api.hijack(f"/exec/{exec_id}/start", {"Tty": True}) as stream:
        stream.read_until(b"ready> ")
        assert engine.api.post(f"/exec/{exec_id}/resize", h="44", w="132").status == 200
        stream.write(b"stty size; exit 3\n")
        stream.read_until(b"44 132\r\n")
        stream.read_all()
    assert engine.api.get(f"/exec/{exec_id}/json").json["ExitCode"] == 3


@pytest.mark.berthd
def test_console_size_is_there_from_the_start_since_1_42(engine, running):
    api = engine.api.at("1.42")
    made = api.post(f"/containers/{running}/exec", {
        "AttachStdout": True, "Tty": True, "Cmd": ["stty", "size"], "ConsoleSize": [21, 77]}).json["Id"]
    with api.hijack(f"/exec/{made}/start", {"Tty": True, "ConsoleSize": [21, 77]}) as stream:
        assert stream.read_all() == b"21 77\r\n"


def test_inspect(engine, running):
    exec_id = made(engine, running, "sh", "-c", "sleep 0.2", User="alice", Env=["A=b"])
    before = engine.api.get(f"/exec/{exec_id}/json").json
    assert (before["ID"], before["ContainerID"], before["Running"], before["ExitCode"]) == (
        exec_id, running, False, None)
    assert before["ProcessConfig"]["entrypoint"] == "sh"
    assert before["ProcessConfig"]["arguments"] == ["-c", "sleep 0.2"]
    assert before["OpenStdout"] and not before["OpenStdin"]
    assert engine.api.post(f"/exec/{exec_id}/start", {"Detach": True}).status == 200
    assert engine.api.get(f"/exec/{exec_id}/json").json["Running"]
    assert engine.inspect(running)["ExecIDs"] == [exec_id]
    deadline = time.monotonic() + 5
    while engine.api.get(f"/exec/{exec_id}/json").json["Running"] and time.monotonic() < deadline:
        time.sleep(0.05)
    assert engine.api.get(f"/exec/{exec_id}/json").json["ExitCode"] == 0


def test_command_that_is_not_there_is_127_and_not_executable_126(engine, cli, running):
    absent = cli("exec", running, "nonexistent-command", check=False)
    assert absent.returncode in (126, 127)  # 20.10 said 126, later ones 127
    assert "executable file not found in $PATH" in absent.stderr + absent.stdout
    refused = cli("exec", running, "/etc/passwd", check=False)
    assert refused.returncode == 126
    assert "permission denied" in refused.stderr + refused.stdout


@pytest.mark.berthd
def test_command_that_is_not_there_is_127(engine, running):
    exec_id = made(engine, running, "nonexistent-command")
    answer = engine.api.post(f"/exec/{exec_id}/start", {"Detach": True})
    assert answer.status == 400
    assert 'exec: "nonexistent-command": executable file not found in $PATH' in answer.message
    assert engine.api.get(f"/exec/{exec_id}/json").json["ExitCode"] == 127


def test_in_a_container_that_does_not_run_is_409(engine):
    container = engine.create("true")
    answer = engine.api.post(f"/containers/{container}/exec", {"Cmd": ["true"]})
    assert answer.status == 409
    assert answer.message.lower() == f"container {container} is not running"


def test_without_a_command_is_400(engine, running):
    answer = engine.api.post(f"/containers/{running}/exec", {"Cmd": []})
    assert (answer.status, answer.message) == (400, "No exec command specified")


def test_absent_exec_is_404(engine):
    for method, path in (("GET", "json"), ("POST", "start"), ("POST", "resize?h=1&w=1")):
        answer = engine.api.request(method, f"/exec/absent/{path}", "{}", {"Content-Type": "application/json"})
        assert answer.status == 404, (path, answer)
        assert "No such exec instance: absent" in answer.body.decode()


def test_started_twice_is_409(engine, running):
    exec_id = made(engine, running, "sleep", "1")
    assert engine.api.post(f"/exec/{exec_id}/start", {"Detach": True}).status == 200
    answer = engine.api.post(f"/exec/{exec_id}/start", {"Detach": True})
    assert answer.status == 409
    assert "already running" in answer.message


@pytest.mark.berthd
def test_exec_of_a_container_that_has_stopped_is_404(engine, running):
    fresh, done = made(engine, running, "true"), made(engine, running, "true")
    assert engine.api.post(f"/exec/{done}/start", {"Detach": True}).status == 200
    engine.stop(running)
    for again in (False, True):
        for exec_id in (fresh, done):
            answer = engine.api.post(f"/exec/{exec_id}/start", {"Detach": True})
            assert (answer.status, answer.message) == (404, f"No such exec instance: {exec_id}")
        if not again:
            engine.start(running)


@pytest.mark.berthd
def test_exec_as_the_container_ends_is_409_or_404(engine):
    """Whatever it is that is gone first: a namespace, a cgroup, the process that was being made."""
    answers, lock = [], threading.Lock()

    def use(container, detach):
        answer = engine.api.post(f"/containers/{container}/exec", {"AttachStdout": True, "Tty": True, "Cmd": ["true"]})
        if answer.status == 201:
            exec_id = answer.json["Id"]
            if detach:
                answer = engine.api.post(f"/exec/{exec_id}/start", {"Detach": True})
            else:
                with engine.api.hijack(f"/exec/{exec_id}/start", {"Tty": True}) as stream:
                    said = stream.read_all() if stream.status == 101 else b""
                    with lock:
                        answers.append((stream.status, said.decode()))
            with lock:
                answers.append((engine.api.post(f"/exec/{exec_id}/resize", h="1", w="1").status, "resize"))
        with lock:
            answers.append((answer.status, answer.body.decode()))

    for round in range(12):
        container = engine.run("sleep", "60")
        threads = [threading.Thread(target=use, args=(container, number % 2 == 0)) for number in range(6)]
        for thread in threads:
            thread.start()
        engine.api.post(f"/containers/{container}/kill")
        for thread in threads:
            thread.join()
        engine.remove(container, force="1")
    wrong = [(status, text) for status, text in answers if status not in (101, 200, 201, 404, 409)
             or (status == 101 and text.strip() and "is not running" not in text)]
    assert not wrong


def test_ends_with_its_container(engine, running):
    exec_id = made(engine, running, "sleep", "100")
    with engine.api.hijack(f"/exec/{exec_id}/start", {}) as stream:
        until(lambda: engine.api.get(f"/exec/{exec_id}/json").json["Running"], "it does not run")
        engine.stop(running)
        assert stream.read_all() == b""


def test_big_output_is_whole(engine, running):
    status, out, _ = engine.execute(running, "sh", "-c", "yes 0123456789abcde | head -c 20971520")
    assert (status, len(out)) == (0, 20 * 1024 * 1024)
    assert out == "0123456789abcde\n" * (20 * 1024 * 1024 // 16)


def test_docker_exec(cli, running):
    done = cli("exec", "-i", "-e", "A=1", running, "sh", "-c", "cat; echo $A; exit 6", input="in\n", check=False)
    assert (done.returncode, done.stdout) == (6, "in\n1\n")


def test_sdk_exec(sdk, running):
    result = sdk.containers.get(running).exec_run(["sh", "-c", "echo a; exit 2"])
    assert (result.exit_code, result.output) == (2, b"a\n")


@pytest.mark.parametrize("user", ["nosuch", "alice:nosuch", "2147483648", "-1"])
def test_exec_as_a_user_that_there_is_not_ends_with_126(engine, user):
    container = engine.run("sleep", "60")
    status, out, err = engine.execute(container, "true", User=user)
    assert status == 126
    assert "no matching entries in" in out + err or "uids and gids must be in range 0-2147483647" in out + err


@pytest.mark.berthd
@pytest.mark.parametrize("user", ["nosuch", "alice:nosuch", "2147483648", "1000:4294967296"])
def test_a_container_of_a_user_that_there_is_not_does_not_start(engine, user):
    answer = engine.api.post(f"/containers/{engine.create('true', User=user)}/start")
    assert answer.status == 400, answer
    assert "no matching entries in" in answer.message or "uids and gids must be in range 0-2147483647" in answer.message


@pytest.mark.berthd
@pytest.mark.parametrize("body, field", [
    ({"Cmd": ["a\0b"]}, "Cmd.0"), ({"Cmd": ["true"], "Env": ["A=1", "B=\0"]}, "Env.1"),
    ({"Cmd": ["true"], "WorkingDir": "/\0"}, "WorkingDir"), ({"Cmd": ["true"], "User": "root\0"}, "User"),
])
def test_nul_characters_are_refused(engine, body, field):
    container = engine.run("sleep", "60")
    words = f"invalid JSON: field {field}: it contains a NUL character"
    for path, more in ((f"/containers/{container}/exec", {}), ("/containers/create", {"Image": "busybox"})):
        answer = engine.api.post(path, {**body, **more})
        assert (answer.status, answer.message) == (400, words)


@pytest.mark.berthd
def test_nul_characters_are_refused_however_deep(engine):
    for body, field in (({"HostConfig": {"Binds": ["/etc\0x:/y"]}}, "HostConfig.Binds.0"),
                        ({"Labels": {"a\0b": "c"}}, "Labels"), ({"Labels": {"a": "b\0"}}, "Labels.a")):
        answer = engine.api.post("/containers/create", {"Image": "busybox", "Cmd": ["true"], **body})
        assert (answer.status, answer.message) == (400, f"invalid JSON: field {field}: it contains a NUL character")
    # A backslash, and no NUL.
    assert engine.inspect(engine.create("true", Labels={"a": r"\u0000"}))["Config"]["Labels"] == {"a": r"\u0000"}
