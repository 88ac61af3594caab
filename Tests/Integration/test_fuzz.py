"""Requests made by chance from the API's calls and the fields of their bodies: none may be answered with 500.

BERTH_FUZZ_SECONDS says how long (8 when it is not set), BERTH_FUZZ_SEED repeats a run.
"""

import http.client
import os
import random
import time
from urllib.parse import quote

import pytest
from fields import CREATE, ENDPOINT, NETWORK, UPDATE, VOLUME

pytestmark = pytest.mark.berthd

SECONDS = float(os.environ.get("BERTH_FUZZ_SECONDS", "8"))

#: {} is something's name. Streams that do not end by themselves are left out.
CALLS = [
    ("GET", "/_ping", []), ("GET", "/version", []), ("GET", "/info", []), ("GET", "/system/df", ["type"]),
    ("GET", "/containers/json", ["all", "limit", "size", "filters"]), ("POST", "/containers/create", ["name", "platform"]),
    ("GET", "/containers/{}/json", ["size"]), ("GET", "/containers/{}/top", ["ps_args"]),
    ("GET", "/containers/{}/logs", ["stdout", "stderr", "since", "until", "timestamps", "tail"]),
    ("POST", "/containers/{}/start", ["detachKeys"]), ("POST", "/containers/{}/stop", ["signal", "t0"]),
    ("POST", "/containers/{}/restart", ["signal", "t0"]), ("POST", "/containers/{}/kill", ["signal"]),
    ("POST", "/containers/{}/update", []), ("POST", "/containers/{}/rename", ["name"]),
    ("POST", "/containers/{}/pause", []), ("POST", "/containers/{}/unpause", []),
    ("POST", "/containers/{}/resize", ["h", "w"]), ("POST", "/containers/{}/exec", []),
    ("DELETE", "/containers/{}", ["v", "force", "link"]), ("POST", "/containers/prune", ["filters"]),
    ("POST", "/exec/{}/start", []), ("GET", "/exec/{}/json", []), ("POST", "/exec/{}/resize", ["h", "w"]),
    ("GET", "/images/json", ["all", "filters", "shared-size", "digests"]), ("GET", "/images/{}/json", ["platform"]),
    ("GET", "/images/{}/history", ["platform"]), ("POST", "/images/{}/tag", ["repo", "tag"]),
    ("GET", "/networks", ["filters"]), ("GET", "/networks/{}", ["verbose", "scope"]), ("DELETE", "/networks/{}", []),
    ("POST", "/networks/create", []), ("POST", "/networks/{}/connect", []), ("POST", "/networks/{}/disconnect", []),
    ("POST", "/networks/prune", ["filters"]), ("GET", "/volumes", ["filters"]), ("POST", "/volumes/create", []),
    ("GET", "/volumes/{}", []), ("DELETE", "/volumes/{}", ["force"]), ("POST", "/volumes/prune", ["filters"]),
    ("GET", "/events", ["since", "until0", "filters"]),
]
NAMES = ["c1", "c2", "n1", "n2", "v1", "busybox", "bridge", "host", "none", "nosuch", "x" * 300, "a b", "../x", "%", "ü", "-",
         "sha256:12", "\x01"]
WORDS = ["", "0", "1", "-1", "true", "x", "SIGTERM", "SIGNOSUCH", "9", "99", "linux/amd64", "1e9", "99999999999999999999", "/",
         "{}", "[", '{"label":["a"]}', '{"nosuch":["x"]}', '{"status":["running"]}', '{"dangling":["maybe"]}', "ü" * 50,
         "ctrl-p,ctrl-q", "aux", "-o pid", "\x00", "10m", "2020-01-01T00:00:00Z"]
VALUES = [None, "", "x", 0, 1, -1, 2**31, 2**63 - 1, -2**63, 2**64, 1.5, True, False, [], {}, ["x"], ["", ""], {"x": "y"},
          {"": ""}, [[]], [None], {"x": None}, "/", "a" * 5000, "../..", "container:c1", "0-999", "host", "\x01", "ü"]


class Fuzz:
    def __init__(self, engine, seed):
        self.engine = engine
        self.random = random.Random(seed)
        self.execs = []

    def name(self):
        return self.random.choice(NAMES + self.execs[-5:])

    def value(self, outcome):
        """Mostly the field's own value, at times anything."""
        own = outcome.value(self.engine) if callable(outcome.value) else outcome.value
        return own if self.random.random() < 0.5 else self.random.choice(VALUES)

    def body(self, table, most=4):
        body = {}
        for name in self.random.sample(sorted(table), self.random.randint(0, most)):
            place = body
            *above, last = name.split("[]")[0].split(".")
            for part in above:
                place = place.setdefault(part, {})
                if not isinstance(place, dict):
                    break
            else:
                place[last] = self.value(table[name])
        return body

    def bodies(self, path):
        if path == "/containers/create":
            body = {"Image": "busybox", "Cmd": ["sleep", "1"], **self.body(CREATE)}
            if self.random.random() < 0.3:
                body["NetworkingConfig"] = {"EndpointsConfig": {self.name(): self.body(ENDPOINT, 2)}}
            return body
        if path.endswith("/update"):
            return self.body(UPDATE)
        if path == "/networks/create":
            return {"Name": self.random.choice(["n1", "n2"]), **self.body(NETWORK, 3)}
        if path.endswith("connect"):
            return {"Container": self.name(), "EndpointConfig": self.body(ENDPOINT, 2), "Force": self.random.random() < 0.5}
        if path == "/volumes/create":
            return {"Name": self.random.choice(["v1", "v2"]), **self.body(VOLUME, 2)}
        if path.endswith("/exec"):
            return {"Cmd": self.random.choice([["true"], ["nosuch"], [""], [], "true", None]), "Tty": self.random.choice(VALUES),
                    "User": self.random.choice(["", "nosuch", "0:0"]), "WorkingDir": self.random.choice(["", "/", "/nosuch"]),
                    "Privileged": self.random.random() < 0.2, "DetachKeys": self.random.choice(["", "ctrl-p", "nonsense"])}
        if path.endswith("/start"):
            return {"Detach": True, "Tty": self.random.choice(VALUES)} if path.startswith("/exec") else None
        return None

    def query(self, names):
        query = {}
        for name in names:
            if name.endswith("0"):  # no waiting
                query[name[:-1]] = "0"
            elif self.random.random() < 0.5:
                query[name] = self.random.choice(NAMES[:6] if name in ("name", "repo") else WORDS)
        return query

    def request(self):
        """(what was sent, the answer)."""
        method, pattern, parameters = self.random.choice(CALLS)
        path = pattern.replace("{}", quote(self.name(), safe=""))
        body, query = self.bodies(pattern.replace("{}", "x")), self.query(parameters)
        answer = self.engine.api.at(self.random.choice(["1.24", "1.41", "1.51"])).request(method, path, body, **query)
        if pattern.endswith("/exec") and answer.status == 201:
            self.execs.append(answer.json["Id"])
        return (method, path, query, body), answer


@pytest.mark.timeout(SECONDS + 60)
def test_no_request_is_answered_with_500(engine):
    seed = int(os.environ.get("BERTH_FUZZ_SEED", random.randrange(1 << 32)))
    fuzz = Fuzz(engine, seed)
    pid = engine.daemon.pid
    for name in ("c1", "c2"):
        engine.create("sleep", "60", name=name, host={"NetworkMode": "bridge"})
    engine.start("c1")
    end = time.monotonic() + SECONDS
    failures, count = {}, 0
    while time.monotonic() < end:
        sent, answer = fuzz.request()
        count += 1
        if answer.status == 500 or answer.status not in http.client.responses:
            failures.setdefault((sent[0], answer.body[:24]), f"{sent}"[:1000] + f"\n    {answer}")
    if failures:
        pytest.fail(f"seed {seed}, {count} requests:\n" + "\n".join(failures.values()), pytrace=False)
    assert engine.daemon.pid == pid and engine.daemon.answers()
    assert count > 50
