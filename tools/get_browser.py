"""`make browser-test` needs a browser: the one that is there, or Debian's, installed where we are root.

python3 tools/get_browser.py
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from browser import PROGRAMS

PACKAGE = "chromium"


def main() -> int:
    """Install the package unless there is a browser; 3 where nobody here may."""
    if any(map(shutil.which, PROGRAMS)):
        return 0
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        print(f"browser-test: no {', '.join(PROGRAMS)}: install Debian's package `{PACKAGE}`", file=sys.stderr)
        return 3
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update", "--quiet"], ["install", "--quiet", "--yes", "--no-install-recommends", PACKAGE]):
        if subprocess.run([apt, *words], env=environment, stdout=sys.stderr, check=False).returncode:
            print(f"browser-test: apt-get could not install the package `{PACKAGE}`", file=sys.stderr)
            return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
