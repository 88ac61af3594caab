"""Makes the tests' images by hand, in the form of `docker save`, from Debian's static busybox."""

import hashlib
import io
import json
import platform
import subprocess
import tarfile

BUSYBOX = "/bin/busybox"
EPOCH = 1_700_000_000
ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())

PASSWD = """root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/false
alice:x:1000:1000:Alice:/home/alice:/bin/sh
nobody:x:65534:65534:nobody:/home:/bin/false
"""
GROUP = """root:x:0:
daemon:x:1:
audio:x:29:alice
staff:x:50:alice,daemon
alice:x:1000:
nogroup:x:65534:
"""


class Layer:
    """A tar archive put together in memory, the same bytes every time."""

    def __init__(self):
        self._bytes = io.BytesIO()
        self._tar = tarfile.open(fileobj=self._bytes, mode="w", format=tarfile.PAX_FORMAT)

    def _entry(self, path, mode, owner):
        info = tarfile.TarInfo(path)
        info.mode, info.mtime = mode, EPOCH
        info.uid, info.gid = owner
        return info

    def directory(self, path, mode=0o755, owner=(0, 0)):
        info = self._entry(path, mode, owner)
        info.type = tarfile.DIRTYPE
        self._tar.addfile(info)

    def file(self, path, content=b"", mode=0o644, owner=(0, 0)):
        if isinstance(content, str):
            content = content.encode()
        info = self._entry(path, mode, owner)
        info.size = len(content)
        self._tar.addfile(info, io.BytesIO(content))

    def link(self, path, target, kind=tarfile.SYMTYPE):
        info = self._entry(path, 0o777, (0, 0))
        info.type, info.linkname = kind, target
        self._tar.addfile(info)

    def node(self, path, mode, kind, device=(0, 0)):
        info = self._entry(path, mode, (0, 0))
        info.type, (info.devmajor, info.devminor) = kind, device
        self._tar.addfile(info)

    def finish(self):
        self._tar.close()
        return self._bytes.getvalue()


def busybox_layer():
    """A root file system: busybox with a link for every applet, and the files that a C library expects."""
    layer = Layer()
    for path in ("bin", "dev", "etc", "home", "proc", "sys", "usr", "usr/bin", "usr/sbin", "var", "var/tmp"):
        layer.directory(path)
    layer.directory("root", 0o700)
    layer.directory("tmp", 0o1777)
    layer.directory("home/alice", 0o755, (1000, 1000))
    with open(BUSYBOX, "rb") as binary:
        layer.file("bin/busybox", binary.read(), 0o755)
    layer.link("bin/sh", "bin/busybox", tarfile.LNKTYPE)
    for applet in subprocess.run([BUSYBOX, "--list"], check=True, capture_output=True, text=True).stdout.split():
        if applet not in ("busybox", "sh"):
            layer.link(f"bin/{applet}", "busybox")
    layer.file("etc/passwd", PASSWD)
    layer.file("etc/group", GROUP)
    return layer.finish()


def fixture_layer():
    """Laid over busybox: content for a volume, a file that cannot be executed, and whiteouts of both kinds."""
    layer = Layer()
    layer.directory("seed", 0o750, (1000, 50))
    layer.file("seed/greeting", "hello from the image\n", 0o640, (1000, 50))
    layer.directory("seed/deep")
    layer.link("seed/deep/up", "../greeting")
    layer.file("bin/not-executable", "#!/bin/sh\necho never\n", 0o644)
    layer.file("bin/bad-format", b"\x7fnot a program", 0o755)
    layer.file("home/.wh.alice", b"", 0o600)
    layer.directory("var")
    layer.file("var/.wh..wh..opq", b"", 0o600)
    layer.file("var/new", "only this is left in /var\n")
    return layer.finish()


def configuration(layers, config):
    """An image's configuration (OCI image-spec, config.md) for the layers given."""
    return json.dumps(
        {
            "architecture": ARCHITECTURE,
            "os": "linux",
            "created": "2023-11-14T22:13:20Z",
            "config": {"Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], **config},
            "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(data).hexdigest() for data in layers]},
            "history": [{"created": "2023-11-14T22:13:20Z", "created_by": f"layer {i}"} for i in range(len(layers))],
        },
        sort_keys=True,
    ).encode()


def archive(path, images):
    """Writes a docker-archive holding `images`: a list of (tags, layers, config)."""
    outer = Layer()
    manifest, written = [], set()
    for tags, layers, config in images:
        text = configuration(layers, config)
        name = hashlib.sha256(text).hexdigest() + ".json"
        outer.file(name, text)
        names = []
        for data in layers:
            folder = hashlib.sha256(data).hexdigest()
            names.append(f"{folder}/layer.tar")
            if folder not in written:
                written.add(folder)
                outer.directory(folder)
                outer.file(names[-1], data)
        manifest.append({"Config": name, "RepoTags": tags, "Layers": names})
    outer.file("manifest.json", json.dumps(manifest))
    with open(path, "wb") as out:
        out.write(outer.finish())
    return path


def busybox_archive(path, tag="busybox:latest"):
    return archive(path, [([tag], [busybox_layer()], {"Cmd": ["sh"]})])


def fixtures_archive(path):
    """busybox:latest and fixture:latest (two layers, with every field that a container inherits) in one archive."""
    base = busybox_layer()
    fixture = {
        "Entrypoint": ["/bin/echo", "entry"],
        "Cmd": ["default"],
        "Env": ["PATH=/bin", "FROM_IMAGE=yes"],
        "ExposedPorts": {"8080/tcp": {}},
        "Labels": {"kind": "fixture"},
        "User": "1000:50",
        "Volumes": {"/seed": {}},
        "WorkingDir": "/made/by/workdir",
        "StopSignal": "SIGUSR1",
    }
    return archive(path, [
        (["busybox:latest"], [base], {"Cmd": ["sh"]}),
        (["fixture:latest"], [base, fixture_layer()], fixture),
    ])

