"""The one place that starts programs: exact arguments, exact environment, a time limit, and an end for certain.

    done = run([require("kustomize"), "build", "."], cwd=directory, env=environment(), timeout=60)
    manifests = done.stdout

Nothing goes through a shell, nothing is inherited that was not named, and a program that overstays is ended with
everything it started: each one leads a process group of its own. Where we are killed, Linux ends it (`leash`).
"""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, NamedTuple

from mlgitops.errors import MlgitopsError
from mlgitops.programs.interruption import held
from mlgitops.programs.leash import Leash
from mlgitops.programs.streams import LIMIT, TooLate, TooMuch, exchange

INHERITED = ("PATH", "TMPDIR", "SYSTEMROOT")
"""The variables every program gets. Credentials, proxies, locale and tool settings are not among them."""

FIXED = {"LC_ALL": "C.UTF-8", "TZ": "UTC"}
"""So that a program's output does not depend on who runs it."""

STDERR_LIMIT = 2000
"""Characters of a program's error output that a message repeats: errors stay within 4 KiB."""

BUILT_TOOLS = Path(__file__).resolve().parents[2] / "tools" / "bin"
"""Where `make tools` puts programs. Beside this package and never in the repository being rendered, whose
content may come from a stranger's pull request."""

HINTS = {
    "git": "install git",
    "opa": "put opa on the PATH (in a checkout of mlgitops: `make tools`), or use `--engine embedded`",
    "kustomize": "put kustomize on the PATH (in a checkout of mlgitops: `make tools`)",
    "argocd": "put argocd 3.4 or newer on the PATH, and log in: argocd login SERVER",
}
"""What to do where a program is missing. Most repositories have no Makefile: `make tools` is for mlgitops' own."""


_FAILED_HINT = "`mlgitops doctor` says which programs work"


class Completed(NamedTuple):
    """What a program that ended left behind."""

    stdout: bytes
    stderr: bytes
    code: int


class ProgramMissing(MlgitopsError):
    """The program is not there, or is not one that can be started."""


class ProgramFailed(MlgitopsError):
    """The program ended with a code that the caller did not allow; `code` is negative for a signal."""

    def __init__(self, message: str, hint: str = "", *, code: int = 0, stderr: bytes = b"") -> None:
        super().__init__(message, hint)
        self.code = code
        self.stderr = stderr


class ProgramTimedOut(MlgitopsError):
    """The program took longer than its limit and was ended."""


def environment(extra: Mapping[str, str] | None = None, *, inherit: Sequence[str] = ()) -> dict[str, str]:
    """The environment of a program: `INHERITED` and `inherit` from ours where set, `FIXED`, then `extra`."""
    ours = {name: os.environ[name] for name in (*INHERITED, *inherit) if name in os.environ}
    return {**ours, **FIXED, **(extra or {})}


def find(name: str, override: str | None = None) -> str | None:
    """The absolute path of a program: `override` where given, else `tools/bin`, else the PATH; None when absent.

    Relative entries of the PATH are passed over: they would start programs out of the repository at hand.
    Raises ProgramMissing when `override` names no program, since asking for one and getting another would mislead.
    """
    if override:
        path = os.path.abspath(os.path.expanduser(override))
        if _executable(path):
            return path
        raise ProgramMissing(f"{name}: no program at {printable(override, 200)}", f"give the path of a {name} binary")
    directories = [str(BUILT_TOOLS), *os.environ.get("PATH", os.defpath).split(os.pathsep)]
    candidates = (os.path.join(directory, name) for directory in directories if os.path.isabs(directory))
    return next((path for path in candidates if _executable(path)), None)


def require(name: str, override: str | None = None) -> str:
    """As `find`, but raises ProgramMissing with what to do when the program is absent."""
    path = find(name, override)
    if path is None:
        raise ProgramMissing(f"{name} is not installed: neither in tools/bin nor on the PATH", _missing_hint(name))
    return path


def run(
    argv: Sequence[str],
    *,
    cwd: str | Path,
    env: Mapping[str, str],
    timeout: float,
    stdin: bytes = b"",
    allowed: frozenset[int] = frozenset({0}),
) -> Completed:
    """Run a program to its end within `timeout` seconds and return what it wrote.

    `argv[0]` is an absolute path, from `require`. Raises ProgramMissing when it cannot be started, ProgramTimedOut
    when it was ended by us, and ProgramFailed when its exit code is not among `allowed` or it writes without an end.
    """
    with beside(argv, cwd=cwd, env=env) as begun:
        return begun.finished(timeout=timeout, stdin=stdin, allowed=allowed)


@contextmanager
def beside(argv: Sequence[str], *, cwd: str | Path, env: Mapping[str, str]) -> Iterator[Begun]:
    """A program that runs beside what the block does, and is ended with it; what it wrote is asked for in the block.

    Raises ProgramMissing when it cannot be started.
    """
    with _opened(argv, cwd, env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        yield Begun(process, _called(argv))


class _Leader(subprocess.Popen[bytes]):
    """A program that leads a process group, which is ended before its number is free for a stranger's.

    The system gives a number away once its process was waited for, so what is left of the group goes first.
    """

    group_ended = False
    lost = False
    """Whether somebody else took its exit code: the system does for whoever ignores SIGCHLD."""

    def __init__(self, argv: list[str], **options: Any) -> None:
        self._leash = Leash()
        try:
            super().__init__(argv, start_new_session=True, pass_fds=self._leash.passed, **options)
            self._leash.tie(self.pid)
        except BaseException:
            self._leash.close()
            raise

    def poll(self) -> int | None:
        self._end_group_of_an_ended_leader(0)
        return super().poll()

    def wait(self, timeout: float | None = None) -> int:
        self._end_group_of_an_ended_leader(timeout)
        return super().wait(timeout)

    def signal_group(self, number: signal.Signals) -> None:
        """Send a signal to the program and to all it started that stayed in its group."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def end_group(self) -> None:
        """Kills all of the group, and leaves its number alone from now on."""
        self.signal_group(signal.SIGKILL)
        self._leash.close()
        self.group_ended = True

    def _end_group_of_an_ended_leader(self, timeout: float | None) -> None:
        """Ends the group once the leader has ended, for which it waits without taking its exit code."""
        if self.returncode is not None or self.group_ended or not hasattr(os, "waitid"):
            return
        options = os.WEXITED | os.WNOWAIT | (0 if timeout is None else os.WNOHANG)
        until, pause = time.monotonic() + (timeout or 0), 0.0005
        try:
            while os.waitid(os.P_PID, self.pid, options) is None:
                if time.monotonic() >= until:
                    return
                time.sleep(pause)
                pause = min(2 * pause, 0.05)
            self.end_group()
        except ChildProcessError:
            self._leash.close()
            self.lost = self.group_ended = True


class Begun:
    """A program that `beside` has started."""

    def __init__(self, process: _Leader, name: str) -> None:
        self._process = process
        self._name = name

    def finished(self, *, timeout: float, stdin: bytes = b"", allowed: frozenset[int] = frozenset({0})) -> Completed:
        """Wait for its end, at most `timeout` seconds from now; see `run`."""
        process, until = self._process, time.monotonic() + timeout
        try:
            stdout, stderr = exchange(process, stdin, seconds=timeout, limit=LIMIT)
            _wait(process, until, stderr)
        except TooMuch as much:
            why = f"{self._name} wrote more than {LIMIT >> 20} MiB and was ended{_told(much.stderr)}"
            raise ProgramFailed(why, _FAILED_HINT, stderr=much.stderr) from None
        except TooLate as late:
            raise ProgramTimedOut(
                f"{self._name} did not finish within {timeout:g} s{_told(late.stderr)}",
                "look for what it waits for; the machine may also be overloaded: then run again",
            ) from None
        if process.lost:
            why = f"{self._name} ended, and nobody knows how: this process ignores SIGCHLD or waits for every child"
            raise ProgramFailed(why, "start mlgitops in another way", stderr=stderr)
        completed = Completed(stdout, stderr, process.returncode)
        if completed.code not in allowed:
            message = f"{self._name} {_ended(completed.code)}{_told(stderr)}"
            raise ProgramFailed(message, _FAILED_HINT, code=completed.code, stderr=stderr)
        return completed


class Running:
    """A program that `start` has started and will end."""

    def __init__(self, process: _Leader, log: IO[bytes]) -> None:
        self._process = process
        self._log = log

    @property
    def pid(self) -> int:
        """Its process id, which is its process group too."""
        return self._process.pid

    @property
    def code(self) -> int | None:
        """Its exit code, or None while it runs."""
        return self._process.poll()

    def output(self) -> bytes:
        """The last of what it wrote to stdout and stderr so far: at most 64 KiB."""
        size = os.fstat(self._log.fileno()).st_size
        start = max(0, size - 65536)
        return os.pread(self._log.fileno(), size - start, start)


@contextmanager
def start(argv: Sequence[str], *, cwd: str | Path, env: Mapping[str, str], patience: float = 5.0) -> Iterator[Running]:
    """A server that runs for as long as the `with` block: then it is asked to stop, and killed after `patience` s.

    Its output goes to a file without a name, so that it never blocks on a pipe nobody reads. Raises ProgramMissing
    when it cannot be started.
    """
    import tempfile  # here, since it costs as much as all the rest and most runs start no server

    with tempfile.TemporaryFile() as log:
        quiet = subprocess.DEVNULL
        with _opened(argv, cwd, env, stdin=quiet, stdout=log.fileno(), stderr=log.fileno()) as process:
            yield Running(process, log)
            if patience and process.poll() is None:
                process.signal_group(signal.SIGTERM)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(patience)


def printable(text: str, limit: int = 80) -> str:
    """Text of a stranger, fit for a terminal: control, bidi and zero-width characters escaped, cut to `limit`."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


@contextmanager
def _opened(
    argv: Sequence[str],
    cwd: str | Path,
    env: Mapping[str, str],
    *,
    stdin: int,
    stdout: int,
    stderr: int,
) -> Iterator[_Leader]:
    """A started program; its whole process group is gone when the block ends, or we do, however it ends."""
    if not os.path.isabs(argv[0]):
        raise ValueError(f"a program is started by its absolute path, got {argv[0]!r}")
    process: _Leader | None = None
    try:
        try:
            with held():
                process = _Leader(list(argv), cwd=cwd, env=dict(env), stdin=stdin, stdout=stdout, stderr=stderr)
        except ValueError as error:
            raise ProgramFailed(f"{_called(argv)} cannot be given these arguments: {error}") from None
        except OSError as error:
            raise _not_started(argv, cwd, error) from None
        yield process
    finally:
        if process is not None:
            _end(process)


def _end(process: _Leader) -> None:
    """Ends a program and what it started, and closes the pipes to it."""
    if not process.group_ended:
        process.end_group()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    process.wait()


def _wait(process: _Leader, until: float, stderr: bytes) -> None:
    """Waits for the end of a program that has closed its outputs."""
    try:
        process.wait(max(0.0, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise TooLate(stderr) from None


def _executable(path: str) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)


def _missing_hint(name: str) -> str:
    return HINTS.get(name, f"install {name} and put it on the PATH")


def _not_started(argv: Sequence[str], cwd: str | Path, error: OSError) -> MlgitopsError:
    name = _called(argv)
    if not os.path.isdir(cwd):
        return ProgramFailed(f"{name} cannot start: its directory {printable(str(cwd), 200)} does not exist")
    why = f"{name} cannot be started: {os.strerror(error.errno) if error.errno else error}"
    if error.errno in (errno.ENOENT, errno.EACCES, errno.ENOEXEC):
        return ProgramMissing(why, _missing_hint(name))
    return ProgramFailed(why)


def _called(argv: Sequence[str]) -> str:
    return printable(os.path.basename(argv[0]))


def _ended(code: int) -> str:
    if code >= 0:
        return f"failed with exit code {code}"
    with suppress(ValueError):
        return f"was killed by {signal.Signals(-code).name}"
    return f"was killed by signal {-code}"


def _told(stderr: bytes) -> str:
    """What the program said, for the end of a message: its last lines, indented, within STDERR_LIMIT."""
    lines = stderr[-4 * STDERR_LIMIT :].decode("utf-8", "replace").split("\n")
    said = "\n".join(f"  {printable(line.rstrip(), 400)}" for line in lines if line.strip())
    if len(said) > STDERR_LIMIT:
        said = "  …" + said[-STDERR_LIMIT:].partition("\n")[2].removeprefix(" ")
    return f"\n{said}" if said else ": it said nothing"
