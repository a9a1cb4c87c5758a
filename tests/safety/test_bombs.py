"""Files made to exhaust a reader, each as somebody's spec in one run: every one is told at its place, and none is echoed.

That each takes less than a second and 200 MB by itself is shown where they are read.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.spec.bombs import bombs

ROOT = Path(__file__).parents[2]
MEGABYTES = 250
"""For the whole run, of which 45 are what a small repository takes."""

RUN = """\
import re, sys
from mlgitops.cli.main import main
code = main(["-C", sys.argv[1], "validate", "--no-cache", "--jobs", "1"])
sys.stderr.write(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
sys.exit(code)
"""


def test_every_bomb_is_told_at_its_place(repository: Path) -> None:
    made = {}
    for number, (name, content) in enumerate(bombs()):
        if number % 2:
            continue
        path = repository / f"specs/bomb-{number}/model.yaml"
        path.parent.mkdir()
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        made[f"specs/bomb-{number}/model.yaml"] = name
    assert len(made) > 100
    argv = [sys.executable, "-c", RUN, str(repository)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(argv, check=False, env=environment, capture_output=True, text=True, timeout=100)
    assert done.returncode == 1, done.stderr
    assert int(done.stderr) // 1024 < MEGABYTES
    told = set(re.findall(r"^(specs/bomb-\d+/model\.yaml):\d+:\d+: error\[yaml/", done.stdout, re.MULTILINE))
    assert {made[path] for path in made.keys() - told} == set()
    assert max(map(len, done.stdout.split("\n\n"))) < 4096
