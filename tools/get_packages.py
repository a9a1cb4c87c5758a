"""What a target of the Makefile takes from the distribution: what is there, or Debian's packages, where we are root.

python3 tools/get_packages.py lab
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from browser import PROGRAMS

Wanted = dict[str, tuple[str, ...]]
"""Package → programs, any of which will do."""

LAB: Wanted = {"git": ("git",), "iproute2": ("ip",), "openssl": ("openssl",), "redis-server": ("redis-server",)}
NODE: Wanted = {"debootstrap": ("debootstrap",), "nftables": ("nft",), "runc": ("runc",), "util-linux": ("nsenter",)}
PACKAGES: dict[str, Wanted] = {
    "browser": {"chromium": PROGRAMS},
    "lab": LAB,
    "load": {"wrk": ("wrk",)},
    "node": LAB | NODE,
}


def main(purpose: str) -> int:
    """Install what is missing; 3 where nobody here may, with the names."""
    missing = [name for name, programs in PACKAGES[purpose].items() if not any(map(shutil.which, programs))]
    if not missing:
        return 0
    names, apt = " ".join(missing), shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        print(f"{purpose}: install the distribution's packages first: {names} (as Debian calls them)", file=sys.stderr)
        return 3
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update", "--quiet"], ["install", "--quiet", "--yes", "--no-install-recommends", *missing]):
        if subprocess.run([apt, *words], env=environment, stdout=sys.stderr, check=False).returncode:
            print(f"{purpose}: apt-get could not install {names}", file=sys.stderr)
            return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
