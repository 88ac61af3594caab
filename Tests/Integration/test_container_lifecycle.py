"""Containers: create, start, stop, kill, wait and remove, and what each says in the wrong state."""

import re
import signal
import threading
import time

import pytest
from harness.waiting import until


def state(engine, container):
    return engine.inspect(container)["State"]


# Create


def test_create_answers_id_and_no_warnings(engine):
    answer = engine.api.post("/containers/create", {"Image": "busybox", "HostConfig": {"NetworkMode": "none"}})
    assert answer.status == 201
    assert re.fullmatch("[0-9a-f]{64}", answer.json["Id"])
    assert not answer.json["Warnings"]
    assert state(engine, answer.json["Id"])["Status"] == "created"


def test_name_is_made_up_when_none_is_given(engine):
    names = {engine.inspect(engine.create("true"))["Name"] for _ in range(5)}
    assert len(names) == 5
    for name in names:
        assert re.fullmatch("/[a-z]+_[a-z]+[0-9]?", name), name


def test_name_in_use_is_409(engine):
    first = engine.create("true", name="taken")
    answer = engine.api.post("/containers/create", {"Image": "busybox"}, name="taken")
    assert answer.status == 409
    assert answer.message == (
        f'Conflict. The container name "/taken" is already in use by container "{first}". '
        "You have to remove (or rename) that container to be able to reuse that name.")
    engine.remove(first)
    engine.create("true", name="taken")


@pytest.mark.parametrize("name", ["a", "-x", "with space", "ümlaut", "a/b"])
def test_invalid_name_is_400(engine, name):
    answer = engine.api.post("/containers/create", {"Image": "busybox"}, name=name)
    assert answer.status == 400
    assert answer.message == (
        f"Invalid container name ({name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed")


def test_create_without_a_command_is_400(engine, tmp_path):
    from harness import image

    layer = image.Layer()
    layer.file("x", "y")
    engine.load(image.archive(tmp_path / "a.tar", [(["silent:1"], [layer.finish()], {})]))
    try:
        answer = engine.api.post("/containers/create", {"Image": "silent:1"})
        assert (answer.status, answer.message.lower()) == (400, "no command specified")
    finally:
        engine.api.delete("/images/silent:1")


def test_rename(engine):
    container = engine.create("true", name="before")
    assert engine.api.post(f"/containers/{container}/rename", name="after").status == 204
    assert engine.inspect("after")["Id"] == container
    assert engine.api.get("/containers/before/json").status == 404


# Absent containers


@pytest.mark.parametrize("method, path", [
    ("GET", "/json"), ("GET", "/logs?stdout=1"), ("GET", "/top"),
    ("POST", "/start"), ("POST", "/stop"), ("POST", "/kill"), ("POST", "/wait"), ("POST", "/restart"),
    ("POST", "/resize?h=1&w=1"), ("POST", "/pause"), ("POST", "/unpause"), ("DELETE", ""),
])
def test_absent_container_is_404(engine, method, path):
    answer = engine.api.request(method, f"/containers/absent{path}")
    assert answer.status == 404
    assert answer.message in ("No such container: absent", "Cannot kill container: absent: No such container: absent")


def test_attach_to_an_absent_container_is_404(engine):
    answer = engine.api.post("/containers/absent/attach", stream="1", stdout="1")
    assert answer.status == 404
    assert "No such container: absent" in answer.body.decode()


def test_exec_in_an_absent_container_is_404(engine):
    answer = engine.api.post("/containers/absent/exec", {"Cmd": ["true"]})
    assert (answer.status, answer.message) == (404, "No such container: absent")


def test_container_is_found_by_name_id_and_unique_prefix(engine):
    container = engine.create("true", name="findme")
    for key in ("findme", container, container[:12]):
        assert engine.inspect(key)["Id"] == container


# Start


def test_start_runs_the_command_and_exit_status_is_kept(engine):
    container = engine.run("sh", "-c", "sleep 0.1; exit 7")
    assert engine.wait(container) == 7
    final = state(engine, container)
    assert (final["Status"], final["ExitCode"], final["Running"], final["Pid"]) == ("exited", 7, False, 0)
    assert final["StartedAt"] < final["FinishedAt"]


def test_start_of_a_started_container_is_304(engine):
    container = engine.run("sleep", "60")
    answer = engine.api.post(f"/containers/{container}/start")
    assert (answer.status, answer.body) == (304, b"")


def test_start_again_after_the_end(engine):
    container = engine.run("sh", "-c", "echo run >> /file; wc -l < /file; exit $(wc -l < /file)")
    assert [engine.wait(container)] == [1]
    engine.start(container)
    assert engine.wait(container) == 2
    assert engine.logs(container)[0] == "1\n2\n"


def test_command_that_is_not_in_the_image_is_127(engine):
    container = engine.create("nonexistent-command")
    answer = engine.api.post(f"/containers/{container}/start")
    assert answer.status in ((400,) if engine.daemon.name == "berthd" else (400, 404)), answer
    assert 'exec: "nonexistent-command": executable file not found in $PATH' in answer.message
    final = state(engine, container)
    assert (final["ExitCode"], final["Running"], final["Status"]) == (127, False, "created")
    assert "executable file not found in $PATH" in final["Error"]


def test_absolute_path_that_is_not_in_the_image_is_127(engine):
    container = engine.create("/no/such/file")
    answer = engine.api.post(f"/containers/{container}/start")
    assert answer.status in ((400,) if engine.daemon.name == "berthd" else (400, 404)), answer
    assert 'exec: "/no/such/file": stat /no/such/file: no such file or directory' in answer.message
    assert state(engine, container)["ExitCode"] == 127


@pytest.mark.parametrize("command", ["/bin/not-executable", "/etc"])
def test_command_that_cannot_be_executed_is_126(engine, command):
    container = engine.create(image="fixture:latest", Entrypoint=[command], User="0")
    answer = engine.api.post(f"/containers/{container}/start")
    assert answer.status == 400, answer
    assert f'exec: "{command}"' in answer.message
    assert "permission denied" in answer.message or "is a directory" in answer.message
    assert state(engine, container)["ExitCode"] == 126


def test_docker_run_ends_with_127_and_126_and_leaves_nothing(engine, cli):
    absent = cli("run", "--rm", "busybox", "nonexistent-command", check=False)
    assert absent.returncode == 127
    assert 'exec: "nonexistent-command": executable file not found in $PATH' in absent.stderr
    refused = cli("run", "--rm", "--entrypoint", "/bin/not-executable", "fixture", check=False)
    assert refused.returncode == 126
    assert "permission denied" in refused.stderr
    assert engine.api.get("/containers/json", all="1").json == []


def test_docker_run_ends_with_the_commands_status(cli):
    assert cli("run", "--rm", "--network", "none", "busybox", "sh", "-c", "exit 42", check=False).returncode == 42


def test_failed_start_can_be_repaired_and_started(engine, tmp_path):
    container = engine.create("/late/arrival", host={"Binds": [f"{tmp_path}:/late"]})
    program = tmp_path / "arrival"
    for code, repair in ((127, lambda: program.write_text("#!/bin/sh\nexit 7\n")), (126, lambda: program.chmod(0o755))):
        assert engine.api.post(f"/containers/{container}/start").status == 400
        assert (state(engine, container)["Status"], state(engine, container)["ExitCode"]) == ("created", code)
        assert state(engine, container)["Error"]
        repair()
    engine.start(container)
    assert engine.wait(container) == 7
    assert state(engine, container)["Error"] == ""


# Stop and kill


def test_stop_sends_term_then_kills_after_its_timeout(engine):
    container = engine.run("sh", "-c", "trap 'echo asked' TERM; while :; do sleep 0.1; done")
    engine.await_trap(container, signal.SIGTERM)
    began = time.monotonic()
    assert engine.api.post(f"/containers/{container}/stop", t="1").status == 204
    assert 0.9 < time.monotonic() - began < 5
    assert state(engine, container)["ExitCode"] == 137
    assert engine.logs(container)[0] == "asked\n"


def test_stop_returns_as_soon_as_the_process_ends(engine):
    container = engine.run("sh", "-c", "trap 'exit 3' TERM; while :; do sleep 0.05; done")
    engine.await_trap(container, signal.SIGTERM)
    began = time.monotonic()
    assert engine.api.post(f"/containers/{container}/stop", t="20").status == 204
    assert time.monotonic() - began < 5
    assert state(engine, container)["ExitCode"] == 3


def test_stop_uses_the_images_stop_signal(engine):
    container = engine.run(
        image="fixture:latest", User="0",
        Entrypoint=["sh", "-c", "trap 'exit 21' USR1; while :; do sleep 0.05; done"])
    engine.await_trap(container, signal.SIGUSR1)
    engine.stop(container, 10)
    assert state(engine, container)["ExitCode"] == 21


def test_stop_of_a_stopped_container_is_304(engine):
    container = engine.run("true")
    engine.wait(container)
    assert engine.api.post(f"/containers/{container}/stop").status == 304


@pytest.mark.parametrize("name, status", [("SIGKILL", 137), ("9", 137), ("TERM", 143), ("sigint", 130)])
def test_kill_by_name_and_number(engine, name, status):
    container = engine.run("sh", "-c", "trap 'exit 143' TERM; trap 'exit 130' INT; while :; do sleep 0.05; done")
    engine.await_trap(container, signal.SIGTERM, signal.SIGINT)
    assert engine.api.post(f"/containers/{container}/kill", signal=name).status == 204
    assert engine.wait(container) == status


def test_kill_with_an_unknown_signal_is_400(engine):
    container = engine.run("sleep", "60")
    answer = engine.api.post(f"/containers/{container}/kill", signal="SIGNONE")
    assert answer.status in ((400,) if engine.daemon.name == "berthd" else (400, 500)), answer
    assert answer.message.lower() == "invalid signal: signone"
    assert state(engine, container)["Running"]


def test_kill_of_a_stopped_container_is_409(engine):
    container = engine.create("true")
    answer = engine.api.post(f"/containers/{container}/kill")
    assert answer.status == 409
    assert re.fullmatch(f"[Cc]annot kill container: {container}: Container {container} is not running", answer.message,
                        re.IGNORECASE)


def test_restart_makes_a_new_process(engine):
    container = engine.run("sleep", "60")
    before = state(engine, container)
    assert engine.api.post(f"/containers/{container}/restart", t="0").status == 204
    after = state(engine, container)
    assert after["Running"] and after["Pid"] != before["Pid"] and after["StartedAt"] > before["StartedAt"]


def test_pause_freezes_and_unpause_goes_on(engine):
    container = engine.run("sh", "-c", "while :; do echo x; sleep 0.02; done")
    assert engine.api.post(f"/containers/{container}/pause").status == 204
    assert (state(engine, container)["Status"], state(engine, container)["Paused"]) == ("paused", True)
    # What it wrote before is on its way to the log for a moment.
    time.sleep(0.1)
    count = len(engine.logs(container)[0])
    time.sleep(0.3)
    assert len(engine.logs(container)[0]) == count
    assert engine.api.post(f"/containers/{container}/pause").status == 409
    assert engine.api.post(f"/containers/{container}/unpause").status == 204
    until(lambda: len(engine.logs(container)[0]) > count, "it does not go on")


def test_process_killed_from_outside_is_noticed(engine):
    import os

    container = engine.run("sleep", "60")
    os.kill(engine.pid(container), 9)
    assert engine.wait(container) == 137


def test_children_end_with_the_first_process(engine):
    container = engine.run("sh", "-c", "sleep 300 & sleep 301 & sleep 0.2")
    assert engine.wait(container) == 0
    assert not any(
        open(f"/proc/{pid}/cmdline", "rb").read() in (b"sleep\x00300\x00", b"sleep\x00301\x00") for pid in _pids())


def _pids():
    import os

    for pid in os.listdir("/proc"):
        if pid.isdigit() and os.path.exists(f"/proc/{pid}/cmdline"):
            yield pid


# Wait


def test_wait_returns_at_once_for_a_stopped_container(engine):
    container = engine.run("sh", "-c", "exit 4")
    assert engine.wait(container) == 4
    assert engine.wait(container) == 4


def test_wait_for_next_exit_covers_the_start_to_come(engine):
    container = engine.create("sh", "-c", "exit 5")
    result = {}
    waiter = threading.Thread(target=lambda: result.update(code=engine.wait(container, condition="next-exit")))
    waiter.start()
    time.sleep(0.3)  # whether it returns too early can only be seen in a while
    assert waiter.is_alive()
    engine.start(container)
    waiter.join(10)
    assert result == {"code": 5}


def test_wait_for_removed_returns_after_the_removal(engine):
    container = engine.create("sh", "-c", "exit 6", host={"AutoRemove": True})
    result = {}
    waiter = threading.Thread(target=lambda: result.update(code=engine.wait(container, condition="removed")))
    waiter.start()
    time.sleep(0.2)
    engine.start(container)
    waiter.join(10)
    assert result == {"code": 6}
    assert engine.api.get(f"/containers/{container}/json").status == 404


def test_wait_sends_its_head_before_the_exit(engine):
    container = engine.run("sleep", "60")
    connection, response = engine.api.open("POST", f"/containers/{container}/wait", condition="next-exit")
    assert response.status == 200
    engine.stop(container)
    assert response.read().strip().startswith(b'{"')
    connection.close()


@pytest.mark.berthd
def test_wait_with_an_unknown_condition_is_400(engine):
    container = engine.create("true")
    answer = engine.api.post(f"/containers/{container}/wait", condition="whenever")
    assert answer.status == 400
    assert 'invalid condition: "whenever"' in answer.message


# Remove


def test_remove_of_a_running_container_is_409(engine):
    container = engine.run("sleep", "60")
    answer = engine.api.delete(f"/containers/{container}")
    assert answer.status == 409
    assert re.search("cannot remove .*running.*force remove", answer.message, re.IGNORECASE), answer.message
    assert state(engine, container)["Running"]
    engine.remove(container, force="1")
    assert engine.api.get(f"/containers/{container}/json").status == 404


def test_remove_twice_is_404(engine):
    container = engine.create("true")
    engine.remove(container)
    assert engine.api.delete(f"/containers/{container}").status == 404


def test_auto_remove(engine):
    container = engine.run("sleep", "0.2", host={"AutoRemove": True})
    engine.api.post(f"/containers/{container}/wait", condition="removed")
    assert engine.api.get(f"/containers/{container}/json").status == 404


def test_prune_removes_what_does_not_run(engine):
    stopped, running = engine.create("true"), engine.run("sleep", "60")
    pruned = engine.api.post("/containers/prune").json
    assert pruned["ContainersDeleted"] == [stopped]
    assert state(engine, running)["Running"]


def test_many_at_once(engine):
    """Twenty containers created, started, waited for and removed side by side."""
    failures = []

    def one(number):
        try:
            status, out, _ = engine.sh(f"echo {number}; exit {number}")
            assert (status, out) == (number, f"{number}\n")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures


def test_sdk_runs_stops_and_removes(sdk):
    assert sdk.containers.run("busybox", ["echo", "by sdk"], remove=True, network_mode="none") == b"by sdk\n"
    container = sdk.containers.run("busybox", ["sleep", "60"], detach=True, network_mode="none", name="sdk-made")
    assert sdk.containers.get("sdk-made").status == "running"
    container.stop(timeout=0)
    assert container.wait()["StatusCode"] == 137
    container.remove()
