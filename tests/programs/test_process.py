"""Programs are started exactly as asked, and are gone afterwards."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from mlgitops.programs import process
from mlgitops.programs.process import (
    Completed,
    ProgramFailed,
    ProgramMissing,
    ProgramTimedOut,
    environment,
    find,
    printable,
    require,
    run,
    start,
)

SH = "/bin/sh"
ROOT = Path(__file__).resolve().parents[2]


def shell(script: str, tmp_path: Path, **options: object) -> Completed:
    return run([SH, "-c", script], **{"cwd": tmp_path, "env": environment(), "timeout": 20.0, **options})  # type: ignore[arg-type]


def gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody has reaped yet has ended too."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state == "Z"


def wait_until_gone(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while not gone(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return gone(pid)


def program(directory: Path, name: str, text: str = "#!/bin/sh\nexit 0\n") -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / name
    path.write_text(text)
    path.chmod(0o755)
    return path


class TestRun:
    def test_returns_both_outputs_and_the_code(self, tmp_path: Path) -> None:
        done = shell("cat; echo said >&2; exit 3", tmp_path, stdin=b"given", allowed=frozenset({0, 3}))
        assert done == Completed(b"given", b"said\n", 3)

    def test_arguments_pass_through_no_shell(self, tmp_path: Path) -> None:
        words = ["$(touch made)", "`touch made`", "; touch made", "*", "", "a b", "--", "\n", "é"]
        code = "import sys; sys.stdout.write(repr(sys.argv[1:]))"
        done = run([sys.executable, "-c", code, *words], cwd=tmp_path, env=environment(), timeout=20)
        assert done.stdout.decode() == repr(words)
        assert list(tmp_path.iterdir()) == []

    def test_a_megabyte_each_way_does_not_block(self, tmp_path: Path) -> None:
        data = b"x" * 2_000_000
        done = shell("tee /dev/stderr", tmp_path, stdin=data)
        assert (done.stdout, done.stderr) == (data, data)

    def test_a_program_that_reads_nothing_is_no_failure(self, tmp_path: Path) -> None:
        assert shell("exit 0", tmp_path, stdin=b"x" * 2_000_000).code == 0

    def test_the_environment_is_exactly_what_was_given(self, tmp_path: Path) -> None:
        done = run(["/usr/bin/env"], cwd=tmp_path, env={"ONE": "1", "TWO": "zwei"}, timeout=20)
        assert sorted(done.stdout.decode().split()) == ["ONE=1", "TWO=zwei"]

    def test_a_code_that_was_not_allowed_says_what_the_program_said(self, tmp_path: Path) -> None:
        with pytest.raises(ProgramFailed) as caught:
            shell("echo first >&2; echo; echo second >&2; exit 7", tmp_path)
        assert str(caught.value) == "sh failed with exit code 7\n  first\n  second"
        assert (caught.value.code, caught.value.stderr, caught.value.exit_code) == (7, b"first\nsecond\n", 3)

    def test_silence_is_said(self, tmp_path: Path) -> None:
        with pytest.raises(ProgramFailed, match=r"^sh failed with exit code 1: it said nothing$"):
            shell("exit 1", tmp_path)

    def test_a_crash_names_the_signal(self, tmp_path: Path) -> None:
        with pytest.raises(ProgramFailed, match=r"^sh was killed by SIGSEGV: it said nothing$") as caught:
            shell("kill -SEGV $$", tmp_path)
        assert caught.value.code == -signal.SIGSEGV

    def test_error_output_is_clipped_and_escaped(self, tmp_path: Path) -> None:
        code = r"import sys; sys.stderr.write('\x1b[31mred\u202e\n' * 9000 + 'the end'); sys.exit(1)"
        with pytest.raises(ProgramFailed) as caught:
            run([sys.executable, "-c", code], cwd=tmp_path, env=environment(), timeout=20)
        text = str(caught.value)
        assert len(text) < process.STDERR_LIMIT + 200
        assert all(c == "\n" or c.isprintable() for c in text)
        assert text.endswith("\n  \\x1b[31mred\\u202e\n  the end")

    def test_a_missing_program(self, tmp_path: Path) -> None:
        with pytest.raises(ProgramMissing) as caught:
            run([str(tmp_path / "opa")], cwd=tmp_path, env={}, timeout=1)
        assert str(caught.value) == "opa cannot be started: No such file or directory"
        assert "make tools" in caught.value.hint

    def test_a_file_that_is_no_program(self, tmp_path: Path) -> None:
        path = program(tmp_path, "noise", "\x00\x01\x02")
        with pytest.raises(ProgramMissing, match=r"^noise cannot be started: Exec format error$"):
            run([str(path)], cwd=tmp_path, env={}, timeout=1)

    def test_a_missing_directory_is_not_a_missing_program(self, tmp_path: Path) -> None:
        with pytest.raises(ProgramFailed, match=r"^sh cannot start: its directory .*absent does not exist$"):
            shell("exit 0", tmp_path / "absent")

    def test_an_argument_with_nul_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ProgramFailed, match=r"^sh cannot be given these arguments: embedded null byte$"):
            shell("exit \0", tmp_path)

    def test_too_long_an_argument_list(self, tmp_path: Path) -> None:
        with pytest.raises(ProgramFailed, match=r"^sh cannot be started: Argument list too long$"):
            shell("#" * 4_000_000, tmp_path)

    def test_a_relative_program_is_a_mistake_of_ours(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="absolute path, got 'sh'"):
            run(["sh"], cwd=tmp_path, env={}, timeout=1)

    def test_one_that_overstays_is_ended_with_its_children(self, tmp_path: Path) -> None:
        begun = time.monotonic()
        with pytest.raises(ProgramTimedOut, match=r"^sh did not finish within 0.5 s\n  waiting$"):
            shell("sleep 60 & echo $! > child; echo waiting >&2; trap '' TERM; wait", tmp_path, timeout=0.5)
        assert time.monotonic() - begun < 10
        assert wait_until_gone(int((tmp_path / "child").read_text()))

    def test_children_left_behind_do_not_outlive_the_call(self, tmp_path: Path) -> None:
        shell("sleep 60 >/dev/null 2>&1 & echo $! > child", tmp_path)
        assert wait_until_gone(int((tmp_path / "child").read_text()))

    @pytest.mark.parametrize("where", [">&1", ">&2"])
    def test_one_that_writes_without_an_end_is_ended(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
    ) -> None:
        monkeypatch.setattr(process, "LIMIT", 3 << 20)
        with pytest.raises(ProgramFailed, match=r"^sh wrote more than 3 MiB and was ended") as caught:
            shell(f"echo $$ > pid; exec cat /dev/zero {where}", tmp_path)
        assert len(str(caught.value)) < 4096
        assert gone(int((tmp_path / "pid").read_text()))

    def test_as_much_as_it_may_write_arrives(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(process, "LIMIT", 300_000)
        done = shell("head -c 200000 /dev/zero; head -c 100000 /dev/zero >&2", tmp_path)
        assert (len(done.stdout), len(done.stderr)) == (200_000, 100_000)

    def test_one_that_closes_its_outputs_has_no_more_time(self, tmp_path: Path) -> None:
        with pytest.raises(ProgramTimedOut, match=r"^sh did not finish within 0.3 s: it said nothing$"):
            shell("exec sleep 60 >&- 2>&-", tmp_path, timeout=0.3)

    def test_an_exit_code_that_nobody_knows_is_no_success(self, tmp_path: Path) -> None:
        """Whoever ignores SIGCHLD is told of no child's end."""
        script = f"""
import signal
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
from mlgitops.programs.process import ProgramFailed, environment, run, start
try:
    run(["/bin/sh", "-c", "exit 7"], cwd="/", env=environment(), timeout=20)
except ProgramFailed as error:
    print(error)
with start(["/bin/sleep", "60"], cwd={str(tmp_path)!r}, env=environment()) as server:
    print(server.code)
"""
        done = run([sys.executable, "-c", script], cwd=ROOT, env=environment(), timeout=30)
        assert done.stdout.decode().splitlines() == [
            "sh ended, and nobody knows how: this process ignores SIGCHLD or waits for every child",
            "None",
        ]


KILLED = """
import os, signal, sys, threading
from mlgitops.programs.process import environment, run, start

def begin():
    argv = ["/bin/sh", "-c", "trap '' HUP INT TERM; sleep 60 & echo $! $$ > pids.new; mv pids.new pids; wait"]
    if sys.argv[1] == "run":
        run(argv, cwd=".", env=environment(), timeout=60)
    with start(argv, cwd=".", env=environment()):
        threading.Event().wait()

if sys.argv[2] == "thread":
    threading.Thread(target=begin, daemon=True).start()
else:
    begin()
threading.Event().wait()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems end no program when its parent is killed")
@pytest.mark.parametrize("way", ["run", "start"])
@pytest.mark.parametrize("place", ["thread", "main"])
def test_a_program_and_what_it_started_end_when_we_are_killed(tmp_path: Path, way: str, place: str) -> None:
    with start(
        [sys.executable, "-c", KILLED, way, place], cwd=tmp_path, env=environment({"PYTHONPATH": str(ROOT)})
    ) as running:
        while not (tmp_path / "pids").exists():
            assert running.code is None, running.output()
            time.sleep(0.01)
        pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
        assert not any(gone(pid) for pid in pids)
        os.kill(running.pid, signal.SIGKILL)
        assert all(wait_until_gone(pid) for pid in pids)


class TestStart:
    def test_runs_for_the_block_and_is_asked_to_stop(self, tmp_path: Path) -> None:
        script = "trap 'echo bye > ended; exit 0' TERM; echo up; touch ready; while :; do sleep 0.02; done"
        with start([SH, "-c", script], cwd=tmp_path, env=environment()) as running:
            while not (tmp_path / "ready").exists():
                time.sleep(0.01)
            assert running.code is None
            assert running.output() == b"up\n"
        assert gone(running.pid)
        assert (tmp_path / "ended").read_text() == "bye\n"

    def test_one_that_will_not_stop_is_killed_with_its_children(self, tmp_path: Path) -> None:
        script = "trap '' TERM; sleep 60 & echo $! > child; touch ready; while :; do sleep 0.02; done"
        with start([SH, "-c", script], cwd=tmp_path, env=environment(), patience=0.2) as running:
            while not (tmp_path / "ready").exists():
                time.sleep(0.01)
        assert gone(running.pid)
        assert wait_until_gone(int((tmp_path / "child").read_text()))

    def test_is_ended_when_the_block_fails(self, tmp_path: Path) -> None:
        with (
            pytest.raises(KeyboardInterrupt),
            start(["/bin/sleep", "60"], cwd=tmp_path, env=environment()) as running,
        ):
            raise KeyboardInterrupt
        assert gone(running.pid)

    def test_an_early_end_shows(self, tmp_path: Path) -> None:
        with start([SH, "-c", "echo port in use >&2; exit 4"], cwd=tmp_path, env=environment()) as running:
            while running.code is None:
                time.sleep(0.01)
            assert (running.code, running.output()) == (4, b"port in use\n")

    def test_much_output_neither_blocks_nor_is_kept_whole(self, tmp_path: Path) -> None:
        script = "head -c 1000000 /dev/zero; echo end"
        with start([SH, "-c", script], cwd=tmp_path, env=environment()) as running:
            while running.code is None:
                time.sleep(0.01)
            assert running.output() == b"\0" * 65532 + b"end\n"


class TestGroup:
    """A number is signalled while it is the program's: afterwards it may be anybody's."""

    @pytest.fixture
    def signalled(self, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
        """Of each signal to a group, whether its leader had its number still."""
        found: list[bool] = []
        send = os.killpg

        def watched(group: int, number: int) -> None:
            found.append(Path(f"/proc/{group}").exists())
            send(group, number)

        monkeypatch.setattr(os, "killpg", watched)
        return found

    def test_of_one_that_ended(self, tmp_path: Path, signalled: list[bool]) -> None:
        assert shell("exit 0", tmp_path).code == 0
        assert signalled == [True]

    def test_of_one_that_was_ended(self, tmp_path: Path, signalled: list[bool]) -> None:
        with pytest.raises(ProgramTimedOut):
            shell("exec sleep 60", tmp_path, timeout=0.2)
        assert signalled
        assert all(signalled)

    def test_of_a_server_that_ended_long_before(self, tmp_path: Path, signalled: list[bool]) -> None:
        script = "sleep 60 >/dev/null 2>&1 & echo $! > child; exit 3"
        with start([SH, "-c", script], cwd=tmp_path, env=environment()) as running:
            while running.code is None:
                time.sleep(0.01)
            assert signalled == [True]
            assert wait_until_gone(int((tmp_path / "child").read_text()))
        assert (signalled, running.code) == ([True], 3)

    def test_of_a_server_that_is_asked_to_stop(self, tmp_path: Path, signalled: list[bool]) -> None:
        with start(["/bin/sleep", "60"], cwd=tmp_path, env=environment()) as running:
            assert running.code is None
        assert (signalled, running.code) == ([True, True], -15)


class TestEnvironment:
    def test_only_what_is_listed_is_inherited(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("GIT_DIR", "AWS_SECRET_ACCESS_KEY", "HTTPS_PROXY", "KUBECONFIG", "LANG"):
            monkeypatch.setenv(name, "leak")
        monkeypatch.setenv("PATH", "/bin")
        monkeypatch.setenv("HOME", "/h")
        monkeypatch.delenv("TMPDIR", raising=False)
        fixed = {"PATH": "/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        assert environment() == fixed
        assert environment({"TZ": "Asia/Tokyo"}, inherit=("HOME", "UNSET")) == {
            **fixed,
            "HOME": "/h",
            "TZ": "Asia/Tokyo",
        }


class TestFind:
    @pytest.fixture(autouse=True)
    def _places(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(process, "BUILT_TOOLS", tmp_path / "built")
        monkeypatch.setenv("PATH", os.pathsep.join(["", ".", "bin", str(tmp_path / "a"), str(tmp_path / "b")]))

    def test_built_tools_come_before_the_path(self, tmp_path: Path) -> None:
        program(tmp_path / "b", "tool")
        assert find("tool") == str(tmp_path / "b" / "tool")
        program(tmp_path / "a", "tool")
        assert find("tool") == str(tmp_path / "a" / "tool")
        program(tmp_path / "built", "tool")
        assert find("tool") == str(tmp_path / "built" / "tool")

    def test_the_repository_at_hand_offers_no_programs(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        program(tmp_path / "here", "tool")
        program(tmp_path / "here" / "bin", "tool")
        program(tmp_path / "here" / "tools" / "bin", "tool")
        monkeypatch.chdir(tmp_path / "here")
        assert find("tool") is None

    def test_directories_and_plain_files_are_no_programs(self, tmp_path: Path) -> None:
        (tmp_path / "a" / "tool").mkdir(parents=True)
        program(tmp_path / "b", "tool").chmod(0o644)
        assert find("tool") is None

    def test_an_override_wins_and_must_exist(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        program(tmp_path / "built", "opa")
        other = program(tmp_path / "other", "opa-1.2")
        monkeypatch.chdir(tmp_path)
        assert find("opa", "other/opa-1.2") == str(other)
        with pytest.raises(ProgramMissing, match=r"^opa: no program at other/opa-1.3$"):
            find("opa", "other/opa-1.3")

    def test_require_says_what_to_do(self) -> None:
        with pytest.raises(ProgramMissing) as caught:
            require("opa")
        assert str(caught.value) == "opa is not installed: neither in tools/bin nor on the PATH"
        assert caught.value.hint == (
            "put opa on the PATH (in a checkout of mlgitops: `make tools`), or use `--engine embedded`"
        )
        with pytest.raises(ProgramMissing) as caught:
            require("no-such-program")
        assert caught.value.hint == "install no-such-program and put it on the PATH"
        with pytest.raises(ProgramMissing) as caught:
            require("argocd")
        assert caught.value.hint == "put argocd 3.4 or newer on the PATH, and log in: argocd login SERVER"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 漢字", "plain é 漢字"),
        ("a\nb\tc\x7f", "a\\nb\\tc\\x7f"),
        ("\u202eevil\u200b\ufeff", "\\u202eevil\\u200b\\ufeff"),
        ("\udcff", "\\udcff"),
        ("x" * 80, "x" * 80),
        ("x" * 81, "x" * 79 + "…"),
        ("\x1b" * 40, ("\\x1b" * 20)[:79] + "…"),
    ],
)
def test_printable(text: str, shown: str) -> None:
    assert printable(text) == shown
