"""Clients that do at random what clients do, and remember what they were told: the daemon may be killed at any moment."""

import http.client
import random
import threading

#: What a client gets when the daemon goes away under it.
GONE = (OSError, EOFError, http.client.HTTPException)


class Known:
    """A container as its client knows it; None stands for what was asked and never answered."""

    def __init__(self, name, removes_itself):
        self.name = name
        self.removes_itself = removes_itself
        self.exists = True
        self.runs = False
        self.pid = None


class Client(threading.Thread):
    """One client with containers, volumes and networks of its own; it ends when the daemon does."""

    MOST = 3

    def __init__(self, engine, number, seed, networks):
        super().__init__(name=f"client-{number}")
        self.engine = engine
        self.number = number
        self.random = random.Random(seed)
        self.networks = networks
        #: By id.
        self.containers = {}
        self.volumes = {}
        self.removed = set()
        #: Answers that nobody should get.
        self.faults = []
        self.requests = 0
        self.halt = threading.Event()
        self.counter = 0

    def resumed(self, seed):
        """The same client with a thread that has not run yet."""
        again = Client(self.engine, self.number, seed, self.networks)
        again.containers, again.volumes, again.removed = self.containers, self.volumes, self.removed
        again.counter = self.counter
        return again

    def run(self):
        try:
            while not self.halt.is_set():
                self.step()
        except GONE:
            pass

    def ask(self, method, path, body=None, **query):
        self.requests += 1
        answer = self.engine.api.request(method, path, body, **query)
        if answer.status >= 500 and b"no space left" not in answer.body.lower():
            self.faults.append((method, path, query, answer))
        return answer

    def step(self):
        choices = [self.do_create] * 3
        if self.containers:
            choices += [self.do_start] * 4 + [self.do_stop, self.do_kill, self.do_restart, self.do_remove]
            choices += [self.do_connect, self.do_execute]
        choices += [self.make_volume, self.remove_volume]
        if len(self.containers) >= self.MOST:
            choices = [self.do_remove]
        self.random.choice(choices)()

    def pick(self):
        id = self.random.choice(sorted(self.containers))
        return id, self.containers[id]

    # Containers

    def do_create(self):
        self.counter += 1
        name = f"client{self.number}-{self.counter}"
        removes_itself = self.random.random() < 0.4
        host = {"NetworkMode": self.random.choice(self.networks), "AutoRemove": removes_itself}
        body = {"Image": "busybox", "Cmd": ["sleep", "600"], "HostConfig": host}
        if self.random.random() < 0.5:
            body["ExposedPorts"] = {"80/tcp": {}}
            host["PortBindings"] = {"80/tcp": [{"HostPort": ""}]}
        if self.random.random() < 0.3:
            host["Binds"] = [self.random.choice([f"volume{self.number}:/data", "/anonymous"])]
        answer = self.ask("POST", "/containers/create", body, name=name)
        if answer.status == 201:
            self.containers[answer.json["Id"]] = Known(name, removes_itself)

    def do_start(self):
        id, known = self.pick()
        known.runs = None
        if known.removes_itself:
            known.exists = None  # it goes when its start fails
        answer = self.ask("POST", f"/containers/{id}/start")
        if answer.status in (204, 304):
            known.runs = known.exists = True
            if answer.status == 204:
                known.pid = None
            known.pid = known.pid or self.ask("GET", f"/containers/{id}/json").json["State"]["Pid"]
        elif answer.status == 404:
            self.forget(id)

    def end(self, id, known, method, path, **query):
        known.runs = None
        if known.removes_itself:
            known.exists = None
        answer = self.ask(method, path, **query)
        if answer.status in (204, 304, 404, 409):
            known.runs, known.pid = False, None

    def do_stop(self):
        id, known = self.pick()
        self.end(id, known, "POST", f"/containers/{id}/stop", t="0")

    def do_kill(self):
        id, known = self.pick()
        self.end(id, known, "POST", f"/containers/{id}/kill")

    def do_restart(self):
        id, known = self.pick()
        known.runs = known.pid = None
        if known.removes_itself:
            known.exists = None
        answer = self.ask("POST", f"/containers/{id}/restart", t="0")
        if answer.status == 204:
            known.runs = known.exists = True

    def do_remove(self):
        id, known = self.pick()
        known.exists = known.runs = None
        answer = self.ask("DELETE", f"/containers/{id}", force="1", v="1")
        if answer.status in (204, 404) or (answer.status == 409 and known.removes_itself):
            self.forget(id)

    def forget(self, id):
        del self.containers[id]
        self.removed.add(id)

    def do_connect(self):
        id, _ = self.pick()
        network = self.random.choice(self.networks)
        self.ask("POST", f"/networks/{network}/{self.random.choice(['connect', 'disconnect'])}", {"Container": id})

    def do_execute(self):
        id, _ = self.pick()
        answer = self.ask("POST", f"/containers/{id}/exec", {"Cmd": ["true"]})
        if answer.status == 201:
            self.ask("POST", f"/exec/{answer.json['Id']}/start", {"Detach": True})

    # Volumes

    def make_volume(self):
        name = f"named{self.number}-{self.random.randrange(3)}"
        if not self.volumes.get(name):
            self.volumes[name] = None
        if self.ask("POST", "/volumes/create", {"Name": name}).status == 201:
            self.volumes[name] = True

    def remove_volume(self):
        name = f"named{self.number}-{self.random.randrange(3)}"
        if name not in self.volumes:
            return
        self.volumes[name] = None
        if self.ask("DELETE", f"/volumes/{name}").status in (204, 404):
            self.volumes[name] = False

    # What it was told against what there is

    def check(self, present):
        """Compares with all containers there are, by id, each as an inspect shows it; learns what it did not know."""
        wrong = []
        for id, known in list(self.containers.items()):
            found = present.get(id)
            if found is None:
                if known.exists:
                    wrong.append(f"{known.name} was acknowledged, and is lost")
                del self.containers[id]
                continue
            state = found["State"]
            if known.runs is True and not state["Running"]:
                wrong.append(f"{known.name} ran, and is {state['Status']}: {state['Error']}")
            if known.runs is False and state["Running"]:
                wrong.append(f"{known.name} had ended, and runs")
            if known.runs and known.pid and state["Pid"] != known.pid:
                wrong.append(f"{known.name} had pid {known.pid}, and has {state['Pid']}")
            known.exists, known.runs, known.pid = True, state["Running"], state["Pid"] or None
        wrong += [f"{id} was removed, and is there" for id in self.removed if id in present]
        volumes = {each["Name"] for each in self.engine.api.get("/volumes").json["Volumes"] or []}
        for name, exists in self.volumes.items():
            if exists is not None and exists != (name in volumes):
                wrong.append(f"volume {name} is {'lost' if exists else 'there again'}")
            self.volumes[name] = name in volumes
        return wrong
