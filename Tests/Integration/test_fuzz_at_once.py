"""Clients that ask for anything, all at once, for the same few containers, networks and volumes: no answer is 500."""

import json
import os
import threading
import time
from collections import Counter

import pytest
from harness.fuzz import Fuzzer, ask

#: Seconds; `make fuzz-api` has five minutes.
SECONDS = float(os.environ.get("BERTH_FUZZ_SECONDS", "30"))
#: Where the requests begin; another one for other requests.
SEED = int(os.environ.get("BERTH_FUZZ_SEED", "1"))
CLIENTS = 6
PATIENCE = 40


@pytest.mark.berthd
@pytest.mark.timeout(SECONDS + 240)
def test_nothing_a_client_asks_for_is_an_error_of_the_daemon(engine):
    deadline = time.monotonic() + SECONDS
    ids, statuses, faults, unanswered = {}, Counter(), [], []

    def client(number):
        fuzzer = Fuzzer(SEED * 1000 + number, ids)
        while time.monotonic() < deadline and engine.daemon.process.poll() is None:
            method, target, body = fuzzer.request()
            asked = f"{method} {target} {body!r}"[:3000]
            try:
                answer = ask(engine.api.path, method, target, body, PATIENCE)
            except OSError as error:
                unanswered.append(f"{asked}: {error!r}")
                continue
            if answer is None:
                # A wait, or a stop without an end, may take as long as it likes.
                if "/wait" not in target and "/stop" not in target and "/restart" not in target:
                    unanswered.append(f"{asked}: no answer")
                continue
            status, text = answer
            statuses[status] += 1
            if status == 500:
                faults.append(f"{asked}\n    -> {text[:600]!r}")
            if status == 201 and text:
                kind = "exec" if target.endswith("/exec") else "network" if "/networks/" in target else "container"
                try:
                    ids.setdefault(kind, []).append(json.loads(text)["Id"])
                    del ids[kind][:-20]
                except (ValueError, KeyError, TypeError):
                    pass

    clients = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for each in clients:
        each.start()
    for each in clients:
        each.join(SECONDS + 2 * PATIENCE)
    assert engine.daemon.process.poll() is None, engine.daemon.log_tail()
    # What is frozen or nameless is removed like anything else.
    for image in engine.api.get("/images/json").json:
        for tag in image["RepoTags"] or []:
            if tag not in ("busybox:latest", "fixture:latest"):
                engine.api.delete(f"/images/{tag}")
    print(sum(statuses.values()), "requests:", dict(sorted(statuses.items())))
    assert not faults, f"{len(faults)} answers 500:\n" + "\n".join(faults[:40])
    assert not unanswered, unanswered[:10]
    assert statuses[201] > 10 and statuses[400] > 10 and statuses[404] > 10
