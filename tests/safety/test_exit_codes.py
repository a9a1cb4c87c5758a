"""Exit codes, whatever is missing, broken, full, slow or interrupted: 2 or 3 with what to do, 130, never a traceback."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.safety.miniature import RUN, SPEC, call, commit
from tests.safety.programs import Programs, failed
from tests.safety.test_malformed import rendered

ROOT = Path(__file__).parents[2]

NEEDS_A_REPOSITORY = (
    ("validate",), ("policy", "check"), ("policy", "test"), ("policy", "list"), ("render",), ("render", "--check"),
    ("plan", "--base", "HEAD"), ("data", "pin", "digits"), ("blame", "rendered/dev/digits/train/rayjob.yaml", "/spec"),
    ("new", "model", "churn"), ("new", "environment", "qa"), ("new", "rule", "cost/cheap"), ("schema",),
)  # fmt: skip


@pytest.mark.parametrize("words", NEEDS_A_REPOSITORY, ids=" ".join)
def test_no_repository(words: tuple[str, ...], tmp_path: Path) -> None:
    failed(call(tmp_path, *words), 2, "is in no mlgitops repository: no mlgitops.yaml there or above it")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [("policy", "check"), ("render",), ("render", "--check"), ("plan", "--base", "HEAD")])
def test_a_model_or_environment_that_is_not_there(words: tuple[str, ...], repository: Path) -> None:
    commit(repository)
    failed(call(repository, *words, "--model", "churn"), 2, "--model must be one of digits; got 'churn'")
    failed(call(repository, *words, "--env", "prod"), 2, "--env must be one of dev; got 'prod'")


@pytest.mark.parametrize("emptied", ["specs", "environments", "policies"])
@pytest.mark.parametrize("words", [("validate",), ("policy", "check"), ("render",)])
def test_nothing_to_do_is_never_clean(words: tuple[str, ...], emptied: str, repository: Path) -> None:
    assert call(repository, "render").code == 0
    before = rendered(repository)
    (repository / emptied).rename(repository / "elsewhere")
    answer = call(repository, *words)
    assert answer.code in (1, 2), answer
    assert rendered(repository) == before


def test_missing_programs(programs: Programs, repository: Path) -> None:
    no_opa = "opa is not installed: neither in tools/bin nor on the PATH\n  hint: put opa on the PATH"
    failed(call(repository, "policy", "check", "--engine", "opa"), 3, no_opa)
    failed(call(repository, "policy", "check", "--engine", "server"), 3, no_opa)
    failed(call(repository, "render"), 3, "kustomize is not installed", "put kustomize on the PATH")
    failed(call(repository, "plan", "--base", "HEAD"), 3, "git is not installed", "install git")
    assert call(repository, "validate").code == 0
    assert not (repository / "rendered").exists()
    programs.link("kustomize")
    answer = call(repository, "policy", "check")
    assert answer.code == 0
    assert "policy by embedded " in answer.out


def test_a_full_disk(fresh: Callable[[], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where single files are written; what `render` writes is tried at each of its calls elsewhere."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    root = fresh()
    source = root / "data.csv"
    source.write_text("a\n1\n")
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    monkeypatch.setattr(os, "fsync", full)
    said = "No space left on device"
    failed_late = call(root, "data", "pin", "digits", "pictures", "--from", str(source))
    assert (failed_late.code, said in failed_late.err, "  hint: " in failed_late.err) == (3, True, True)
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


def _process(root: Path, *words: str, **how: object) -> subprocess.Popen[bytes]:
    argv = [sys.executable, "-m", "mlgitops", "-C", str(root), *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(argv, cwd=root, env=environment, stderr=subprocess.PIPE, **how)  # type: ignore[call-overload,no-any-return]


SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.mark.parametrize("number", SIGNALS)
def test_interrupted(number: signal.Signals, repository: Path, tmp_path: Path) -> None:
    """While a program is waited for: it ends too, and nothing is written."""
    pid = tmp_path / "pid"
    run = _rendering(repository, _lasting_opa(tmp_path, f"echo $$ > {pid}.new; mv {pid}.new {pid}"))
    _until(pid.exists)
    run.send_signal(number)
    _assert_ended(run, pid, repository)


@pytest.mark.parametrize("number", SIGNALS)
def test_interrupted_while_a_program_is_started(number: signal.Signals, repository: Path, tmp_path: Path) -> None:
    """It runs, and Python does not know its number yet."""
    pid, opa = tmp_path / "pid", _lasting_opa(tmp_path)
    code = (
        "import os, subprocess\n"
        "def start(argv, *rest, begun=subprocess._fork_exec):\n"
        "    number = begun(argv, *rest)\n"
        f"    if os.fsdecode(argv[0]) == {str(opa)!r}:\n"
        f"        open({str(pid)!r}, 'w').write(str(number))\n"
        f"        os.kill(os.getpid(), {int(number)})\n"
        "    return number\n"
        "subprocess._fork_exec = start\n"
    )
    _assert_ended(_rendering(repository, opa, code), pid, repository)


def _lasting_opa(folder: Path, first: str = ":") -> Path:
    """A program in the place of OPA that never answers."""
    script = folder / "opa"
    script.write_text(f"#!/bin/sh\n{first}; exec sleep 600\n")
    script.chmod(0o755)
    return script


def _rendering(repository: Path, opa: Path, code: str = "") -> subprocess.Popen[bytes]:
    code += (
        "import sys; from pathlib import Path; from mlgitops.programs import process\n"
        f"process.find = lambda name, override=None, find=process.find: {str(opa)!r} if name == 'opa' else find(name)\n"
        "from mlgitops.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    argv = [sys.executable, "-c", code, "-C", str(repository), "render", "--jobs", "1"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _assert_ended(run: subprocess.Popen[bytes], pid: Path, repository: Path) -> None:
    out, err = run.communicate(timeout=20)
    assert (run.returncode, out, err.decode()) == (130, b"", "")
    _until(lambda: not Path(f"/proc/{pid.read_text().strip()}").exists())
    assert rendered(repository) == {}
    assert not (repository / ".cache/mlgitops/staging").exists()


def _until(holds: Callable[[], bool]) -> None:
    for _ in range(400):
        if holds():
            return
        time.sleep(0.05)
    pytest.fail("waited for 20 s")


def test_a_reader_that_left(repository: Path) -> None:
    """`mlgitops validate | head -1`: no word about it, and no clean exit code either."""
    path = repository / SPEC
    path.write_text(path.read_text() + "".join(f"unknown{number}: 1\n" for number in range(300)))
    reading, writing = os.pipe()
    os.close(reading)
    run = _process(repository, "validate", stdout=writing)
    os.close(writing)
    _, err = run.communicate(timeout=60)
    assert (run.returncode, err) == (3, b"")


def test_a_clock_that_is_wrong(repository: Path) -> None:
    """Dates far away end no run; what expired is said."""
    for day, code in (("0001-01-01", 0), ("9999-12-31", 0), ("2028-02-29", 0)):
        assert call(repository, "policy", "check", "--as-of", day).code == code
    (repository / RUN).touch()
    failed(call(repository, "policy", "check", "--as-of", "2026-02-30"), 2, "--as-of must be a day")
