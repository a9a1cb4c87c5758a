"""Being asked to end: once is enough, and what is started while clearing up can be ended too."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

SCRIPT = """
import os, signal, subprocess, sys
from mlgitops.cli.ending import end_in_order

number = getattr(signal, sys.argv[1])
end_in_order()
try:
    os.kill(os.getpid(), number)
    print("not interrupted")
except KeyboardInterrupt:
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGHUP)
    with subprocess.Popen(["/bin/sleep", "60"]) as child:
        child.terminate()
        print("cleared up; a child ended with", child.wait(10))
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_second_signal_interrupts_no_clearing_up_and_deafens_nobody(name: str) -> None:
    argv = [sys.executable, "-c", SCRIPT, name]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "cleared up; a child ended with -15\n", "")


def test_who_is_not_to_hear_it_does_not() -> None:
    """`nohup mlgitops …` goes on when its terminal closes."""
    script = SCRIPT.replace("end_in_order()\n", "signal.signal(number, signal.SIG_IGN)\nend_in_order()\n", 1)
    argv = [sys.executable, "-c", script, "SIGHUP"]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "not interrupted\n", "")
