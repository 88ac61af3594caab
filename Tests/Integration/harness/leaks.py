"""What a daemon leaves in the kernel and on disk: taken before and after, the difference is a leak."""

import json
import os
import re
import time
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
#: Files that a daemon keeps for itself, which come and go with no container, network, volume or image.
OWN_FILES = {
    "berthd": re.compile(
        r"data/berthd\.lock$|data/reserve/|(data|exec)/berthd-exec\.lock$|data/berth\.db(-wal|-shm|-journal)?$|data/engine\.json$"
        r"|data/records(/|$)|(data|exec)/\.$"),
    "dockerd": re.compile(
        r"data/(buildkit|containerd|tmp|trust|network/files|image/overlay2/(distribution|layerdb/tmp))(/|$)"
        r"|data/volumes/metadata\.db|data/(overlay2/l|image/overlay2/layerdb/mounts)(/|$)"
        r"|data/image/overlay2/imagedb/metadata|data/overlay2/[0-9a-f]+/committed"
        r"|exec/(containerd|libnetwork|swarm|netns|runtime-runc)(/|$)"),
}


def links(daemon):
    return {link["ifname"] for link in json.loads(daemon.netns.run("ip", "-j", "link"))}


def ruleset(daemon):
    """The nft rules and elements, one a line, without counts."""
    text = daemon.netns.run("nft", "list", "ruleset")
    found = set()
    scope = ""
    for line in re.sub(r"packets \d+ bytes \d+", "", text).splitlines():
        if line.strip().endswith("{") and "elements" not in line:
            scope = line.strip() if not line.startswith("\t\t") else scope
        for part in re.sub(r"elements = |[{}]", " ", line).split(","):
            if part.strip():
                found.add(f"{scope} | {part.strip()}")
    return found


def elements(daemon):
    """berthd's elements in nftables: (set, key, value, owner's id), numbers and addresses as text."""
    listed = json.loads(daemon.netns.run("nft", "-j", "list", "table", "inet", "berth"))["nftables"]
    found = set()
    for each in (thing.get("set") or thing.get("map") for thing in listed):
        for item in (each or {}).get("elem", []):
            key, value = item if isinstance(item, list) else (item, "")
            comment = ""
            if isinstance(key, dict) and "elem" in key:
                key, comment = key["elem"]["val"], key["elem"].get("comment", "")
            found.add((each["name"], _joined(key), _joined(value), comment.removeprefix("berth:")))
    return found


def _joined(value):
    return " . ".join(map(str, value["concat"])) if isinstance(value, dict) else str(value)


def mounts(daemon):
    root = str(daemon.root)
    with open("/proc/self/mountinfo") as table:
        points = [line.split()[4] for line in table]
    kept = str(daemon.exec_root / "netns/default")  # dockerd's own namespace, once a container has shared it
    found = {point for point in points if point.startswith(root + "/") and point != kept}
    return settle_spares(found)


#: Network namespaces that berthd makes beforehand: their names change, their number does not grow.
SPARES = 4


def settle_spares(paths):
    """The paths without the spare network namespaces; with one name for each beyond the spares."""
    spares = sorted(path for path in paths if re.search(r"exec/netns/[^/.]+$", path))
    return paths - set(spares) | {f"network namespace beyond the spare ones: {n}" for n in range(len(spares) - SPARES)}


def cgroups(daemon):
    parent = daemon.cgroup_parent.lstrip("/")
    found = set()
    for hierarchy in [CGROUPS, *CGROUPS.iterdir()]:
        top = hierarchy / parent
        if top.is_dir():
            found |= {str(folder) for folder, _, _ in os.walk(top)} - {str(top)}
    return found


def processes(daemon):
    """Helpers of containers, and those that wait for one beyond the daemon's usual spares."""
    companions = daemon.companion_processes()
    idle = sorted(pid for pid in companions if daemon.is_spare(pid))
    found = {f"{pid} {program}" for pid, program in companions.items() if pid not in idle}
    return found | {f"spare helper {n}" for n in range(len(idle) - SPARES)}


def files(daemon):
    own = OWN_FILES.get(daemon.name, re.compile("(?!)"))
    found = set()
    for top in (daemon.data_root, daemon.exec_root):
        for folder, _, names in os.walk(top):
            for name in [".", *names]:
                path = os.path.relpath(os.path.join(folder, name), daemon.root)
                if not own.search(path):
                    found.add(path)
    return settle_spares(found)


WATCHED = {
    "links": links, "nft rules and elements": ruleset, "mounts": mounts,
    "cgroups": cgroups, "processes": processes, "files": files,
}


def snapshot(daemon, kinds=tuple(WATCHED)):
    return {kind: WATCHED[kind](daemon) for kind in kinds}


def left_behind(daemon, before, seconds=3):
    """What is there now and was not before, by kind, once it has had `seconds` to go away."""
    deadline = time.monotonic() + seconds
    while True:
        more = {kind: sorted(now - before[kind]) for kind, now in snapshot(daemon, tuple(before)).items()}
        more = {kind: things for kind, things in more.items() if things}
        if not more or time.monotonic() > deadline:
            return more
        time.sleep(0.05)
