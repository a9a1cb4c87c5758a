"""The `embedded` engine: rego-cpp through `regopy`, in processes of its own, with nothing to install.

A crash of the interpreter ends a child and is an error with a hint, never the end of the run. Slower than OPA (about a
millisecond a decision), so many documents are shared out among processes.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from mlgitops.errors import MlgitopsError
from mlgitops.policy.embedded_errors import failure_findings, findings_of
from mlgitops.policy.embedded_text import MODULE, PATH, rewritten
from mlgitops.policy.engine import Batch, Document, EvaluationFailed, Scope, Sources, as_json, batch_of, entrypoint
from mlgitops.policy.refused import refuse
from mlgitops.programs.chunks import in_chunks
from mlgitops.programs.process import ProgramFailed, environment, printable, run

Json = Any
WORKER = Path(__file__).with_name("embedded_worker.py")
WORTH_A_PROCESS = 150
"""Documents: fewer are decided sooner than another Python starts."""
LARGEST_CHUNK = 1000
TIMEOUT = 120.0
"""Seconds for one chunk; a thousand decisions take about two."""
_LOGGED = re.compile(r"^([^\n]+)\n-- ([^\n]*)$", re.MULTILINE)
_ERROR = re.compile(r"\(error\s+\(errormsg \d+:([^\n]*)\)\n.*", re.DOTALL)
HINT = "install opa, and use `--engine opa`"
MEND = "`--engine opa` says more"


class EmbeddedEngine:
    """Asks the rules in child processes; `jobs` at once where there is enough to do."""

    name = "embedded"

    def __init__(self, sources: Sources, *, jobs: int = 0) -> None:
        self._sources = sources
        self._people = {path: text for path, text in sources.modules.items() if path.startswith("policies/")}
        self._modules = {path: rewritten(text) for path, text in sources.modules.items()} | {PATH: MODULE}
        self._jobs = jobs or os.cpu_count() or 1
        self._version = ""

    @property
    def version(self) -> str:
        """rego-cpp's version."""
        if not self._version:
            from importlib.metadata import PackageNotFoundError, version

            try:
                self._version = version("regopy")
            except PackageNotFoundError:
                raise MlgitopsError(
                    "the embedded engine is not installed", "install regopy, or use `--engine opa`"
                ) from None
        return self._version

    def __enter__(self) -> EmbeddedEngine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        pass

    def ready(self) -> None:
        """See `policy.engine.Engine`: each question finds out by itself."""

    def evaluate(self, scope: Scope, documents: Sequence[Document]) -> Batch:
        """See `policy.engine.Engine`."""
        return in_chunks(
            lambda chunk: self._asked(scope, chunk),
            documents,
            jobs=self._jobs,
            smallest=WORTH_A_PROCESS,
            largest=LARGEST_CHUNK,
        )

    def _asked(self, scope: Scope, documents: Sequence[Document]) -> Batch:
        question = {
            "modules": self._modules,
            "data": self._sources.data,
            "decision": entrypoint(scope, "decision"),
            "header": entrypoint(scope, "header"),
            "sets": self._sources.sets[scope],
            "documents": documents,
        }
        answer, log = _run(as_json(question))
        if "failed" in answer:
            refuse(failure_findings(answer["failed"], self._people))
            raise EvaluationFailed(printable(_ERROR.sub(r"\1", answer["failed"]), 1000), "`--engine opa` says the line")
        if "broken" in answer:
            refuse(findings_of(log, answer["broken"], self._people))
            why = "; ".join(said for said, _ in _LOGGED.findall(log)[:3]) or answer["broken"]
            raise MlgitopsError(f"the embedded engine cannot use the rules: {printable(why, 1000)}", MEND)
        batch = batch_of({**(answer.get("header") or {}), "decisions": answer.get("decisions")})
        if batch is None:
            raise MlgitopsError("the embedded engine gave no decision: the result is undefined", HINT)
        self._version = printable(str(answer.get("version")))
        return batch


def _run(question: bytes) -> tuple[dict[str, Json], str]:
    """The answer of a child to a question, and what the library logged."""
    argv = [sys.executable, "-I", str(WORKER)]
    try:
        done = run(argv, cwd=WORKER.parent, env=environment(), timeout=TIMEOUT, stdin=question)
    except ProgramFailed as failure:
        if failure.code < 0:
            raise EvaluationFailed(f"the embedded engine crashed (signal {-failure.code})", HINT) from None
        if b"No module named 'regopy'" in failure.stderr:
            raise MlgitopsError(
                "the embedded engine is not installed", "install regopy, or use `--engine opa`"
            ) from None
        raise
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        raise EvaluationFailed("the embedded engine's answer cannot be read", HINT) from None
    return (answer if isinstance(answer, dict) else {}), done.stderr.decode("utf-8", "replace")
