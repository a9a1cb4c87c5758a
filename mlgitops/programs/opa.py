"""The `opa` engine: the opa program, once for each batch of documents; and its checks of the rules themselves.

    with OpaEngine(rules, require("opa")) as engine:
        batch = engine.evaluate("model", documents)

The rules are written to a directory of our own, as a bundle: OPA starts in 15 ms, and a batch costs a quarter of a
millisecond a document. The collector is told to run less often, which is worth a tenth.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

from mlgitops.errors import MlgitopsError
from mlgitops.policy.engine import Batch, Document, EvaluationFailed, Scope, Sources, as_json, batch_of, entrypoint
from mlgitops.policy.refused import refuse
from mlgitops.programs.chunks import in_chunks
from mlgitops.programs.opa_checks import compile_errors
from mlgitops.programs.process import Completed, environment, printable, run

Json = Any
MEMORY = {"GOGC": "400"}
TIMEOUT = 120.0
"""Seconds for one chunk; a thousand decisions take less than one."""
WORTH_A_PROCESS = 150
LARGEST_CHUNK = 1000
EVALUATION_ERRORS = frozenset({"eval_builtin_error", "eval_conflict_error", "eval_type_error"})


class OpaEngine:
    """Asks the rules through `opa eval`; `jobs` processes at once where there is enough to do."""

    name = "opa"

    def __init__(self, sources: Sources, executable: str, *, jobs: int = 0) -> None:
        self._sources = sources
        self._executable = executable
        self._jobs = jobs or os.cpu_count() or 1
        self._version = ""
        self._directory: TemporaryDirectory[str] | None = None

    @property
    def version(self) -> str:
        """OPA's version."""
        if not self._version:
            done = run(
                [self._executable, "version"], cwd=os.path.dirname(self._executable), env=environment(), timeout=10
            )
            lines = dict(line.partition(": ")[::2] for line in done.stdout.decode("utf-8", "replace").splitlines())
            self._version = printable(lines.get("Version", "unknown"))
        return self._version

    def __enter__(self) -> OpaEngine:
        self._directory = TemporaryDirectory(prefix="mlgitops-opa-")
        write_bundle(Path(self._directory.name), self._sources)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._directory is not None:
            self._directory.cleanup()
            self._directory = None

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
        if self._directory is None:
            raise ValueError("an engine is used in its `with` block")
        argv = [self._executable, "eval", "--format", "json", "--stdin-input", "--strict-builtin-errors"]
        argv += ["--bundle", ".", entrypoint(scope, "batch")]
        done = run(
            argv,
            cwd=self._directory.name,
            env=environment(MEMORY),
            timeout=TIMEOUT,
            stdin=as_json({"items": documents}),
            allowed=frozenset({0, 1, 2}),
        )
        try:
            value = _value(done)
        except EvaluationFailed:
            raise
        except MlgitopsError:
            refuse(compile_errors(self._sources.modules, self._executable))
            raise
        batch = batch_of(value)
        if batch is None:
            raise MlgitopsError("opa gave no decision: the result is undefined", "report this, with the rules")
        self._version = printable(str(value.get("version")))
        return batch


def write_bundle(directory: Path, sources: Sources) -> None:
    """Write modules and data as OPA reads them."""
    for path, text in {**sources.modules, **sources.batches}.items():
        file = directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    (directory / "data.json").write_text(json.dumps(sources.data), encoding="utf-8")


def _value(done: Completed) -> Json:
    """The value of the expression that was asked for; None where it is undefined. Raises an error of either kind."""
    try:
        answer = json.loads(done.stdout)
        errors = answer.get("errors") or []
    except (ValueError, AttributeError):
        said = printable((done.stdout + done.stderr).decode("utf-8", "replace").strip(), 1000)
        raise MlgitopsError(f"opa gave no answer that can be read: {said or 'nothing'}", "run `opa version`") from None
    if errors:
        text = "; ".join(error_text(error) for error in errors[:3])
        if all(error.get("code") in EVALUATION_ERRORS for error in errors):
            raise EvaluationFailed(text, "mend the rule at that line")
        raise MlgitopsError(f"opa cannot use the rules: {text}", "mend the rule at that line")
    try:
        return answer["result"][0]["expressions"][0]["value"]
    except (KeyError, IndexError, TypeError):
        return None


def error_text(error: Mapping[str, Json]) -> str:
    """What OPA says of an error, with the file and line where it has them."""
    place = error.get("location") or {}
    where = f"{place['file']}:{place.get('row', 1)}: " if place.get("file") else ""
    return printable(f"{where}{error.get('message', '')}", 500)
