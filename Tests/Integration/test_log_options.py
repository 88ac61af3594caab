"""What a container's log options do: rotation that loses nothing, what each line carries, and what others do to the file."""

import gzip
import json
import os
import subprocess
import threading
import time
from pathlib import Path

import pytest
from harness import frames
from harness.waiting import until

pytestmark = pytest.mark.berthd


def log(config):
    return {"LogConfig": {"Type": "json-file", "Config": config}}


def path(engine, container):
    return Path(engine.inspect(container)["LogPath"])


def await_size(file, size):
    deadline = time.monotonic() + 30
    while not file.exists() or file.stat().st_size < size:
        assert time.monotonic() < deadline, f"{file} did not grow to {size}"
        time.sleep(0.01)


LINES = 4000
WRITER = ("read go; i=0; while [ $i -lt %d ]; do echo line $i with some more text; i=$((i+1)); "
          "[ $((i%%50)) = 0 ] && usleep 40000; done" % LINES)


def followed(engine, container):
    """The lines that a follower sees who is there before the container is told to go."""
    connection, response = engine.api.open("GET", f"/containers/{container}/logs", stdout="1", follow="1", timeout=60)
    with engine.api.hijack(f"/containers/{container}/attach", stream="1", stdin="1") as stdin:
        stdin.write(b"go\n")
        out, _ = frames.joined(response.read())
    connection.close()
    return out.decode().splitlines()


@pytest.mark.parametrize("config", [{"max-size": "40k"}, {"max-size": "20k", "max-file": "2"}])
def test_a_follower_loses_nothing_over_rotations(engine, config):
    container = engine.run("sh", "-c", WRITER, OpenStdin=True, host=log(config))
    assert followed(engine, container) == [f"line {number} with some more text" for number in range(LINES)]


def test_a_follower_that_is_slower_than_the_log_keeps_up_with_its_files(engine):
    container = engine.run("sh", "-c", "read go; seq 1 120000", OpenStdin=True,
                           host=log({"max-size": "1m", "max-file": "4"}))
    connection, response = engine.api.open("GET", f"/containers/{container}/logs", stdout="1", follow="1", timeout=60)
    with engine.api.hijack(f"/containers/{container}/attach", stream="1", stdin="1") as stdin:
        stdin.write(b"go\n")
        out, _ = frames.joined(response.read())
    connection.close()
    assert out.decode().split() == [str(number) for number in range(1, 120_001)]


def test_one_file_is_replaced_and_not_emptied(engine):
    container = engine.run("sh", "-c", "while read line; do seq 1 200; done", OpenStdin=True, host=log({"max-size": "10k"}))
    file = path(engine, container)
    with engine.api.hijack(f"/containers/{container}/attach", stream="1", stdin="1") as stdin:
        stdin.write(b"x\n")
        await_size(file, 100)
        with open(file) as opened:
            for _ in range(5):
                stdin.write(b"x\n")
            deadline = time.monotonic() + 20
            while os.fstat(opened.fileno()).st_nlink:
                assert time.monotonic() < deadline, "never rotated"
                time.sleep(0.01)
            # Who has it open reads it to its end.
            assert [json.loads(line)["log"] for line in opened][-1]
    assert file.stat().st_size <= 10_240
    assert sorted(each.name for each in file.parent.glob(file.name + "*")) == [file.name]


@pytest.fixture
def small_disk(tmp_path):
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m,mode=755", "tmpfs", str(tmp_path)], check=True)
    yield tmp_path
    subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


def test_a_log_that_was_emptied_from_outside_gets_no_holes_on_a_full_disk(small_disk, own_engine):
    engine = own_engine(root=small_disk / "d")
    container = engine.run("sh", "-c", "while :; do echo a line of text to fill the log with; usleep 1000; done")
    file = path(engine, container)
    await_size(file, 20_000)
    os.truncate(file, 0)
    filler = small_disk / "filler"
    subprocess.run(["dd", "if=/dev/zero", f"of={filler}", "bs=4k"], check=False, stderr=subprocess.DEVNULL)
    # The last page fills up, and lines that do not fit are left out from then on.
    size = -1
    while size != (size := file.stat().st_size):
        time.sleep(0.1)
    filler.unlink()
    await_size(file, size + 2000)
    engine.api.post(f"/containers/{container}/kill")
    engine.wait(container)
    content = file.read_bytes()
    assert b"\0" not in content
    assert all(json.loads(line)["log"].startswith("a line") for line in content.splitlines())


def test_half_a_line_takes_no_other_with_it(engine):
    container = engine.run("echo", "line 0")
    engine.wait(container)
    file = path(engine, container)
    os.truncate(file, file.stat().st_size - 30)
    engine.start(container)
    engine.wait(container)
    assert engine.logs(container)[0] == "line 0\n"
    assert len(file.read_bytes().splitlines()) == 2


def test_a_log_that_was_moved_away_is_begun_anew(engine):
    container = engine.run("sh", "-c", "while :; do echo tick; usleep 50000; done")
    file = path(engine, container)
    await_size(file, 100)
    file.rename(file.with_name("moved"))
    await_size(file, 100)
    assert engine.logs(container)[0].startswith("tick\n")


def test_lines_carry_what_was_asked_for(engine, cli):
    config = {"labels": "a,absent", "env": "E", "tag": "{{.Name}}/{{ .ImageName }}/{{.ID}}",
              "labels-regex": "^x\\.", "env-regex": "_KEPT$"}
    container = engine.run("sh", "-c", "echo hello; echo wrong >&2", name="carrying", host=log(config),
                           Labels={"a": "b c", "x.y": "\"z\"", "other": "1"}, Env=["E=1", "F=2", "G_KEPT=ü\\"])
    engine.wait(container)
    tag = f"carrying/busybox:latest/{container[:12]}"
    wanted = {"a": "b c", "x.y": "\"z\"", "E": "1", "G_KEPT": "ü\\", "tag": tag}
    entries = [json.loads(line) for line in path(engine, container).read_text().splitlines()]
    assert [each["attrs"] for each in entries] == [wanted, wanted]
    assert engine.logs(container) == ("hello\n", "wrong\n")
    assert engine.logs(container, stderr="0", details="1")[0] == (
        f"E=1,G_KEPT=%C3%BC%5C,a=b+c,tag=carrying%2Fbusybox%3Alatest%2F{container[:12]},x.y=%22z%22 hello\n")
    stamped = engine.logs(container, stderr="0", details="1", timestamps="1")[0]
    assert stamped.split(" ")[0].endswith("Z") and stamped.split(" ")[1].startswith("E=1,")
    assert cli("logs", "--details", container).stdout.endswith(" hello\n")


def test_details_of_a_log_without_any(engine):
    container = engine.run("echo", "plain")
    engine.wait(container)
    assert engine.logs(container, details="1")[0] == " plain\n"
    assert "attrs" not in path(engine, container).read_text()


def test_a_long_line_is_stamped_once(engine):
    container = engine.run("sh", "-c", "head -c 40000 /dev/zero | tr '\\0' a; echo; echo end")
    engine.wait(container)
    lines = engine.logs(container, timestamps="1")[0].splitlines()
    assert [len(line.split(" ", 1)[1]) for line in lines] == [40000, 3]


def test_a_long_line_counts_once(engine):
    container = engine.run("sh", "-c", "echo begin; head -c 40000 /dev/zero | tr '\\0' a; echo; echo end")
    engine.wait(container)
    lengths = [[len(line) for line in engine.logs(container, tail=str(count))[0].splitlines()] for count in range(5)]
    assert lengths == [[], [3], [40000, 3], [5, 40000, 3], [5, 40000, 3]]


@pytest.mark.parametrize("config", [
    {"max-file": "3"}, {"max-size": "-1", "max-file": "3"}, {"compress": "false"}, {"mode": "blocking"}, {"tag": ""},
    {"mode": "non-blocking"}, {"mode": "non-blocking", "max-buffer-size": "64k", "max-size": "10k"},
    {"labels": ""}, {"max-size": "1.5k"}, {"max-size": "1 KiB"}, {"max-size": "3e2"}, {"max-size": "2GB", "max-file": "4000000000"},
    {"compress": "T", "max-size": "1m", "max-file": "2"},
])
def test_options_that_are_taken(engine, config):
    container = engine.run("echo", "kept", host=log(config))
    engine.wait(container)
    assert engine.logs(container)[0] == "kept\n"


@pytest.mark.parametrize("size, lines", [("1.5k", 15), ("1.6KB", 16), ("2kib", 20), ("1300b", 13), ("1400", 14)])
def test_max_size_counts_as_dockers(engine, size, lines):
    # Each record is 100 bytes long.
    container = engine.run("sh", "-c", "for i in $(seq 1 30); do echo 12345678901234567890123456789; done",
                           host=log({"max-size": size, "max-file": "2"}))
    engine.wait(container)
    assert {len(line) for line in path(engine, container).read_text().splitlines(True)} == {100}
    assert len(Path(f"{path(engine, container)}.1").read_text().splitlines()) == lines


@pytest.mark.parametrize("config, text", [
    ({"labels-regex": "("}, "invalid value for labels-regex: error parsing regexp: missing closing ): `(`"),
    ({"env-regex": "["}, "invalid value for env-regex: error parsing regexp: missing closing ]: `[`"),
    ({"labels-regex": "(?=a)"}, "invalid or unsupported Perl syntax: `(?=`"),
    ({"labels-regex": "(a{1000}){1000}"}, "expression too large"),
    ({"mode": "odd"}, "logger: logging mode not supported: odd"),
    ({"mode": "non-blocking", "max-buffer-size": "x"}, "error parsing option max-buffer-size: invalid size: 'x'"),
    ({"mode": "non-blocking", "max-buffer-size": "1x"}, "error parsing option max-buffer-size: invalid suffix: 'x'"),
    ({"max-buffer-size": "1m"}, "logger: max-buffer-size option is only supported with 'mode=non-blocking'"),
    ({"max-files": "1"}, "unknown log opt 'max-files' for json-file log driver"),
])
def test_options_that_are_refused(engine, config, text):
    answer = engine.api.post("/containers/create", {"Image": "busybox", "HostConfig": log(config)})
    assert (answer.status, text in answer.message) == (400, True), answer


def test_drivers_that_are_refused(engine):
    answer = engine.api.post("/containers/create", {"Image": "busybox", "HostConfig": {"LogConfig": {"Type": "odd"}}})
    assert (answer.status, answer.message) == (400, "logger: no log driver named 'odd' is registered")


@pytest.mark.parametrize("config, text", [
    ({"max-file": "0"}, "max-file cannot be less than 1"),
    ({"max-file": "x"}, "invalid value for max-file: x"),
    ({"max-size": "1x"}, "invalid suffix: 'x'"),
    ({"max-size": "1kbx"}, "invalid suffix: 'kbx'"),
    ({"max-size": "k"}, "invalid size: 'k'"),
    ({"max-size": "-5"}, "invalid size: '-5'"),
    ({"max-size": "0x10"}, "invalid size: '0x10'"),
    ({"max-size": "1e300"}, "invalid size: '1e300'"),
    ({"max-size": "0"}, "max-size must be a positive number"),
    ({"max-size": "0.5"}, "max-size must be a positive number"),
    ({"tag": "{{.Nope}}"}, "unknown `{{.Nope}}`; there are .ID, .FullID, .Name"),
    ({"tag": "{{.ID"}, "`{{` without `}}`"),
    ({"compress": "perhaps"}, "invalid value for compress: perhaps"),
    ({"compress": "true", "max-size": "1m"},
     "compress cannot be true when max-file is less than 2 or max-size is not set"),
    ({"compress": "true", "max-file": "3"},
     "compress cannot be true when max-file is less than 2 or max-size is not set"),
])
def test_values_are_refused_at_the_start(engine, config, text):
    container = engine.create("true", host=log(config))
    answer = engine.api.post(f"/containers/{container}/start")
    assert answer.status == 400
    assert answer.message.startswith("failed to create task for container: failed to initialize logging driver: ")
    assert text in answer.message
    state = engine.inspect(container)["State"]
    assert (state["Status"], state["ExitCode"], state["Error"]) == ("created", 128, answer.message)


def test_hostile_patterns_hold_nobody_up(engine):
    hostile = ["(a+)+$", "(a|a)*$", "(.*a){12}$", "((a{0,10}){0,10}){0,10}$", "^(([a-z])+.)+[A-Z]([a-z])+$"]
    labels = {"a" * 20_000 + "!" + str(number): "x" for number in range(2)}
    ids = [engine.create("echo", "x", Labels=labels, host=log({"labels-regex": pattern})) for pattern in hostile]
    answers = []

    def start(container):
        answers.append(engine.api.post(f"/containers/{container}/start"))

    threads = [threading.Thread(target=start, args=(container,)) for container in ids]
    for thread in threads:
        thread.start()
    pings = 0
    while any(thread.is_alive() for thread in threads):
        assert engine.api.get("/_ping").status == 200
        pings += 1
    assert pings
    assert all(answer.status in (204, 400) for answer in answers), answers
    assert all("too large an expression" in answer.message for answer in answers if answer.status == 400), answers
    assert [answer.status for answer in answers].count(204) >= 3
    for pattern in hostile:
        assert engine.api.get("/containers/json", filters=json.dumps({"name": [pattern]})).status == 200


def test_rotated_files_are_compressed_and_read(engine, cli):
    container = engine.run("sh", "-c", "while read line; do seq $line; done", OpenStdin=True,
                           host=log({"max-size": "20k", "max-file": "4", "compress": "true"}))
    file = path(engine, container)
    connection, response = engine.api.open("GET", f"/containers/{container}/logs", stdout="1", follow="1", timeout=60)
    names = [file.name] + [f"{file.name}.{number}.gz" for number in (1, 2, 3)]
    with engine.api.hijack(f"/containers/{container}/attach", stream="1", stdin="1") as stdin:
        stdin.write(b"1 2000\n")
        until(lambda: sorted(each.name for each in file.parent.glob(f"{file.name}*")) == names, "not compressed")
        kept = engine.logs(container)[0].split()
        assert kept == [str(number) for number in range(int(kept[0]), 2001)]
        for number in (1, 2, 3):
            lines = gzip.decompress(Path(f"{file}.{number}.gz").read_bytes()).splitlines()
            assert all(json.loads(line)["log"] for line in lines)
        assert engine.logs(container, tail="400")[0].split() == kept[-400:]
        since = engine.logs(container, timestamps="1")[0].splitlines()[50].split()[0]
        assert len(engine.logs(container, since=since)[0].split()) >= len(kept) - 60
        # One that is damaged is named, and the others are read.
        damaged = Path(f"{file}.2.gz")
        os.truncate(damaged, damaged.stat().st_size // 2)
        rest = engine.logs(container)[0].split()
        assert rest[0] == kept[0] and rest[-1] == "2000" and 0 < len(rest) < len(kept)
        until(lambda: f"log `{damaged}`: its end is missing" in engine.daemon.log.read_text(), "not named")
    engine.api.post(f"/containers/{container}/kill")
    engine.wait(container)
    response.read()
    connection.close()
    assert cli.out("logs", "--tail", "1", container) == "2000"


def test_a_follower_loses_nothing_while_files_are_compressed(engine):
    container = engine.run("sh", "-c", WRITER, OpenStdin=True,
                           host=log({"max-size": "40k", "max-file": "3", "compress": "true"}))
    assert followed(engine, container) == [f"line {number} with some more text" for number in range(LINES)]


def test_half_a_record_in_the_middle_takes_no_other_with_it(engine):
    container = engine.run("sh", "-c", "read line; seq 2", OpenStdin=True)
    file = path(engine, container)
    with open(file, "ab") as other:
        other.write(b'{"log":"half a rec')
    with engine.api.hijack(f"/containers/{container}/attach", stream="1", stdin="1") as stdin:
        stdin.write(b"go\n")
        engine.wait(container)
    assert engine.logs(container)[0] == "1\n2\n"


def test_options_without_a_driver(engine, cli):
    out = cli.out("run", "--rm", "--network", "none", "--log-opt", "max-size=1m", "--log-opt", "max-file=3", "busybox", "echo", "x")
    assert out == "x"
