"""The frame: finding the command, help, mistakes, exit codes, and what happens when something breaks."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mlgitops import __version__
from mlgitops.cli import explain
from mlgitops.cli.commands import COMMANDS, overview
from mlgitops.cli.failure import fingerprint
from mlgitops.errors import MlgitopsError
from tests.cli.conftest import Answer, Call

ROOT = Path(__file__).resolve().parents[2]


def test_version(call: Call) -> None:
    assert call("--version") == Answer(0, f"mlgitops {__version__}\n", "")


def test_help_names_every_command_and_option(call: Call) -> None:
    answer = call("--help")
    assert answer == Answer(0, overview(), "")
    assert all(f"\n  {name:<18}{purpose}\n" in answer.out for name, purpose in COMMANDS.items())
    for words in ("-C DIR", "--env NAME", "--model NAME", "--engine ENGINE", "--format FORMAT", "--as-of DATE"):
        assert f"\n  {words:<34}" in answer.out
    for words in ("--jobs N", "--no-cache", "--color WHEN", "--version", "-h, --help"):
        assert f"\n  {words:<34}" in answer.out
    assert max(map(len, answer.out.splitlines())) <= 120


def test_help_of_a_group_and_of_a_command(call: Call) -> None:
    assert call("policy", "--help").out.startswith(
        "usage: mlgitops policy COMMAND [options]\n\ncommands:\n  policy check      "
    )
    answer = call("explain", "--help")
    assert answer.out.startswith(
        "usage: mlgitops explain [-h] [--engine ENGINE] [--format FORMAT] [--as-of DATE] [-C DIR] [--color WHEN] [CODE]"
        "\n\nSay more about a finding, or why a model is as it is somewhere.\n"
    )
    assert call("--help", "explain") == answer == call("-h", "explain", "spec/type")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            [],
            "a command is missing\n  hint: one of init, new, validate, data, train, policy, render, plan, verdict, "
            "version, promote, rollback, rollout, status, sync, wait, diff, runs, release, bisect, reproduce, score, "
            "preflight, blame, explain, schema, merge-driver, comment, doctor, completion; "
            "`mlgitops --help` describes them",
        ),
        (["valdate"], "unknown command 'valdate'\n  hint: did you mean `validate`? `mlgitops --help` lists them"),
        (["zzz"], "unknown command 'zzz'\n  hint: `mlgitops --help` lists them"),
        (["\x1b[2J"], "unknown command '\\x1b[2J'\n  hint: `mlgitops --help` lists them"),
        (["policy"], "`mlgitops policy` needs one of: check, diff, test, list"),
        (
            ["policy", "chekc"],
            "unknown command 'policy chekc'\n  hint: did you mean `check`? `mlgitops policy --help` lists them",
        ),
        (
            ["explain", "--colour", "never"],
            "`mlgitops explain` has no option --colour\n"
            "  hint: did you mean `--color`? `mlgitops explain --help` shows its usage",
        ),
        (
            ["schema", "--env", "dev"],
            "`mlgitops schema` takes no --env\n  hint: `mlgitops schema --help` shows its usage",
        ),
        (
            ["--env", "dev", "schema"],
            "`mlgitops schema` takes no --env\n  hint: `mlgitops schema --help` shows its usage",
        ),
        (
            ["explain", "a", "b"],
            "`mlgitops explain` takes no further argument, got 'b'\n  hint: `mlgitops explain --help` shows its usage",
        ),
        (
            ["explain", "--color", "alway"],
            "--color must be one of auto, always, never, got 'alway'\n  hint: did you mean `always`?",
        ),
        (
            ["explain", "--color"],
            "argument --color: expected one argument\n  hint: `mlgitops explain --help` shows its usage",
        ),
        (["-C", "nowhere", "explain", "x/y"], "-C nowhere: there is no such directory"),
    ],
)
def test_a_wrong_command_line_says_what_is_right(call: Call, words: list[str], says: str) -> None:
    assert call(*words) == Answer(2, "", f"mlgitops: {says}\n")


def test_options_may_stand_before_the_command(call: Call, tmp_path: Path) -> None:
    after = call("explain", "spec/type", "-C", str(tmp_path), "--color", "always")
    assert call("-C", str(tmp_path), "--color", "always", "explain", "spec/type") == after
    assert call("--color=always", "explain", "-C", str(tmp_path), "spec/type") == after
    assert after.code == 0


def breaking(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Make `explain` raise."""

    def run(arguments: object) -> int:
        raise error

    monkeypatch.setattr(explain, "run", run)


def test_a_failure_of_the_world_is_said_once(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    breaking(monkeypatch, MlgitopsError("opa failed\n  its \x1b last line", "run `make tools`"))
    assert call("explain") == Answer(3, "", "mlgitops: opa failed\n  its \\x1b last line\n  hint: run `make tools`\n")


def test_a_failure_never_echoes_a_document_or_a_token(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    token = "ghp_" + "a1B2" * 9
    breaking(monkeypatch, MlgitopsError(f"{token} {'x' * 100_000}"))
    answer = call("explain")
    assert token not in answer.err
    assert len(answer.err) < 4096


def test_an_error_of_the_system_names_file_and_reason(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    breaking(monkeypatch, PermissionError(errno.EACCES, "x", str(tmp_path / "rendered" / "a")))
    says = "mlgitops: rendered/a: Permission denied\n  hint: mend that, then run again\n"
    assert call("explain") == Answer(3, "", says)


def test_a_bug_is_said_in_a_line_with_a_fingerprint(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    error = KeyError("secret document")
    breaking(monkeypatch, error)
    assert call("explain") == Answer(
        3,
        "",
        "mlgitops: this is a bug in mlgitops: KeyError in mlgitops.cli.commands.run "
        f"(fingerprint {fingerprint(error)})\n"
        "  hint: report it with the fingerprint; MLGITOPS_TRACEBACK=1 shows the traceback\n",
    )


def test_the_traceback_of_a_bug_can_be_had(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    breaking(monkeypatch, KeyError("x"))
    monkeypatch.setenv("MLGITOPS_TRACEBACK", "1")
    answer = call("explain")
    assert answer.err.startswith("Traceback (most recent call last):\n")
    assert answer.err.endswith("shows the traceback\n")


def test_a_fingerprint_is_of_the_place_and_not_of_the_values() -> None:
    def raised(value: str, kind: type[Exception] = ValueError) -> Exception:
        try:
            raise kind(value)
        except Exception as error:
            return error

    assert fingerprint(raised("a")) == fingerprint(raised("b"))
    assert fingerprint(raised("a")) != fingerprint(raised("a", KeyError))
    assert len(fingerprint(raised("a"))) == 8


def test_an_endless_recursion_is_a_bug_like_any_other(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(arguments: object) -> int:
        return run(arguments)

    monkeypatch.setattr(explain, "run", run)
    answer = call("explain")
    assert answer.code == 3
    assert answer.err.startswith("mlgitops: this is a bug in mlgitops: RecursionError in ")


def test_out_of_memory(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    breaking(monkeypatch, MemoryError())
    assert (
        call("explain").err
        == "mlgitops: out of memory\n  hint: free some, or ask for fewer models at once with --model\n"
    )


def test_ctrl_c_is_quiet(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    breaking(monkeypatch, KeyboardInterrupt())
    assert call("explain") == Answer(130, "", "")


BUFFERED = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
"""As Python is usually run: what is written reaches the system when the buffer is full, or at the end."""


def process(*words: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "mlgitops", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False, **options)  # type: ignore[call-overload,no-any-return]


def test_as_a_process() -> None:
    done = process("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"mlgitops {__version__}\n".encode(), b"")
    done = process("explain", "no/code")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"mlgitops: no finding has the code 'no/code'\n")


@pytest.mark.parametrize("word", ["explain", "--version"])
def test_a_reader_that_left_is_no_traceback(word: str) -> None:
    """`mlgitops explain | true`: nothing on stderr, and not the exit code of success, for long output and for short."""
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "mlgitops", word]
    done = subprocess.run(command, cwd=ROOT, stdout=write, stderr=subprocess.PIPE, check=False, env=BUFFERED)
    os.close(write)
    assert (done.returncode, done.stderr) == (3, b"")


@pytest.mark.parametrize("word", ["explain", "--version"])
def test_a_full_disk_is_said(word: str) -> None:
    command = [sys.executable, "-m", "mlgitops", word]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, check=False, env=BUFFERED)
    says = b"mlgitops: No space left on device\n  hint: mend that, then run again\n"
    assert (done.returncode, done.stderr) == (3, says)


def test_a_closed_stderr_leaves_the_exit_code() -> None:
    command = f'"{sys.executable}" -m mlgitops nonsense 2>&-'
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (2, b"", b"")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_any_encoding_can_carry_the_output(encoding: str) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "LC_ALL": "C"}
    done = process("名前", env=environment)
    shown = "名前" if encoding == "utf-8" else r"\u540d\u524d"
    assert (done.returncode, done.stderr.decode(encoding)) == (
        2,
        f"mlgitops: unknown command '{shown}'\n  hint: `mlgitops --help` lists them\n",
    )


def test_arguments_that_are_no_text_are_shown_as_escapes() -> None:
    done = process(b"\xff\x1b")  # type: ignore[arg-type]
    assert done.stderr.startswith(rb"mlgitops: unknown command '\udcff\x1b'")
