"""`make setup`: a `.venv` with exactly what requirements/dev.txt pins, and mlgitops itself.

    python3 tools/setup_venv.py

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


def main() -> int:
    """Bring `.venv` up to date; do nothing when it is."""
    if sys.version_info < OLDEST:
        return with_newer_python()
    from content import ROOT, digest, is_current

    requirements = ROOT / "requirements"
    inputs = [requirements / "setup.txt", requirements / "dev.txt", ROOT / "pyproject.toml", Path(__file__).resolve()]
    key = digest(inputs, sys.version, str(ROOT))
    stamp = ROOT / ".venv" / ".made-from"
    if is_current(stamp, key):
        return 0
    try:
        fill(ROOT, requirements)
    except subprocess.CalledProcessError as error:
        print(f"setup: this failed: {' '.join(map(str, error.cmd))}", file=sys.stderr)
        return 3
    stamp.write_text(key)
    return 0


def fill(root: Path, requirements: Path) -> None:
    """Make the virtual environment anew and install into it."""
    from content import clean_environment

    venv = root / ".venv"
    python, uv = venv / "bin" / "python", venv / "bin" / "uv"
    environment = clean_environment()

    def run(*argv: str | Path) -> None:
        subprocess.run([str(part) for part in argv], check=True, env=environment, cwd=root)

    print(f"setup: {venv.name} with Python {sys.version.split()[0]}", file=sys.stderr)
    make_venv(venv)
    run(python, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "-r", requirements / "setup.txt")
    run(uv, "pip", "sync", "--quiet", "--python", python, "--require-hashes", requirements / "dev.txt")
    run(uv, "pip", "install", "--quiet", "--python", python, "--no-deps", "--no-build-isolation", "--editable", root)
    # Python 3.11 puts setuptools into every venv, and its .pth file costs every start a millisecond.
    run(uv, "pip", "uninstall", "--quiet", "--python", python, "setuptools")


def make_venv(venv: Path) -> None:
    """An empty virtual environment with pip. Raises CalledProcessError after saying what a distribution may lack."""
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(venv)], check=False)
    if made.returncode:
        print(f"setup: {sys.executable} has no venv module with pip; Debian: apt install python3-venv", file=sys.stderr)
        made.check_returncode()


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
    sys.exit(main())
