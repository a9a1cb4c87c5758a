"""Programs that are broken, old, killed, slow or lie: exit code 3 with what to do, and not one byte written.

What a program says is never taken for "nothing found", and what it does wrong is never blamed on people's files.
"""

from __future__ import annotations

import http.server
import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from mlgitops.programs import embedded, git, kustomize, opa, opa_checks, opa_server
from tests.safety.miniature import Answer, call, commit
from tests.safety.programs import Programs, failed, real
from tests.safety.test_malformed import rendered

BROKEN: dict[str, str] = {
    "fails": "exit 1",
    "fails with words": "echo 'cannot allocate memory' >&2; exit 2",
    "knows no such option": "echo 'unknown flag: --bundle' >&2; exit 1",
    "says nothing": "exit 0",
    "says something else": "echo 'hello, world'",
    "says half": "printf '{\"result\": [{'",
    "says an empty answer": "echo '{}'",
    "says a list": "echo '[]'",
    "says null": "echo null",
    "says bytes": r"printf '\377\376\000'",
    "says all is well": """echo '{"result": [{"expressions": [{"value": {"digest": "x", "defined": [], "decisions": []}}]}]}'""",
    "says an object": r"printf 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: other\n'",
    "says a commit": "echo 0123456789012345678901234567890123456789",
    "is an old one": r"printf 'Version: 0.40.0\nv4.5.7\n'",
    "is killed": "kill -9 $$",
    "crashes": "kill -11 $$",
    "says 100 MB": "/usr/bin/head -c 100000000 /dev/zero",
    "complains for 100 MB": "/usr/bin/head -c 100000000 /dev/zero >&2; exit 1",
    "says much of both": "/usr/bin/head -c 3000000 /dev/zero; /usr/bin/head -c 3000000 /dev/zero >&2; exit 1",
    "speaks to the terminal": r"printf '\033[2J\033]0;x\007' >&2; exit 3",
    "does nothing, for long": "exec /bin/sleep 600",
    "closes its output": "exec >&- 2>&-; exec /bin/sleep 600",
    "leaves a child behind": "/bin/sleep 600 & exit 1",
}  # fmt: skip
"""Name → what a program does instead of its work, in the words of a shell."""

NOT_STARTED: dict[str, Callable[[Path], object]] = {
    "is no program": lambda path: path.write_bytes(b"\0\1\2"),
    "needs what is not there": lambda path: path.write_text("#!/nowhere/sh\n"),
    "is a text without a first line": lambda path: path.write_text("kustomize\n"),
    "is empty": lambda path: path.write_text(""),
    "may not be run": lambda path: path.chmod(0o644),
    "is a folder": lambda path: (path.unlink(), path.mkdir()),
    "is a link to nowhere": lambda path: (path.unlink(), path.symlink_to("nowhere")),
    "is not there": lambda path: path.unlink(),
}
"""Name → what is wrong with a program before it starts."""

ASKED: dict[str, tuple[str, ...]] = {
    "opa": ("render", "--engine", "opa"),
    "kustomize": ("render",),
    "git": ("plan", "--base", "main"),
}
"""Who is asked → the command that asks."""

ASKED_TOO: dict[str, tuple[str, ...]] = {
    "opa, our server": ("policy", "check", "--engine", "server"),
    "opa, testing rules": ("policy", "test", "--engine", "opa"),
    "kustomize, for policy": ("policy", "check"),
}
"""Others that ask, tried with some of `BROKEN`."""

SOME = (
    "fails", "fails with words", "says nothing", "says something else", "says all is well", "is killed",
    "does nothing, for long",
)  # fmt: skip


@pytest.fixture
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs may take half a second."""
    for module in (git, kustomize, opa, opa_checks, opa_server):
        monkeypatch.setattr(module, "TIMEOUT", 0.5)
    for patient in (opa, opa_server):
        monkeypatch.setattr(patient, "PATIENCE", 0.5, raising=False)


@pytest.fixture(scope="module")
def _with_git(original: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small repository with a commit, made while git is there."""
    root = tmp_path_factory.mktemp("committed") / "repository"
    shutil.copytree(original, root, symlinks=True)
    commit(root)
    return root


@pytest.fixture
def committed(_with_git: Path, tmp_path: Path) -> Path:
    shutil.copytree(_with_git, tmp_path / "repository", symlinks=True)
    return tmp_path / "repository"


def _others(programs: Programs, name: str) -> None:
    programs.link(*{"opa", "kustomize", "git"} - {name})


def refused(answer: Answer, root: Path) -> None:
    """Asserts exit code 3 with a hint, in characters that a terminal can take, and nothing written."""
    failed(answer, 3)
    assert "this is a bug" not in answer.err, answer
    assert answer.err.replace("\n", "").isprintable()
    assert rendered(root) == {}


@pytest.mark.usefixtures("_hurry")
@pytest.mark.parametrize(("who", "how"), [*product(ASKED, BROKEN), *product(ASKED_TOO, SOME)])
def test_a_broken_program(who: str, how: str, programs: Programs, committed: Path) -> None:
    name = who.partition(",")[0]
    _others(programs, name)
    programs.script(name, BROKEN[how])
    started = time.monotonic()
    answer = call(committed, *(ASKED | ASKED_TOO)[who])
    refused(answer, committed)
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("how", NOT_STARTED)
@pytest.mark.parametrize("who", ASKED)
def test_a_program_that_cannot_be_started(who: str, how: str, programs: Programs, committed: Path) -> None:
    name = who.partition(",")[0]
    _others(programs, name)
    programs.script(name, "exit 0")
    NOT_STARTED[how](programs.folder / name)
    refused(call(committed, *(ASKED | ASKED_TOO)[who]), committed)


COUNTED = """\
set -C; n=1
until echo > {calls}/$n; do n=$((n + 1)); done 2>/dev/null
set +C
[ $n -ne {nth} ] || {{ {how}
exit; }}
exec {real} "$@\""""
"""Calls are counted by files that nobody else has made: two may come at once."""


def _no_calls(programs: Programs) -> Path:
    """An empty folder for a file a call."""
    calls = programs.folder / "calls"
    shutil.rmtree(calls, ignore_errors=True)
    calls.mkdir()
    return calls


@pytest.mark.parametrize("how", ["fails", "says something else", "is killed"])
@pytest.mark.parametrize("name", ["opa", "kustomize"])
def test_a_program_that_breaks_later(name: str, how: str, programs: Programs, fresh: Callable[[], Path]) -> None:
    """Its first answers are right; at whichever call it breaks, the command fails or did not need that call."""
    _others(programs, name)
    words = ("render",) if name == "kustomize" else ("policy", "test")
    for nth in range(1, 9):
        root, calls = fresh(), _no_calls(programs)
        programs.script(name, COUNTED.format(calls=calls, nth=nth, how=BROKEN[how], real=real(name)))
        answer = call(root, *words)
        if len(list(calls.iterdir())) < nth:
            assert answer.code == 0, answer
            break
        if answer.code == 0:  # opa said something beside its answer, which is its exit code
            assert (name, how) == ("opa", "says something else"), (nth, answer)
            continue
        refused(answer, root)
    else:
        pytest.fail("it was called more often than was tried")
    assert nth > 2


PLAUSIBLE = {
    2: ("says nothing",),  # a commit without any file of ours, which there may be,
    3: ("says nothing",),  # or without anything rendered,
    5: ("says nothing",),  # or nothing for this model
    **dict.fromkeys(range(6, 10), ("fails", "says a commit")),  # whether a merge, a rebase… is under way
    10: ("fails", "says a commit"),  # the commit that both histories have in common
}
"""What is no failure as the answer to the plan's nth question."""


@pytest.mark.usefixtures("_hurry")
@pytest.mark.parametrize(
    "how", ["fails", "says nothing", "says something else", "says a commit", "is killed", "says bytes"]
)
def test_a_git_that_breaks_later(how: str, programs: Programs, committed: Path) -> None:
    _others(programs, "git")
    (committed / "specs/digits/model.yaml").write_text((committed / "specs/digits/model.yaml").read_text() + "# more\n")
    for nth in range(1, 16):
        calls = _no_calls(programs)
        programs.script("git", COUNTED.format(calls=calls, nth=nth, how=BROKEN[how], real=real("git")))
        answer = call(committed, "plan", "--base", "main")
        if len(list(calls.iterdir())) < nth:
            assert answer.code in (0, 1), answer
            break
        if (nth, how) == (1, "fails"):  # as it does for a name that it does not know
            failed(answer, 2, "main names no commit")
            continue
        if answer.code in (0, 1):
            assert how in PLAUSIBLE.get(nth, ()), (nth, answer)
            continue
        refused(answer, committed)
    else:
        pytest.fail("it was called more often than was tried")
    assert nth > 2


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM], ids=lambda number: number.name)
@pytest.mark.parametrize("engine", ["opa", "server"])
def test_a_server_that_ends_while_it_is_asked(
    engine: str, number: signal.Signals, programs: Programs, fresh: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed or told to end at its first, second and third question; stopped, so that it says nothing, at its second."""
    programs.link("kustomize", "git")
    module: ModuleType = opa if engine == "opa" else opa_server
    as_json: Callable[[Any], bytes] = module.as_json
    monkeypatch.setattr(module, "TIMEOUT", 2.0)
    for nth in (2,) if number == signal.SIGSTOP else (1, 2, 3):
        root, pid = fresh(), programs.folder / "pid"
        programs.script("opa", f'echo $$ > {pid}; exec {real("opa")} "$@"')
        asked = 0

        def asking(value: Any, nth: int = nth, pid: Path = pid) -> bytes:
            nonlocal asked
            asked += 1
            if asked == nth:
                os.kill(int(pid.read_text()), number)
                _until_ended(int(pid.read_text()))
            return as_json(value)

        monkeypatch.setattr(module, "as_json", asking)
        answer = call(root, "render", "--jobs", "1", "--engine", engine)
        if asked < nth:
            assert answer.code == 0, answer
            continue
        refused(answer, root)
    assert nth > 1


def _until_ended(pid: int) -> None:
    """Until a process has ended or stopped; one that nobody has reaped yet has ended too."""
    for _ in range(400):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return
        if state in "ZTt":
            return
        time.sleep(0.01)


WORKERS = {
    "is killed": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "crashes": "import os; os.abort()",
    "fails": "import sys; sys.exit(1)",
    "raises": "raise RuntimeError('x\\033[2J')",
    "says nothing": "",
    "says something else": "print('hello')",
    "says null": "print('null')",
    "says a list": "print('[]')",
    "says an empty answer": "print('{}')",
    "says all is well": """print('{"header": {"digest": "x", "defined": []}, "version": "1", "decisions": []}')""",
    "says bytes": "import sys; sys.stdout.buffer.write(b'\\xff\\xfe\\0')",
    "says 100 MB": "import sys; sys.stdout.write('x' * 100_000_000)",
    "reads nothing, for long": "import time; time.sleep(600)",
    "finds no library": "import no_such_library",
}


@pytest.mark.parametrize("how", WORKERS)
def test_a_broken_worker(how: str, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = tmp_path / "worker.py"
    worker.write_text(WORKERS[how] + "\n")
    monkeypatch.setattr(embedded, "WORKER", worker)
    monkeypatch.setattr(embedded, "TIMEOUT", 2.0)
    refused(call(repository, "render", "--engine", "embedded"), repository)


Serve = Callable[[http.server.BaseHTTPRequestHandler], None]


def _says(status: int, body: bytes, **headers: str) -> Serve:
    def serve(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body)

    return serve


SERVERS: dict[str, Serve] = {
    "a web site": _says(200, b"<html>Welcome</html>"),
    "nothing": _says(200, b""),
    "null": _says(200, b"null"),
    "a list": _says(200, b"[]"),
    "an empty result": _says(200, b"{}"),
    "all is well": _says(200, b'{"result": {"digest": "x", "defined": [], "decisions": []}}'),
    "bytes": _says(200, b"\xff\xfe\0"),
    "an error": _says(500, b"x" * 100_000),
    "an error for a terminal": _says(500, b'{"message": "\\u001b[2J"}'),
    "unavailable": _says(503, b""),
    "not found": _says(404, b"<html>"),
    "forbidden": _says(403, b""),
    "elsewhere": _says(302, b"", Location="http://127.0.0.1:9/"),
    "elsewhere for ever": _says(302, b"", Location="/"),
    "less than it promised": _says(200, b"{}", **{"Content-Length": "1000"}),
    "no HTTP": lambda request: request.wfile.write(b"SSH-2.0-OpenSSH\r\n") and None,  # type: ignore[func-returns-value]
    "goodbye": lambda request: request.connection.close(),
    "nothing, for long": lambda request: time.sleep(2),
}
"""What something that listens answers → how."""


@contextmanager
def _listening(serve: Serve) -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"] or 0))
            self.close_connection = True
            serve(self)

        do_GET = do_PUT = do_POST  # noqa: N815

        def handle(self) -> None:
            with suppress(OSError):  # whoever asked has gone
                super().handle()

        def finish(self) -> None:
            with suppress(OSError, ValueError):
                super().finish()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        listening.daemon_threads = True
        listening.block_on_close = False
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.server_address[1]}"
        finally:
            listening.shutdown()
            thread.join()


@pytest.mark.parametrize("what", SERVERS)
def test_something_else_listens(what: str, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opa_server, "TIMEOUT", 0.5)
    with _listening(SERVERS[what]) as url:
        refused(call(repository, "render", "--engine", f"server={url}"), repository)


def test_nothing_listens(repository: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening
        port = taken.getsockname()[1]
        for url in (f"http://127.0.0.1:{port}", f"https://127.0.0.1:{port}", f"http://[::1]:{port}"):
            refused(call(repository, "render", "--engine", f"server={url}"), repository)


def test_what_listens_speaks_no_tls(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opa_server, "TIMEOUT", 0.5)
    with _listening(SERVERS["all is well"]) as url:
        refused(call(repository, "render", "--engine", f"server={url.replace('http', 'https')}"), repository)
