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

from mlgitops.programs import git, kustomize, opa, process
from tests.safety.miniature import RUN, SPEC, Answer, call
from tests.safety.test_malformed import rendered

ROOT = Path(__file__).parents[2]

NEEDS_A_REPOSITORY = (
    ("validate",), ("policy", "check"), ("policy", "test"), ("policy", "list"), ("render",), ("render", "--check"),
    ("plan", "--base", "HEAD"), ("data", "pin", "digits"), ("blame", "rendered/dev/digits/train/rayjob.yaml", "/spec"),
    ("new", "model", "churn"), ("new", "environment", "qa"), ("new", "rule", "cost/cheap"), ("schema",),
)  # fmt: skip


def failed(answer: Answer, code: int, *said: str) -> None:
    """Asserts that a command failed with a code, said why, and what to do; nothing of it on stdout."""
    assert answer.code == code, answer
    assert answer.out == ""
    assert answer.err.startswith("mlgitops: "), answer.err
    assert "\n  hint: " in answer.err or " must be " in answer.err, answer.err
    assert len(answer.err) <= 4096
    for words in said:
        assert words in answer.err, answer.err


@pytest.mark.parametrize("words", NEEDS_A_REPOSITORY, ids=" ".join)
def test_no_repository(words: tuple[str, ...], tmp_path: Path) -> None:
    failed(call(tmp_path, *words), 2, "is in no mlgitops repository: no mlgitops.yaml there or above it")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [("policy", "check"), ("render",), ("render", "--check"), ("plan", "--base", "HEAD")])
def test_a_model_or_environment_that_is_not_there(words: tuple[str, ...], repository: Path) -> None:
    _commit(repository)
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


def _commit(root: Path) -> None:
    for words in (
        ["init", "-q"],
        ["add", "-A"],
        ["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", *words], cwd=root, check=True, capture_output=True, timeout=60)


class Programs:
    """A PATH that has only what a test puts there."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        monkeypatch.setattr(process, "BUILT_TOOLS", folder / "none")
        monkeypatch.setenv("PATH", str(folder))

    def link(self, *names: str) -> None:
        for name in names:
            known = [ROOT / "tools/bin", *map(Path, os.defpath.split(":")), Path("/usr/local/bin")]
            (self.folder / name).symlink_to(next(place / name for place in known if (place / name).is_file()))

    def script(self, name: str, text: str) -> None:
        path = self.folder / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    (tmp_path / "bin").mkdir()
    return Programs(tmp_path / "bin", monkeypatch)


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


BROKEN = {
    "fails": "exit 1",
    "fails with words": "echo 'cannot allocate memory' >&2; exit 2",
    "says nothing": "exit 0",
    "says something else": "echo 'hello, world'",
    "says half": "printf '{\"result\": [{'",
    "says an empty answer": "echo '{}'",
    "says a list": "echo '[]'",
    "says null": "echo null",
    "says bytes": r"printf '\377\376\000'",
    "is killed": "kill -9 $$",
    "crashes": "kill -11 $$",
    "says much": "while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done | head -c 3000000",
    "speaks to the terminal": r"printf '\033[2J\033]0;x\007' >&2; exit 3",
    "does nothing, for long": "sleep 600",
    "leaves a child behind": "sleep 600 & exit 1",
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_opa(how: str, programs: Programs, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs.link("kustomize", "sleep", "head")
    programs.script("opa", BROKEN[how])
    monkeypatch.setattr(opa, "TIMEOUT", 1.0)
    started = time.monotonic()
    answer = call(repository, "render")
    failed(answer, 3, "opa ")
    assert answer.err.replace("\n", "").isprintable()
    assert time.monotonic() - started < 10
    assert rendered(repository) == {}


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_kustomize(how: str, programs: Programs, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs.link("opa", "sleep", "head")
    programs.script("kustomize", BROKEN[how])
    monkeypatch.setattr(kustomize, "TIMEOUT", 1.0)
    answer = call(repository, "render")
    assert answer.code in (1, 3), answer
    assert "this is a bug" not in answer.said, answer
    assert answer.said.replace("\n", "").isprintable()
    assert {path for path in rendered(repository) if not path.startswith("rendered/argocd/")} == set()


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_git(how: str, programs: Programs, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs.link("opa", "kustomize", "sleep", "head")
    programs.script("git", BROKEN[how])
    monkeypatch.setattr(git, "TIMEOUT", 1.0)
    answer = call(repository, "plan", "--base", "main")
    failed(answer, answer.code)
    assert answer.code in (2, 3)
    assert answer.err.replace("\n", "").isprintable()


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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted(number: signal.Signals, repository: Path, tmp_path: Path) -> None:
    """While a program is waited for: it ends too, and nothing is written."""
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    pid = tmp_path / "pid"
    script = bin_folder / "opa"
    script.write_text(f"#!/bin/sh\necho $$ > {pid}.new; mv {pid}.new {pid}; exec sleep 600\n")
    script.chmod(0o755)
    code = (
        "import sys; from pathlib import Path; from mlgitops.programs import process\n"
        f"process.find = lambda name, override=None, find=process.find: {str(script)!r} if name == 'opa' else find(name)\n"
        "from mlgitops.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    argv = [sys.executable, "-c", code, "-C", str(repository), "render", "--jobs", "1"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    _until(pid.exists)
    run.send_signal(number)
    out, err = run.communicate(timeout=20)
    assert (run.returncode, out, err) == (130, b"", b"")
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
