"""Clients that ask for anything, all at once, for the same few containers, networks and volumes: no answer is 500.

BERTH_FUZZ_SECONDS says how long, BERTH_FUZZ_SEED where the requests begin; `make fuzz-api` has five minutes.
"""

import http.client
import json
import os
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from harness.fuzz import Fuzzer, ask

SECONDS = float(os.environ.get("BERTH_FUZZ_SECONDS", "15"))
SEED = int(os.environ.get("BERTH_FUZZ_SEED", "1"))
CLIENTS = 6
PATIENCE = 40
#: A wait, or a stop without an end, may take as long as it likes.
ENDLESS = ("/wait", "/stop", "/restart")


class Client:
    """Asks until the deadline; `ids` is what all clients have made, by kind."""

    def __init__(self, engine, number, ids, deadline):
        self.engine, self.ids, self.deadline = engine, ids, deadline
        self.fuzzer = Fuzzer(engine, SEED * 1000 + number, ids)
        self.statuses, self.faults = Counter(), []

    def work(self):
        while time.monotonic() < self.deadline and self.engine.daemon.process.poll() is None:
            method, target, body = self.fuzzer.request()
            try:
                answer = ask(self.engine.api.path, method, target, body, PATIENCE)
            except OSError as error:
                answer = None, repr(error).encode()
            if answer is None and any(each in target for each in ENDLESS):
                continue
            status, text = answer or (None, b"no answer")
            self.statuses[status] += 1
            if status == 500 or status not in http.client.responses:
                self.faults.append(f"{method} {target} {body!r}"[:3000] + f"\n    -> {status} {text[:600]!r}")
            if status == 201:
                self.remember(target, text)

    def remember(self, target, text):
        kind = "exec" if target.endswith("/exec") else "network" if "/networks/" in target else "container"
        try:
            self.ids.setdefault(kind, []).append(json.loads(text)["Id"])
            del self.ids[kind][:-20]
        except (ValueError, KeyError, TypeError):
            pass


@pytest.mark.berthd
@pytest.mark.timeout(SECONDS + 240)
def test_nothing_a_client_asks_for_is_an_error_of_the_daemon(engine):
    ids, deadline = {}, time.monotonic() + SECONDS
    clients = [Client(engine, number, ids, deadline) for number in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(Client.work, clients))
    assert engine.daemon.process.poll() is None, engine.daemon.log_tail()
    # What is frozen or nameless is removed like anything else.
    for image in engine.api.get("/images/json").json:
        for tag in image["RepoTags"] or []:
            if tag not in ("busybox:latest", "fixture:latest"):
                engine.api.delete(f"/images/{tag}")
    statuses = sum((each.statuses for each in clients), Counter())
    print(sum(statuses.values()), "requests:", dict(sorted(statuses.items(), key=str)))
    faults = [fault for each in clients for fault in each.faults]
    assert not faults, f"seed {SEED}: {len(faults)} answers that nobody should get:\n" + "\n".join(faults[:40])
    # However slow the machine, it was no idle talk.
    assert statuses[201] and statuses[400] and statuses[404]
