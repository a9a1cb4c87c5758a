"""Completion: the bash script is run by a real bash; the others are compared with what the commands take."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mlgitops.cli.commands import COMMANDS
from mlgitops.cli.completion import known_commands
from mlgitops.cli.options import FORMATS
from tests.cli.conftest import Answer, Call

ROOT = Path(__file__).resolve().parents[2]

ASK = """
source "$1"; shift
mlgitops() { "$PYTHON" -m mlgitops "$@"; }
COMP_WORDS=(mlgitops "$@"); COMP_CWORD=$#
_mlgitops
printf '%s\\n' "${COMPREPLY[@]}"
"""


def complete(call: Call, tmp_path: Path, *words: str, where: Path | None = None) -> set[str]:
    """What bash offers for the last word."""
    bash = shutil.which("bash")
    assert bash, "the completion script is tested with bash"
    script = tmp_path / "completion.bash"
    script.write_text(call("completion", "bash").out)
    done = subprocess.run(
        [bash, "--norc", "-c", ASK, "ask", str(script), *words],
        cwd=where or tmp_path,
        env={"PYTHON": sys.executable, "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return set(done.stdout.split())


def test_commands(call: Call, tmp_path: Path) -> None:
    first = {name.split()[0] for name in COMMANDS}
    assert complete(call, tmp_path, "") == first | {"--help", "--version"}
    assert complete(call, tmp_path, "pol") == {"policy"}
    assert complete(call, tmp_path, "policy", "") == {"check", "diff", "list", "test"}
    assert complete(call, tmp_path, "-C", "somewhere", "policy", "ch") == {"check"}
    assert complete(call, tmp_path, "completion", "") >= {"bash", "fish", "zsh", "--color"}


def test_options_and_their_values(call: Call, tmp_path: Path) -> None:
    assert "--color" in complete(call, tmp_path, "explain", "--")
    assert "--env" not in complete(call, tmp_path, "explain", "--")
    assert "--env" in complete(call, tmp_path, "validate", "--")
    assert complete(call, tmp_path, "validate", "--format", "") == set(FORMATS)
    assert complete(call, tmp_path, "validate", "--format", "=", "js") == {"json"}
    assert complete(call, tmp_path, "validate", "--format", "json", "--no") == {"--no-cache"}


def test_codes(call: Call, tmp_path: Path) -> None:
    known = {"spec/unknown-key", "spec/unknown-dataset", "spec/unknown-option"}
    assert complete(call, tmp_path, "explain", "spec/unknown-") == known


def test_names_come_from_the_repository_around(call: Call, repository: Path) -> None:
    for folder in ("specs/churn", "specs/digits/versions", "environments/dev"):
        (repository / folder).mkdir(parents=True)
    assert complete(call, repository, "validate", "--model", "") == {"churn", "digits"}
    assert complete(call, repository, "validate", "--env", "", where=repository / "specs" / "churn") == {"dev"}


def test_environments_and_models_of_single_commands(call: Call, repository: Path) -> None:
    for folder in ("specs/churn", "environments/dev", "environments/prod"):
        (repository / folder).mkdir(parents=True)
    both = {"dev", "prod"}
    assert complete(call, repository, "promote", "churn", "--from", "") == both
    assert complete(call, repository, "promote", "churn", "--from", "dev", "--to", "p") == {"prod"}
    assert complete(call, repository, "promote", "--to", "") == both
    assert complete(call, repository, "version", "new", "churn", "--release", "") == both
    assert complete(call, repository, "data", "update", "churn", "--run", "") == both
    assert complete(call, repository, "release", "new", "--env", "") == both
    assert not both & complete(call, repository, "rollback", "churn", "--to", "")
    assert complete(call, repository, "promote", "ch") == {"churn"}
    assert complete(call, repository, "release", "show", "c") == {"churn"}
    assert "--from" in complete(call, repository, "promote", "churn", "--")
    assert "churn" not in complete(call, repository, "promote", "churn", "")


@pytest.mark.parametrize("shell", ["fish", "zsh"])
def test_other_shells_know_them_too(call: Call, shell: str) -> None:
    script = call("completion", shell).out
    if shell == "fish":
        names = "-x -a '(__mlgitops_names environments)'"
        assert f"complete -c mlgitops -n '__fish_seen_subcommand_from promote' -l from {names}\n" in script
        assert (
            "complete -c mlgitops -f -n '__fish_seen_subcommand_from rollback' -a '(__mlgitops_names specs)'" in script
        )
    else:
        assert "'promote '*' --from'|'promote '*' --to'" in script
        assert "('data pin '|" in script


def test_a_hostile_name_is_neither_run_nor_offered(call: Call, repository: Path) -> None:
    for name in ("$(touch ran)", "`touch ran`", "a b", "; touch ran", "ok", "*"):
        (repository / "specs" / name).mkdir(parents=True)
    assert complete(call, repository, "validate", "--model", "") == {"ok"}
    assert not (repository / "ran").exists()


def test_the_script_parses_in_bash(call: Call, tmp_path: Path) -> None:
    script = call("completion", "bash").out
    done = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("shell", ["bash", "fish", "zsh"])
def test_every_script_knows_every_command_and_option(call: Call, shell: str) -> None:
    script = call("completion", shell).out
    for known in known_commands():
        assert all(word in script for word in known.command.split())
    for flag in ("-C", "--env", "--model", "--engine", "--format", "--as-of", "--jobs", "--no-cache", "--color"):
        spelt = f"-s {flag[1:]}" if shell == "fish" and flag == "-C" else f"-l {flag[2:]}" if shell == "fish" else flag
        assert spelt in script, (shell, flag)
    assert script.endswith("\n")


def test_an_unknown_shell(call: Call) -> None:
    says = "mlgitops: SHELL must be one of bash, fish, zsh, got 'zhs'\n  hint: did you mean `zsh`?\n"
    assert call("completion", "zhs") == Answer(2, "", says)
