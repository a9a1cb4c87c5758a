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


CHANGED = """
import os, signal, sys
from mlgitops.cli import commands, ending, main

def work(words):
    ending.end_in_order()
    try:
        if words:
            os.kill(os.getpid(), getattr(signal, words[0]))
        print("not interrupted", file=sys.stderr)
    except KeyboardInterrupt:
        pass
    raise RuntimeError("what an extension makes of whatever is raised")

commands.dispatch = work
sys.exit(main.main(sys.argv[1:]))
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_an_interruption_that_an_extension_changes_is_one(name: str) -> None:
    argv = [sys.executable, "-c", CHANGED, name]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_the_same_error_without_one_is_a_bug() -> None:
    argv = [sys.executable, "-c", CHANGED]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (3, "")
    assert "not interrupted\nmlgitops: this is a bug in mlgitops: RuntimeError" in done.stderr


DROPPED = """
import os, signal, sys, time, weakref
from mlgitops.cli.ending import end_in_order

class Thing:
    def __del__(self):
        if sys.argv[1] == "del":
            self.end()

    def end(self):
        os.kill(os.getpid(), getattr(signal, sys.argv[2]))
        time.sleep(0.05)

end_in_order()
try:
    thing = Thing()
    reference = weakref.ref(thing, (lambda _: Thing.end(None)) if sys.argv[1] == "weakref" else None)
    del thing
    for _ in range(500):
        time.sleep(0.01)
    print("deaf")
except KeyboardInterrupt:
    os.kill(os.getpid(), signal.SIGTERM)
    print("interrupted, and cleared up")
"""


@pytest.mark.parametrize("place", ["weakref", "del"])
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_an_interruption_that_python_drops_comes_again(place: str, name: str) -> None:
    argv = [sys.executable, "-c", DROPPED, place, name]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "interrupted, and cleared up\n", "")


def test_other_errors_that_python_drops_are_told_as_ever() -> None:
    script = "from mlgitops.cli.ending import end_in_order\nend_in_order()\nend_in_order()\n"
    script += "class Thing:\n    def __del__(self): raise ValueError('odd')\nThing()\n"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.splitlines()[-1]) == (0, "", "ValueError: odd")
    assert done.stderr.count("Exception ignored") == 1


STUCK = """
import os, signal, time
from mlgitops.cli import ending

ending.CLEARING = 0.2
ending.end_in_order()
try:
    try:
        os.kill(os.getpid(), signal.SIGTERM)
    finally:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.3)
        print("still here", flush=True)
        os.kill(os.getpid(), signal.SIGTERM)
        print("deaf")
except KeyboardInterrupt:
    print("interrupted")
"""


def test_clearing_up_that_is_stuck_is_interrupted() -> None:
    done = subprocess.run([sys.executable, "-c", STUCK], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "still here\ninterrupted\n", "")


def test_ends_of_children_are_heard_of() -> None:
    """Also where whoever started us ignores SIGCHLD, which is inherited."""
    script = """
import signal, subprocess
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
from mlgitops.cli.ending import end_in_order
end_in_order()
print(subprocess.run(["/bin/sh", "-c", "exit 7"]).returncode)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("7\n", "")
