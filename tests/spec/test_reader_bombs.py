"""Files made to exhaust a reader are refused with a position, within a second and 200 MB."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from mlgitops.findings import Finding
from mlgitops.spec.reader import Document, read
from tests.spec.bombs import bombs

BOMBS = dict(bombs())
SECONDS, TIMES = 1.0, 4.0
"""Of processor time at most; on a machine that does other things too, as often what a large sound file takes then."""
SOUND = "".join(f"key{number}: {number}\n" for number in range(4999))
MEGABYTES = 200


def test_there_are_200() -> None:
    assert len(BOMBS) >= 200


@pytest.mark.parametrize("name", BOMBS)
def test_refused_soon(name: str) -> None:
    content = BOMBS[name]
    result, taken = _read(content)
    assert isinstance(result, list), name
    assert result
    text = content.decode("utf-8", "replace") if isinstance(content, bytes) else content
    for finding in result:
        assert finding.code.startswith("yaml/")
        assert 1 <= finding.location.line <= text.count("\n") + 2
        assert finding.location.column >= 1
        assert len(finding.message) + len(finding.hint) + len(finding.pointer) < 4096
    assert taken < SECONDS or taken < TIMES * _read(SOUND)[1]


def test_what_they_are_measured_against_is_sound() -> None:
    assert isinstance(_read(SOUND)[0], Document)


def _read(content: str | bytes) -> tuple[Document | list[Finding], float]:
    """What comes of it, and the seconds of processor time that it took."""
    started = time.process_time()
    result = read(content, "x.yaml")
    return result, time.process_time() - started


def test_refused_in_little_space() -> None:
    """Every third, one after the other in one process, whose peak is what the worst of them needs."""
    code = (
        "import re\n"
        "from mlgitops.spec.reader import read\n"
        "from tests.spec.bombs import bombs\n"
        "for number, (_, content) in enumerate(bombs()):\n"
        "    if number % 3 == 0:\n"
        "        assert isinstance(read(content, 'x'), list)\n"
        # not ru_maxrss, which counts what the process that forked this one had
        "print(int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]) // 1024)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=Path(__file__).parents[2]
    )
    assert int(done.stdout) < MEGABYTES
