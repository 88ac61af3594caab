"""What is measured. Times in milliseconds, memory in bytes."""

import threading
import time

import memory
from client import Client


def clock(work):
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def life(contender, network):
    """Create, start, wait for and remove `true`, over the API."""
    def work():
        client = contender.client
        container = contender.create(["true"], network)
        client.expect((204,), "POST", f"/containers/{container}/start")
        status = client.expect((200,), "POST", f"/containers/{container}/wait")["StatusCode"]
        assert status == 0, status
        client.expect((200, 204), "DELETE", f"/containers/{container}")

    return clock(work)


def run_by_cli(contender):
    """`docker run --rm` of `true` on the bridge, the client's own start included."""
    return clock(lambda: contender.cli("run", "--rm", contender.image, "true"))


def execs(contender, repeat):
    """Create and start an exec of `true`, to the end of its streams. Returns the samples."""
    container = contender.run(["sleep", "600"])
    client = contender.client

    def work():
        made = client.expect((201,), "POST", f"/containers/{container}/exec", {"Cmd": ["true"], "AttachStdout": True})
        client.stream("POST", f"/exec/{made['Id']}/start", {"Detach": False})

    try:
        work()
        return [clock(work) for _ in range(repeat)]
    finally:
        contender.remove(container)


def parallel(contender, count):
    """`count` containers on the bridge created and started at once, each over a connection of its own."""
    made, failures = [], []

    def one():
        client = Client(str(contender.daemon.socket))
        try:
            made.append(contender.run(["sleep", "600"], contender.bridge, client))
        except Exception as error:
            failures.append(error)
        finally:
            client.close()

    def work():
        threads = [threading.Thread(target=one) for _ in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    taken = clock(work)
    for container in made:
        contender.remove(container)
    if failures:
        raise RuntimeError(f"{len(failures)} of {count} failed: {failures[0]}")
    return taken


def network(contender, number):
    """Create and remove a network with a subnet of its own."""
    def work():
        client = contender.client
        body = {"Name": f"bench{number}", "IPAM": {"Config": [{"Subnet": f"10.{100 + number // 250}.{number % 250}.0/24"}]}}
        identity = client.expect((200, 201), "POST", "/networks/create", body)["Id"]
        client.expect((200, 204), "DELETE", f"/networks/{identity}")

    return clock(work)


def start_with_ports(contender, published, repeat):
    """The time of one start, with one published port of its own, while `published` others are there.

    The ports stand on containers of 100 each. Returns the samples."""
    holders = []
    samples = []
    try:
        for first in range(0, published, 100):
            bindings = {f"{port}/tcp": [{"HostPort": str(port)}] for port in range(20000 + first, 20000 + first + 100)}
            holders.append(contender.run(["sleep", "6000"], contender.bridge, PortBindings=bindings))
        for _ in range(repeat):
            container = contender.create(["sleep", "600"], contender.bridge, PortBindings={"80/tcp": [{"HostPort": "19999"}]})
            samples.append(clock(lambda: contender.client.expect((204,), "POST", f"/containers/{container}/start")))
            contender.remove(container)
    finally:
        for holder in holders:
            contender.remove(holder)
    return samples


def memory_per_container(contender, count):
    """Proportional memory of all helpers, and the daemon's own growth, per running container, in bytes."""
    before = memory.daemon(contender)
    containers = [contender.run(["sleep", "6000"], contender.bridge) for _ in range(count)]
    time.sleep(1)
    helpers = memory.helpers(contender)
    growth = memory.daemon(contender) - before
    for container in containers:
        contender.remove(container)
    return {"helpers": helpers / count, "growth": growth / count}


def first_answer(contender, count):
    """From the start of a daemon that was ended in order, with `count` containers running, to its first answer."""
    containers = [contender.run(["sleep", "6000"], contender.bridge) for _ in range(count)]
    contender.client.close()
    contender.daemon.stop()
    began = time.perf_counter()
    contender.daemon.spawn()
    client = Client(str(contender.daemon.socket))
    while True:
        try:
            status, body = client.request("GET", "/containers/json")
            if status == 200:
                break
        except (OSError, EOFError):
            pass
        if time.perf_counter() - began > 120:
            raise RuntimeError("no answer in two minutes")
        time.sleep(0.001)
    taken = (time.perf_counter() - began) * 1000
    found = body.count(b'"Id"')
    client.close()
    if found < count:
        raise RuntimeError(f"only {found} of {count} containers were found again")
    for container in containers:
        contender.remove(container)
    return taken
