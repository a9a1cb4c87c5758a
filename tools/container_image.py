"""An image from a Containerfile and Debian's packages, where there is no container engine and no registry. Needs root.

    image = container_image.build("ray", {"FRAMEWORK": "xgboost"})
    image.archive      # an OCI archive, to be imported: `ctr images import`
    image.digest       # sha256:…, of its manifest, as a pod's `image` names it

Each stage is a folder, made by `debootstrap` or copied from the stage that it begins with, in which its instructions
are carried out under chroot. Stages and images are kept by the digest of what they were made from. What of a
Containerfile is understood is what ours say: ARG, FROM, RUN, COPY, WORKDIR, ENV and USER.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from containerfile import instructions
from content import ROOT, cache, digest

SUITE = "bookworm"
PACKAGES = ("bash", "ca-certificates", "python3", "python3-venv", "wget")
"""What a base has beside Debian's smallest: what images/ray/Containerfile asks of one."""
PASSED_ON = re.compile(r"(?i)^(https?_proxy|no_proxy|ssl_cert_file|(pip|uv)_(cert|default_index|index_url|timeout))$")
"""Variables of ours that commands get: how this machine reaches a package index."""
TRUSTED = "/etc/ssl/certs/ca-certificates.crt"
LENT = ("/dev", "/etc/resolv.conf", TRUSTED)
"""What of this machine commands see: devices, name servers and certificates."""
UNUSED = (
    "var/cache",
    "var/lib/apt/lists",
    "usr/share/doc",
    "usr/share/man",
    "usr/share/locale",
    "usr/lib/python3.11/test",
)
TIMES = 1_577_836_800
"""Modification times in an archive: those of 1 January 2020."""


class Image(NamedTuple):
    """An image that was built."""

    archive: Path
    digest: str


class Stage(NamedTuple):
    """A folder with a root file system, what it was made from, and what its later stages and containers inherit."""

    root: Path
    key: str
    environment: Mapping[str, str] = {}
    user: str = "0:0"
    folder: str = "/"
    entrypoint: tuple[str, ...] = ()


def build(name: str, arguments: Mapping[str, str]) -> Image:
    """The image of images/`name`/Containerfile, built where it is not kept yet. Raises CalledProcessError."""
    begun = time.monotonic()
    base = base_stage()
    values = {"BASE": f"debian/{SUITE}@sha256:{base.key}", **arguments}
    stages = {values["BASE"]: base}
    last = base
    for of, alias, steps in stages_of(instructions((ROOT / "images" / name / "Containerfile").read_text())):
        last = stages[alias] = make(stages[expand(of, values)], steps, values, stages)
    home = cache() / "images" / digest([], "archive", last.key)
    if not home.is_dir():
        pack(last, home, f"mlgitops.dev/{name}:lab")
        print(f"image: {name} in {time.monotonic() - begun:.0f} s", file=sys.stderr)
    forget(cache() / "images", [home, *(stage.root.parent for stage in stages.values())])
    return Image(home / "image.tar", (home / "digest").read_text())


def of_program(program: Path, name: str) -> Image:
    """The image of one static program, which is all that is in it."""
    home = cache() / "images" / digest([], "program", name, hashlib.sha256(program.read_bytes()).hexdigest())
    if not home.is_dir():
        with tempfile.TemporaryDirectory() as directory:
            root = Path(directory)
            root.chmod(0o755)
            shutil.copy(program, root / program.name)
            pack(Stage(root, "", user="65535:65535", entrypoint=(f"/{program.name}",)), home, name)
    return Image(home / "image.tar", (home / "digest").read_text())


def stages_of(steps: list[tuple[str, str]]) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """The stages of a Containerfile: what each begins with, its name, its instructions."""
    begins = [position for position, (word, _) in enumerate(steps) if word == "FROM"]
    for begin, end in zip(begins, [*begins[1:], len(steps)], strict=True):
        of, _, alias = steps[begin][1].partition(" AS ")
        yield of, alias, steps[begin + 1 : end]


def base_stage() -> Stage:
    """Debian's smallest with Python."""
    key = digest([], "debootstrap", SUITE, *PACKAGES)
    home = cache() / "images" / key

    def bootstrap(root: Path) -> None:
        print(f"image: debootstrap {SUITE}", file=sys.stderr)
        include = f"--include={','.join(PACKAGES)}"
        run(["debootstrap", "--variant=minbase", include, SUITE, str(root)], output=subprocess.DEVNULL)
        for path in UNUSED:
            shutil.rmtree(root / path, ignore_errors=True)

    whole(home, bootstrap)
    return Stage(home / "root", key)


def make(parent: Stage, steps: list[tuple[str, str]], values: Mapping[str, str], stages: Mapping[str, Stage]) -> Stage:
    """One stage, as it is kept or made."""
    keys = [parent.key, json.dumps(sorted(values.items()))]
    keys += [f"{word} {argument} {read_by(word, argument, stages)}" for word, argument in steps]
    key = digest([], *keys)
    home = cache() / "images" / key
    whole(home, lambda root: carry_out(Stage(root, key, parent.environment), parent, steps, values, stages))
    return follow(Stage(home / "root", key, parent.environment, parent.user, parent.folder), steps, values)


def read_by(word: str, argument: str, stages: Mapping[str, Stage]) -> str:
    """A digest of what COPY copies; nothing for other instructions."""
    if word != "COPY":
        return ""
    if argument.startswith("--from="):
        return stages[argument.removeprefix("--from=").split()[0]].key
    return digest(path for source in argument.split()[:-1] for path in context(ROOT / source))


def context(source: Path) -> list[Path]:
    """The files of one source, without what running it leaves beside it."""
    found = [source] if source.is_file() else source.rglob("*")
    return sorted(path for path in found if path.is_file() and "__pycache__" not in path.parts)


def follow(stage: Stage, steps: Iterable[tuple[str, str]], values: Mapping[str, str]) -> Stage:
    """What ENV, USER and WORKDIR of a stage leave to those after it."""
    for word, argument in steps:
        if word == "ENV":
            pairs = dict(pair.partition("=")[::2] for pair in shlex.split(argument))
            known = {"PATH": PATH, **stage.environment}
            stage = stage._replace(environment={**known, **{k: expand(v, known) for k, v in pairs.items()}})
        elif word == "USER":
            stage = stage._replace(user=argument)
        elif word == "WORKDIR":
            stage = stage._replace(folder=expand(argument, values))
    return stage


PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def carry_out(
    stage: Stage,
    parent: Stage,
    steps: list[tuple[str, str]],
    values: Mapping[str, str],
    stages: Mapping[str, Stage],
) -> None:
    """Copy the parent, and carry the instructions out in the copy."""
    run(["cp", "-a", str(parent.root), str(stage.root)])
    stage = stage._replace(user=parent.user, folder=parent.folder)
    arguments: dict[str, str] = {}
    for step in steps:
        word, argument = step
        if word == "ARG":
            name, _, default = argument.partition("=")
            arguments[name] = values.get(name, default.strip('"'))
        elif word == "COPY":
            copy(stage, argument, stages)
        elif word == "RUN":
            execute(stage, argument, arguments)
        else:
            stage = follow(stage, [step], values)
            (stage.root / stage.folder.lstrip("/")).mkdir(parents=True, exist_ok=True)


def copy(stage: Stage, argument: str, stages: Mapping[str, Stage]) -> None:
    """COPY, from the repository or from another stage."""
    *sources, target = argument.split()
    into = stage.root / stage.folder.lstrip("/") / target if not target.startswith("/") else stage.root / target[1:]
    if sources[0].startswith("--from="):
        other = stages[sources[0].removeprefix("--from=")]
        into.parent.mkdir(parents=True, exist_ok=True)
        run(["cp", "-a", str(other.root / sources[1].lstrip("/")), str(into)])
        return
    for source in sources:
        for path in context(ROOT / source):
            relative = Path(path.name) if (ROOT / source).is_file() else path.relative_to(ROOT / source)
            copied = into / relative
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copied)


def execute(stage: Stage, command: str, arguments: Mapping[str, str]) -> None:
    """RUN, in mounts and processes of its own: what it starts ends with it, what is lent is gone after it."""
    ours = {name: value for name, value in os.environ.items() if PASSED_ON.match(name)}
    variables = {"PATH": PATH, "HOME": "/root", "LC_ALL": "C.UTF-8", **ours, **stage.environment, **arguments}
    lent = [path for path in LENT if Path(path).exists()]
    for path in lent:
        place = stage.root / path[1:]
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()
    root = shlex.quote(str(stage.root))
    mounts = [f"mount --bind {path} {root}{path}" for path in lent] + [f"mount -t proc proc {root}/proc"]
    user, _, group = stage.user.partition(":")
    inside = ["chroot", f"--userspec={user}:{group or user}", str(stage.root), "/bin/sh", "-c"]
    inside.append(f"cd {shlex.quote(stage.folder)} && {command}")
    script = " && ".join([*mounts, f"exec {shlex.join(inside)}"])
    run(["unshare", "--mount", "--pid", "--fork", "--kill-child", "/bin/sh", "-c", script], variables)


def pack(stage: Stage, home: Path, name: str) -> None:
    """The stage as an OCI archive of one layer that is not compressed, whole or not at all."""
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent) as directory:
        fresh = Path(directory) / "fresh"
        fresh.mkdir()
        layer = fresh / "layer.tar"
        plain = ["--sort=name", "--numeric-owner", f"--mtime=@{TIMES}", "--exclude=./proc/*", "--exclude=./dev/*"]
        run(["tar", "-C", str(stage.root), *plain, "--exclude=./sys/*", "-cf", str(layer), "."])
        with layer.open("rb") as stream:
            layer_digest = "sha256:" + hashlib.file_digest(stream, "sha256").hexdigest()
        blobs: dict[str, bytes] = {}
        manifest = manifest_of(stage, layer_digest, layer.stat().st_size, blobs)
        manifest["annotations"] = {"io.containerd.image.name": name, "org.opencontainers.image.ref.name": "lab"}
        index = {"schemaVersion": 2, "mediaType": f"{OCI}.index.v1+json", "manifests": [manifest]}
        with tarfile.open(fresh / "image.tar", "w") as archive:
            add(archive, "oci-layout", b'{"imageLayoutVersion":"1.0.0"}')
            add(archive, "index.json", json.dumps(index).encode())
            for blob, content in blobs.items():
                add(archive, f"blobs/sha256/{blob.removeprefix('sha256:')}", content)
            archive.add(layer, f"blobs/sha256/{layer_digest.removeprefix('sha256:')}")
        layer.unlink()
        (fresh / "digest").write_text(manifest["digest"])
        os.rename(fresh, home)


OCI = "application/vnd.oci.image"


def manifest_of(stage: Stage, layer: str, size: int, blobs: dict[str, bytes]) -> dict[str, Any]:
    """A descriptor of an image's manifest; the manifest and its configuration are put among the blobs."""
    variables = [f"{name}={value}" for name, value in stage.environment.items()]
    settings: dict[str, Any] = {"Env": variables, "User": stage.user, "WorkingDir": stage.folder}
    if stage.entrypoint:
        settings["Entrypoint"] = list(stage.entrypoint)
    platform = {"architecture": "arm64" if os.uname().machine == "aarch64" else "amd64", "os": "linux"}
    root = {"type": "layers", "diff_ids": [layer]}
    config = blob({**platform, "config": settings, "rootfs": root}, "config.v1", blobs)
    layers = [{"mediaType": f"{OCI}.layer.v1.tar", "digest": layer, "size": size}]
    media = f"{OCI}.manifest.v1+json"
    manifest = {"schemaVersion": 2, "mediaType": media, "config": config, "layers": layers}
    return {**blob(manifest, "manifest.v1", blobs), "platform": platform}


def blob(content: dict[str, Any], kind: str, blobs: dict[str, bytes]) -> dict[str, Any]:
    """A descriptor of a JSON document, which is put among the blobs."""
    text = json.dumps(content, sort_keys=True).encode()
    name = "sha256:" + hashlib.sha256(text).hexdigest()
    blobs[name] = text
    return {"mediaType": f"{OCI}.{kind}+json", "digest": name, "size": len(text)}


def add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    """One file into an archive."""
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime, entry.mode = len(content), TIMES, 0o644
    archive.addfile(entry, BytesIO(content))


def whole(home: Path, fill: Any) -> None:
    """A folder whose `root` was filled, whole or not at all; an existing one is left as it is."""
    if home.is_dir():
        home.touch()
        return
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent, prefix="making-") as directory:
        fresh = Path(directory) / "fresh"
        fresh.mkdir()
        fill(fresh / "root")
        os.rename(fresh, home)


def forget(folder: Path, wanted: Iterable[Path]) -> None:
    """Remove what was made from what is no more, except what somebody may be using: it is left for a day."""
    kept = set(wanted)
    for path in folder.iterdir():
        if path not in kept and path.stat().st_mtime < time.time() - 86_400:
            shutil.rmtree(path, ignore_errors=True)


def expand(text: str, values: Mapping[str, str]) -> str:
    """A text with `$NAME` and `${NAME}` replaced; unknown ones are an error."""
    return re.sub(r"\$(?:\{(\w+)\}|(\w+))", lambda found: values[found[1] or found[2]], text)


def run(command: list[str], variables: Mapping[str, str] | None = None, *, output: int | None = None) -> None:
    """Run a command. Raises CalledProcessError when it fails."""
    subprocess.run(command, check=True, env=variables, stdout=output if output is not None else sys.stderr)


if __name__ == "__main__":
    print(build(sys.argv[1], dict(pair.split("=", 1) for pair in sys.argv[2:])))
