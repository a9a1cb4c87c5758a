"""What components promise: they start when ready, end when told, and outlive nobody."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.component import (
    Component,
    Components,
    LabError,
    free_ports,
    listens,
    require,
    temporary_folder,
    wait_until,
)

SERVER = "import http.server, sys; http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), None).serve_forever()"
PARENT = """\
import subprocess, sys, time
from pathlib import Path
from tests.lab.component import Component, Components
folder = Path(sys.argv[1])
command = ["sh", "-c", "sleep 600 & echo $! > child; echo $$ > leader; wait"]
Components(folder).start(Component("sleeper", command, ready=(folder / "leader").is_file))
print("ready", flush=True)
time.sleep(600)
"""


def server(name: str = "server") -> tuple[Component, int]:
    [port] = free_ports(1)
    return Component(name, [sys.executable, "-c", SERVER, str(port)], listens(port)), port


def runs(number: int) -> bool:
    """Whether a process is there; one that nobody has reaped is not."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_one_is_there_when_start_returns_and_gone_when_close_does(tmp_path: Path) -> None:
    component, port = server()
    components = Components(tmp_path)
    components.start(component)
    number = components.pid("server")
    assert (listens(port)(), runs(number), components.ended()) == (True, True, [])
    components.close()
    assert (listens(port)(), runs(number)) == (False, False)


def test_one_that_was_killed_comes_back_where_it_was(tmp_path: Path) -> None:
    component, port = server()
    components = Components(tmp_path)
    components.start(component)
    former = components.pid("server")
    components.kill("server")
    assert not listens(port)()
    components.restart("server")
    assert listens(port)()
    assert components.pid("server") != former
    components.close()


def test_one_that_ends_at_once_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    components = Components(tmp_path)
    broken = Component("broken", ["sh", "-c", "echo no such flag; exit 7"], lambda: False)
    with pytest.raises(LabError, match="broken ended with 7 before it was ready:\nno such flag"):
        components.start(broken)
    assert components.ended() == ["broken"]
    components.close()


def test_one_that_is_never_ready_is_told_after_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.lab.component.PATIENCE", 1.0)
    components = Components(tmp_path)
    with pytest.raises(LabError, match="slow was not ready after 0 s"):
        components.start(Component("slow", ["sleep", "600"], lambda: False, within=0.2))
    number = components.pid("slow")
    components.close()
    assert not runs(number)


def test_one_that_ignores_the_request_is_ended_by_force(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.lab.component.GRACE", 0.2)
    command = ["sh", "-c", "trap '' TERM; touch up; while true; do sleep 0.1; done"]
    components = Components(tmp_path)
    components.start(Component("stubborn", command, (tmp_path / "up").is_file))
    number = components.pid("stubborn")
    components.close()
    assert not runs(number)


def test_nothing_outlives_a_lab_that_is_killed(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, env=environment, text=True
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == "ready\n"
    numbers = [int((tmp_path / name).read_text()) for name in ("leader", "child")]
    assert [runs(number) for number in numbers] == [True, True]
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    wait_until(lambda: not any(runs(number) for number in numbers), "its processes are gone", 5)


def test_a_folder_is_gone_and_so_are_those_of_killed_labs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left = tmp_path / "mlgitops-lab-999999999-abc"
    left.mkdir()
    others = tmp_path / f"mlgitops-lab-{os.getpid()}-abc"
    others.mkdir()
    with temporary_folder() as folder:
        assert sorted(tmp_path.iterdir()) == sorted([others, folder])
    assert list(tmp_path.iterdir()) == [others]


def test_what_is_missing_is_named_by_its_package() -> None:
    with pytest.raises(LabError, match=r"apt-get install redis-server zlib$"):
        require(("git", "git"), ("no-such-zlib", "zlib"), ("no-such-redis", "redis-server"))


def test_a_program_that_was_not_built_is_named(tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"etcd: there is no program /nowhere/etcd .`make lab-tools` builds"):
        Components(tmp_path).start(Component("etcd", ["/nowhere/etcd"], lambda: True))
