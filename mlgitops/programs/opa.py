"""The `opa` engine: the opa program as a server of our own, on a socket in a folder that only this user can enter.

    with OpaEngine(rules, require("opa")) as engine:
        batch = engine.evaluate("model", documents)

OPA reads and compiles the rules once a run, while models are still being rendered; a batch then costs what its
documents cost. The rules are its bundle, which its interface cannot replace.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from types import TracebackType
from typing import Any

from mlgitops.errors import MlgitopsError
from mlgitops.policy.engine import Batch, Document, EvaluationFailed, Scope, Sources, as_json, batch_of
from mlgitops.policy.refused import refuse
from mlgitops.programs.chunks import in_chunks
from mlgitops.programs.opa_checks import compile_errors
from mlgitops.programs.opa_log import errors_of
from mlgitops.programs.process import Running, environment, printable, run, start

Json = Any
MEMORY = {"GOGC": "400"}
"""The collector runs less often, which is worth a tenth of the work."""
TIMEOUT = 120.0
"""Seconds for one chunk; its decisions take less than one."""
PATIENCE = 30.0
"""Seconds for OPA to answer after its start; it takes 0.1."""
LOOK = 0.002
"""Seconds between two looks whether it answers yet."""
CHUNK = 2
"""Documents at once: OPA's memory is many times a request. Of small ones more, as long as they come to no more than"""
SMALL_CHUNK = 64 * 1024
"""bytes together,"""
MOST = 64
"""and so many: a request costs as much as a document of a few KiB."""
LONGEST_ADDRESS = 100
"""Bytes of a socket's path; Linux takes 107, macOS 103."""
SOCKET = "opa.sock"
EVALUATION_ERRORS = frozenset({"eval_builtin_error", "eval_conflict_error", "eval_type_error"})


class OpaEngine:
    """Asks a server of our own; `jobs` requests at once."""

    name = "opa"

    def __init__(self, sources: Sources, executable: str, *, jobs: int = 0) -> None:
        self._sources = sources
        self._executable = executable
        self._jobs = jobs or os.cpu_count() or 1
        self._version = ""
        self._stack = ExitStack()
        self._server: Running | None = None
        self._address = ""
        self._started = 0.0
        self._answers = False
        self._lock = Lock()

    @property
    def version(self) -> str:
        """OPA's version."""
        if not self._version:
            folder = os.path.dirname(self._executable)
            done = run([self._executable, "version"], cwd=folder, env=environment(), timeout=10)
            lines = dict(line.partition(": ")[::2] for line in done.stdout.decode("utf-8", "replace").splitlines())
            self._version = printable(lines.get("Version", "unknown"))
        return self._version

    def __enter__(self) -> OpaEngine:
        with ExitStack() as stack:
            directory = stack.enter_context(_directory())
            write_bundle(Path(directory), self._sources)
            argv = [self._executable, "run", "--server", "--addr", f"unix://{SOCKET}", "--bundle", "."]
            argv += ["--skip-version-check", "--log-level", "error"]
            server = start(argv, cwd=directory, env=environment(MEMORY), patience=0)
            self._server, self._address = stack.enter_context(server), f"{directory}/{SOCKET}"
            self._started, self._answers = time.monotonic(), False
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server = None
        self._stack.close()

    def ready(self) -> None:
        """See `policy.engine.Engine`."""
        with self._lock:
            if not self._answers:
                self._wait()
                self._answers = True

    def evaluate(self, scope: Scope, documents: Sequence[Document]) -> Batch:
        """See `policy.engine.Engine`."""
        self.ready()
        largest = max((len(as_json(one)) for one in documents[:CHUNK]), default=SMALL_CHUNK)
        size = max(CHUNK, min(MOST, SMALL_CHUNK // largest))
        return in_chunks(
            lambda chunk: self._asked(scope, chunk), documents, jobs=self._jobs, smallest=size, largest=size
        )

    def _asked(self, scope: Scope, documents: Sequence[Document]) -> Batch:
        question = as_json({"input": {"items": documents}})
        try:
            status, content = self._posted(f"/v1/data/mlgitops/decision/{scope}/batch", question)
        except (OSError, HTTPException) as error:
            raise self._ended(f"gave no answer: {printable(str(error)) or type(error).__name__}") from None
        if status != 200:
            raise refusal("opa", status, content, "report this, with the rules")
        value = _result(content)
        batch = batch_of(value)
        if batch is None:
            raise MlgitopsError("opa gave no decision: the result is undefined", "report this, with the rules")
        self._version = printable(str(value.get("version")))
        return batch

    def _posted(self, path: str, question: bytes) -> tuple[int, bytes]:
        connection = _Connection(self._address)
        try:
            connection.request("POST", f"{path}?strict-builtin-errors=true", question)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def _wait(self) -> None:
        """Until OPA takes a connection. Raises MlgitopsError when it has ended, or `patience` is over."""
        if self._server is None:
            raise ValueError("an engine is used in its `with` block")
        while self._server.code is None:
            with suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(TIMEOUT)
                probe.connect(self._address)
                return
            if time.monotonic() > self._started + PATIENCE:
                raise self._ended(f"did not answer within {PATIENCE:g} s")
            time.sleep(LOOK)
        raise self._ended("did not start")

    def _ended(self, what: str) -> MlgitopsError:
        said = printable(errors_of(self._server.output()), 1000) if self._server else ""
        if "rego_" in said:
            refuse(compile_errors(self._sources.modules, self._executable))
        hint = "mend the rule at that line" if "rego_" in said else "run `opa version`, or use `--engine embedded`"
        return MlgitopsError(f"opa {what}: {said or 'it said nothing'}", hint)


class _Connection(HTTPConnection):
    """HTTP over a socket of the file system."""

    def __init__(self, address: str) -> None:
        super().__init__("localhost", timeout=TIMEOUT)
        self._address = address

    def connect(self) -> None:
        """Connects to the socket."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._address)


def write_bundle(directory: Path, sources: Sources) -> None:
    """Write modules and data as OPA reads them."""
    for path, text in {**sources.modules, **sources.batches}.items():
        file = directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    (directory / "data.json").write_text(json.dumps(sources.data), encoding="utf-8")


def refusal(who: str, status: int, content: bytes, hint: str) -> MlgitopsError:
    """What an answer says that is none: EvaluationFailed where the rules failed on a document."""
    try:
        answer = json.loads(content)
        errors = answer.get("errors") or [answer]
        text = "; ".join(error_text(error) for error in errors[:3])
        failed = all(error.get("code") in EVALUATION_ERRORS for error in errors)
    except (ValueError, AttributeError, TypeError):
        text, failed = printable(content.decode("utf-8", "replace"), 300), False
    if failed:
        return EvaluationFailed(text, "mend the rule at that line")
    return MlgitopsError(f"{who} refused with status {status}: {text}", hint)


def error_text(error: Mapping[str, Json]) -> str:
    """What OPA says of an error, with the file and line where it has them."""
    place = error.get("location") or {}
    where = f"{place['file']}:{place.get('row', 1)}: " if place.get("file") else ""
    return printable(f"{where}{error.get('message', '')}", 500)


def _result(content: bytes) -> Json:
    """The value that was asked for; None where it is undefined."""
    try:
        answer = json.loads(content)
    except ValueError:
        said = printable(content.decode("utf-8", "replace").strip(), 300)
        raise MlgitopsError(f"opa gave no answer that can be read: {said or 'nothing'}", "run `opa version`") from None
    return answer.get("result") if isinstance(answer, dict) else None


def _directory() -> TemporaryDirectory[str]:
    """A folder of our own, with a path that a socket's address can hold."""
    folder = TemporaryDirectory(prefix="mlgitops-opa-")
    if len(os.fsencode(f"{folder.name}/{SOCKET}")) <= LONGEST_ADDRESS:
        return folder
    folder.cleanup()
    return TemporaryDirectory(prefix="mlgitops-opa-", dir="/tmp")
