"""`make setup`: a `.venv` with exactly what requirements/dev.txt pins, and mlgitops itself.

    python3 tools/setup_venv.py       what the control plane and its checks need: 0.3 GB
    python3 tools/setup_venv.py ml    requirements/ml.txt: Ray, PyTorch with its CUDA libraries and the rest: 7 GB

What has the second once keeps it: the pins of the first are among those of the second.
pip brings uv, uv brings the rest: each by its hashes. mlgitops is installed as a path to this tree, so that an edit
counts at once and starting it costs no import hook.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)


def main(*extent: str) -> int:
    """Bring `.venv` up to date, to the extent `ml` if that is asked for; do nothing when it is."""
    if sys.version_info < OLDEST:
        return with_newer_python()
    from content import ROOT, digest, is_current

    venv, requirements = ROOT / ".venv", ROOT / "requirements"
    interpreter = digest([], sys.version, str(venv))
    has_ml = venv / ".has-ml"
    pins = requirements / ("ml.txt" if "ml" in extent or has_ml.exists() else "dev.txt")
    inputs = [requirements / "setup.txt", pins, Path(__file__).resolve()]
    packages = digest(inputs, interpreter, what_installing_reads(ROOT / "pyproject.toml"))
    made_by, made_from = venv / ".made-by", venv / ".made-from"
    try:
        if not is_current(made_by, interpreter):
            make(venv, requirements)
            made_by.write_text(interpreter)
        if not is_current(made_from, packages):
            fill(venv, pins)
            made_from.write_text(packages)
            if pins.name == "ml.txt":
                has_ml.touch()
    except subprocess.CalledProcessError as error:
        print(f"setup: this failed: {' '.join(error.cmd)}", file=sys.stderr)
        return 3
    return 0


def what_installing_reads(project: Path) -> str:
    """The part of pyproject.toml that decides what is installed: the settings of tools do not."""
    import tomllib

    tables = tomllib.loads(project.read_text(encoding="utf-8"))
    return repr((tables["build-system"], tables["project"]))


def make(venv: Path, requirements: Path) -> None:
    """A virtual environment with the pinned uv in it."""
    print(f"setup: making {venv.name} with Python {sys.version.split()[0]}", file=sys.stderr)
    try:
        run(sys.executable, "-m", "venv", "--clear", venv)
    except subprocess.CalledProcessError:
        print(f"setup: {sys.executable} lacks venv or ensurepip; Debian: apt install python3-venv", file=sys.stderr)
        raise
    pip = (venv / "bin" / "python", "-m", "pip")
    run(*pip, "install", "--quiet", "--require-hashes", "--no-deps", "-r", requirements / "setup.txt")
    # Python 3.11 puts setuptools into every venv, and its .pth file costs every start a millisecond.
    run(*pip, "uninstall", "--quiet", "--yes", "setuptools")


def fill(venv: Path, pins: Path) -> None:
    """Install what is pinned, remove what is not, and put mlgitops on the path."""
    print(f"setup: installing requirements/{pins.name}", file=sys.stderr)
    uv, python = venv / "bin" / "uv", venv / "bin" / "python"
    run(uv, "pip", "sync", "--quiet", "--python", python, "--require-hashes", pins)
    here = ("--no-deps", "--no-build-isolation", "--editable", pins.parent.parent)
    run(uv, "pip", "install", "--quiet", "--python", python, *here)


def run(*argv: str | Path) -> None:
    """Run a program from the repository's root. Raises CalledProcessError when it fails."""
    from content import ROOT, clean_environment

    subprocess.run([str(word) for word in argv], check=True, env=clean_environment(), cwd=ROOT)


def with_newer_python() -> int:
    """Start again with a newer interpreter, if the PATH has one."""
    for minor in range(20, OLDEST[1] - 1, -1):
        newer = shutil.which(f"python3.{minor}")
        if newer:
            os.execv(newer, [newer, *sys.argv])
    have = ".".join(map(str, sys.version_info[:2]))
    print(f"setup: Python 3.11 or newer is needed, got {have}; say `make PYTHON=/path/to/python3`", file=sys.stderr)
    return 3


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
