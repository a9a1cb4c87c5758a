"""The real kustomize, and programs that pretend to be it."""

from __future__ import annotations

import json
import os
import re
import stat
import sys
import tempfile
import time
from pathlib import Path

import pytest

from mlgitops.errors import MlgitopsError
from mlgitops.programs import lazy_kustomize
from mlgitops.programs.kustomize import Built, builder, proving, version
from mlgitops.programs.process import ProgramFailed, ProgramMissing, ProgramTimedOut, require

OBJECT = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"}}'


@pytest.fixture
def kustomize() -> str:
    return require("kustomize")


def _program(folder: Path, text: str) -> str:
    path = folder / "kustomize"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_builds_in_order(kustomize: str) -> None:
    folders = [
        {"kustomization.yaml": '{"resources":["o.yaml"]}', "o.yaml": OBJECT.replace('"x"', f'"x{number}"')}
        for number in range(5)
    ]
    built = builder(kustomize)(folders)
    assert built == [Built(f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x{number}\n") for number in range(5)]


def test_a_refusal_is_a_result(kustomize: str) -> None:
    (built,) = builder(kustomize)([{"kustomization.yaml": '{"resources":["missing.yaml"]}'}])
    assert built.output == ""
    assert "missing.yaml" in built.error
    assert "mlgitops-kustomize" not in built.error


def test_bytes_and_folders_are_written(kustomize: str) -> None:
    generator = {
        "configMapGenerator": [{"name": "x", "files": ["data/a/b.bin"]}],
        "generatorOptions": {"disableNameSuffixHash": True},
    }
    (built,) = builder(kustomize)([{"kustomization.yaml": json.dumps(generator), "data/a/b.bin": b"\xff\x00"}])
    assert built.output == "apiVersion: v1\nbinaryData:\n  b.bin: /wA=\nkind: ConfigMap\nmetadata:\n  name: x\n"


def test_nothing_outside_of_the_folder_is_read(kustomize: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text(OBJECT)
    for path in (str(secret), "../home/x", "../../../../../../etc/passwd"):
        (built,) = builder(kustomize)([{"kustomization.yaml": json.dumps({"resources": [path]})}])
        assert built.output == ""
        assert built.error


def test_the_environment_is_ours_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_SECRET_ACCESS_KEY", "HTTPS_PROXY", "KUSTOMIZE_PLUGIN_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, "leak")
    program = _program(tmp_path, "/usr/bin/env; /bin/ls -A $HOME; pwd")
    (built,) = builder(program)([{"kustomization.yaml": "{}"}])
    lines = built.output.splitlines()
    names = {line.partition("=")[0] for line in lines if "=" in line}
    assert names - {"PWD", "OLDPWD", "SHLVL", "_"} == {
        "HOME",
        "PATH",
        "LC_ALL",
        "TZ",
        "GOGC",
        "GOMEMLIMIT",
        "GOTRACEBACK",
    }
    assert "PATH=" in lines
    home = next(line for line in lines if line.startswith("HOME="))
    assert re.fullmatch(r"HOME=.*/mlgitops-kustomize-[^/]+/home", home)
    assert "leak" not in built.output


NO_SOCKETS = """\
import ctypes, os, platform, struct, sys

# A filter for the kernel: a process that calls socket(2) dies with SIGSYS, and so does whatever it starts.
number = {"x86_64": 41, "aarch64": 198}[platform.machine()]
load, equal, answer = 0x20, 0x15, 0x06
rules = [(load, 0, 0, 0), (equal, 0, 1, number), (answer, 0, 0, 0x80000000), (answer, 0, 0, 0x7FFF0000)]
code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *rule) for rule in rules))
program = struct.pack("@HP", len(rules), ctypes.addressof(code))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, program) == 0
os.execv(sys.argv[1], sys.argv[1:])
"""


def _without_sockets(folder: Path, *argv: str) -> str:
    """A program that runs another one for which the kernel ends any attempt to open a socket."""
    guard = folder / "guard.py"
    guard.write_text(NO_SOCKETS)
    return _program(folder, " ".join(("exec", sys.executable, str(guard), *argv, '"$@"')))


@pytest.mark.skipif(sys.platform != "linux", reason="seccomp is Linux's")
def test_no_socket_is_opened(kustomize: str, tmp_path: Path) -> None:
    folder = {"kustomization.yaml": '{"resources":["o.yaml"],"labels":[{"pairs":{"a":"b"}}]}', "o.yaml": OBJECT}
    (built,) = builder(_without_sockets(tmp_path, kustomize))([folder])
    assert "a: b" in built.output


@pytest.mark.skipif(sys.platform != "linux", reason="seccomp is Linux's")
def test_a_socket_would_be_noticed(tmp_path: Path) -> None:
    other = tmp_path / "socket.py"
    other.write_text("import _socket; _socket.socket()")
    with pytest.raises(ProgramFailed, match="SIGSYS"):
        builder(_without_sockets(tmp_path, sys.executable, str(other)))([{"kustomization.yaml": "{}"}])


def test_a_remote_resource_would_not_be_fetched_without_git(kustomize: str) -> None:
    """Such paths are refused before; should one slip through, there is no git to fetch it with."""
    (built,) = builder(kustomize)([{"kustomization.yaml": '{"resources":["git@localhost:x/y"]}'}])
    assert built.output == ""
    assert "git" in built.error


@pytest.mark.parametrize("path", ["../x", "/x", "a/../../x", "a//b", ""])
def test_files_stay_in_their_folder(kustomize: str, path: str) -> None:
    with pytest.raises(ValueError, match="inside of its folder"):
        builder(kustomize)([{path: "x"}])


def test_one_that_hangs_is_ended(tmp_path: Path) -> None:
    program = _program(tmp_path, "while :; do :; done")
    with pytest.raises(ProgramTimedOut):
        builder(program, timeout=0.2)([{"kustomization.yaml": "{}"}])


def test_one_that_crashes_is_no_finding(tmp_path: Path) -> None:
    program = _program(tmp_path, "echo panic >&2; exit 2")
    with pytest.raises(ProgramFailed, match="panic"):
        builder(program)([{"kustomization.yaml": "{}"}])


def test_one_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ProgramMissing) as caught:
        builder(str(tmp_path / "kustomize"))([{"kustomization.yaml": "{}"}])
    assert "make tools" in caught.value.hint


def test_nothing_is_left_behind(kustomize: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    builder(kustomize)([{"kustomization.yaml": '{"resources":["o.yaml"]}', "o.yaml": OBJECT}] * 3)
    assert os.listdir(tmp_path) == []


def test_version_of_the_real_one(kustomize: str) -> None:
    assert version(kustomize).startswith("v5.")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("echo v4.5.7", "expected kustomize v5, got v4.5.7"),
        ("echo '(devel)'", r"does not tell a version, but \(devel\)"),
    ],
)
def test_version_of_others(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(MlgitopsError, match=message):
        version(_program(tmp_path, text))


def test_the_real_one_is_proven(kustomize: str) -> None:
    with proving(kustomize):
        pass


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("echo v4.5.7", "expected kustomize v5, got v4.5.7"),
        ("exit 1", r"^kustomize failed with exit code 1"),
        ('[ "$1" = version ] && echo v5.8.1; exit 0', "cannot build what is known to be right: it said nothing$"),
        ("echo v5.8.1", "cannot build what is known to be right: v5.8.1$"),
        ('[ "$1" = version ] && echo v5.8.1 || { echo Error: no >&2; exit 1; }', "known to be right: Error: no$"),
    ],
)
def test_one_that_cannot_build_is_told(tmp_path: Path, text: str, message: str) -> None:
    """So that it is not blamed on somebody's files."""
    with pytest.raises(MlgitopsError, match=message) as caught, proving(_program(tmp_path, text)):
        pass
    assert caught.value.exit_code == 3
    assert caught.value.hint


def test_a_proof_ends_with_what_it_is_beside_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever interrupts a build does not wait for the proof, which leaves nothing behind."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    binary = _program(tmp_path, f"echo $$ >> {tmp_path}/pids; exec /bin/sleep 47")
    begun = time.monotonic()

    def interrupted() -> None:
        while not (tmp_path / "pids").exists() or (tmp_path / "pids").read_text().count("\n") < 2:
            time.sleep(0.01)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), proving(binary):
        interrupted()
    assert time.monotonic() - begun < 10
    assert [pid for pid in (tmp_path / "pids").read_text().split() if Path("/proc", pid).exists()] == []
    assert os.listdir(temporary) == []


def test_each_program_is_put_to_the_proof_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = require("kustomize")
    binary = _program(tmp_path, f'echo $1 >> {tmp_path}/asked; exec {real} "$@"')
    monkeypatch.setattr(lazy_kustomize, "require", lambda name: binary)
    monkeypatch.setattr(lazy_kustomize, "_proven", set())
    folder = {"kustomization.yaml": '{"resources":["o.yaml"]}', "o.yaml": OBJECT}
    for _ in range(2):
        assert lazy_kustomize.lazy_builder()([folder])[0].error == ""
    assert sorted((tmp_path / "asked").read_text().split()) == ["build", "build", "build", "version"]


def test_only_what_it_says_is_an_error_is_a_refusal(tmp_path: Path) -> None:
    (built,) = builder(_program(tmp_path, "echo '# Warning: old' >&2; echo 'Error: no such file' >&2; exit 1"))([{}])
    assert built == Built("", "# Warning: old\nError: no such file")
    with pytest.raises(MlgitopsError, match=r"^kustomize failed: it said nothing$"):
        builder(_program(tmp_path, "exit 1"))([{}])
