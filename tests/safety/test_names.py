"""Names of strangers: of files, folders, environments and revisions. None is an option, a pattern or a line of a report."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest

from mlgitops.programs import process
from tests.safety.miniature import Answer, call

NAMES = (
    b"a\nb", b"-rf", b"--help", b"--output=made", b"a'b", b'a"b', b"`touch made`", b"$(touch made)", b"x" * 255,
    b"x" * 250, b"\xff\xfe", b"caf\xe9", "cafe\u0301".encode(), "\u202egnp".encode(), "a\u200bb".encode(), b"a b",
    b"a\tb", b"\x1b[31m", b"{{ 7*7 }}", b"${HOME}", b"a;touch made", b"a|touch made", b"..a", b"...", b"~", b"*", b"?",
    b"[a]", b"%s", b"a:b", b"a#b", b"\\", b"CON", b"a.", b" ", b" a", b"\r", b"\n", b"::error::x", b"<script>", b"a,b",
    b"A", "é".encode(), b"@", b"a@dev", b":(glob)**", b"&a", b"!a", b"=", b"_environment", b"argocd", b"HEAD",
)  # fmt: skip

PLACES: dict[str, str] = {
    "a model": "specs/{}/model.yaml",
    "code": "specs/digits/{}",
    "a version": "specs/digits/versions/{}/version.yaml",
    "code of a version": "specs/digits/versions/v2/{}",
    "an environment": "environments/{}/environment.yaml",
    "a release": "environments/dev/releases/{}.yaml",
    "a run": "environments/dev/runs/{}.yaml",
    "a template": "environments/dev/templates/{}.yaml",
    "beside an environment": "environments/dev/{}",
    "a waiver": "policies/waivers/{}.yaml",
    "a rule": "policies/governance/{}/rule.rego",
    "a rule's test": "policies/governance/owner/{}_test.rego",
    "rule data": "policies/data/{}.yaml",
    "a rendered environment": "rendered/{}/a.yaml",
    "a rendered model": "rendered/dev/{}/a.yaml",
    "a rendered file": "rendered/dev/digits/train/{}",
    "at the root": "{}",
}
"""Where a name of a stranger may stand."""

COMMANDS = (
    ("validate",), ("validate", "--format", "json"), ("validate", "--format", "sarif"), ("validate", "--format", "github"),
    ("validate", "--format", "markdown"), ("policy", "list"), ("render", "--check", "--format", "json", "--no-cache"),
    ("render", "--no-cache"), ("plan", "--base", "HEAD"),
)  # fmt: skip


@pytest.fixture(scope="module")
def committed(original: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small repository, rendered and committed."""
    root = tmp_path_factory.mktemp("committed") / "repository"
    shutil.copytree(original, root, symlinks=True)
    assert call(root, "render", "--no-cache").code == 0
    shutil.rmtree(root / ".cache")
    for words in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "All"], ["tag", "v1"]):
        _git(root, *words)
    return root


def _git(root: Path, *words: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "core.hooksPath=/dev/null"]
    subprocess.run(["git", *who, *words], cwd=root, check=True, capture_output=True, timeout=60)


@pytest.mark.parametrize("place", PLACES)
def test_files_of_any_name(place: str, committed: Path, tmp_path: Path) -> None:
    """Every name at once in one place: each command answers, in characters that a terminal and a CI's log can take."""
    root = tmp_path / "repository"
    shutil.copytree(committed, root, symlinks=True)
    made = [name for name in NAMES if _make(root, PLACES[place], name)]
    assert len(made) > 40
    for words in COMMANDS:
        answer = call(root, *words)
        _sound(answer, words)
        if words[-2:] in (("--format", "json"), ("--format", "sarif")):
            json.loads(answer.out)
    assert not list(chain(root.rglob("made"), Path.cwd().glob("made")))


def _make(root: Path, pattern: str, name: bytes) -> bool:
    """Makes a file; False where the file system has no such name, or something else has it."""
    before, _, after = os.fsencode(str(root / pattern)).partition(b"{}")
    path = before + name + after
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "xb") as file:
            file.write(b"a: 1\n")
    except OSError:
        return False
    return True


def _sound(answer: Answer, words: object) -> None:
    assert answer.code in (0, 1, 2, 3), (words, answer.said[:1000])
    assert "this is a bug" not in answer.said, (words, answer.said[:1000])
    assert answer.code != 3 or "  hint: " in answer.err, (words, answer.err)
    assert answer.said.replace("\n", "").isprintable(), (words, ascii(answer.said[:1000]))
    assert "::" not in [line[:2] for line in answer.err.split("\n")], (words, answer.err)


def test_a_workflow_command_in_a_name_is_none(repository: Path) -> None:
    """GitHub reads commands from lines of the log: a name must not begin one, nor end one early."""
    for name in ("::error::x", "a\n::set-env name=PATH::x", "a%0A::warning::y", "a::b,c=d"):
        (repository / f"specs/{name}").mkdir(parents=True)
        (repository / f"specs/{name}/model.yaml").write_text("a: 1\n")
    out = call(repository, "validate", "--format", "github", "--no-cache").out
    commands = [line for line in out.split("\n") if line.startswith("::")]
    assert len(commands) >= 4
    assert all(line.startswith(("::error file=specs/", "::warning file=", "::notice")) for line in commands), commands
    assert "set-env" not in "".join(line.partition("::")[0] for line in out.split("\n"))


_PARTS = ("", "main", "HEAD", "v1", "dev", "--help", "-C", "refs/heads/main", "origin/main")
_ENDS = ("", "..", "...", "^", "~", ":", "@{", "@{u}", "^{", "^{/", "\n", " ", "\0", "$(touch made)", ";touch made", "`touch made`",
         "|touch made", "&touch made", ">made", "\u202e", "\u200b", "\x1b[2J", "é", "\udcff", "*", "?", "[a]", "\\", "^!", "^@", "^-",
         "--", "=made", "%00", "'", '"')  # fmt: skip
REVISIONS = sorted({one + end + two for one in _PARTS for end in _ENDS for two in ("", "main", "made")})

REFUSED_LONG = ("x" * 251, "x" * 100_000, "/" * 10_000, "HEAD~" * 40)


def test_revisions_of_any_form(committed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only git is started, and only to ask what the name is; what names no commit of a harmless form is a usage error."""
    root = tmp_path / "repository"
    shutil.copytree(committed, root, symlinks=True)
    before = sorted(path for path in root.rglob("*") if "/.git/" not in str(path))
    assert len(REVISIONS) > 600
    started: list[tuple[str, ...]] = []
    real = process.subprocess.Popen

    def watched(argv: list[str], **how: object) -> object:
        started.append(tuple(argv))
        return real(argv, **how)  # type: ignore[call-overload]

    monkeypatch.setattr(process.subprocess, "Popen", watched)
    known = {"main", "HEAD", "v1", "refs/heads/main"}
    harmless = ("nobody", "HEAD~99")
    assert [call(root, "plan", f"--base={name}").code for name in harmless] == [2, 2]
    allowed = {_masked(argv, *harmless) for argv in started}
    assert all(argv.index("{}^{commit}") > argv.index("--end-of-options") for argv in allowed if "{}^{commit}" in argv)
    for name in (*REVISIONS, *REFUSED_LONG):
        if name in known or name.rstrip("~^") in known:
            continue
        started.clear()
        answer = call(root, "plan", f"--base={name}")
        assert answer.code == 2, (ascii(name[:80]), answer)
        assert len(answer.err) < 2000
        assert answer.err.replace("\n", "").isprintable()
        assert {_masked(argv, name) for argv in started} <= allowed, ascii(name)
    assert sorted(path for path in root.rglob("*") if "/.git/" not in str(path)) == before


def _masked(argv: tuple[str, ...], *names: str) -> tuple[str, ...]:
    """A command line without the name that it asks about."""
    asked = {f"{name}^{{commit}}" for name in names}
    return tuple("{}^{commit}" if word in asked else word for word in argv)


@pytest.mark.parametrize("option", ["--env", "--model"])
def test_options_of_any_form(option: str, repository: Path) -> None:
    for name in (*map(os.fsdecode, NAMES), "", "a" * 100_000, "../../etc", "dev\n", "DEV", "digits@dev"):
        answer = call(repository, "validate", f"{option}={name}")
        assert answer.code == 2, ascii(name[:80])
        assert answer.err.startswith(f"mlgitops: {option} must be one of "), ascii(answer.err)
        assert len(answer.err) < 1000
        assert answer.err.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    "words", [("new", "model"), ("new", "environment"), ("new", "rule"), ("data", "pin"), ("explain",)]
)
def test_words_of_any_form(words: tuple[str, ...], fresh: Callable[[], Path]) -> None:
    """Names on the command line create nothing outside, and nothing half."""
    root = fresh()
    before = sorted(root.rglob("*"))
    for name in (*map(os.fsdecode, NAMES), "", "..", "../x", "/tmp/x", "a/b", "a\0b", "specs/../../x", "a" * 10_000):
        if name == "argocd" or (words, name) == (("new", "rule"), "a/b"):
            continue  # names like any other
        answer = call(root, *words, "--", name)
        assert answer.code == 2, (ascii(name[:80]), answer)
        assert answer.err.replace("\n", "").isprintable()
        assert len(answer.err) < 2000
    assert sorted(root.rglob("*")) == before
