"""How predictions are asked for: the platform's own predictors in this process, a custom one in a process of its own.

A custom predictor is contributors' code. Its process gets the features of the rows and nothing else: no labels, none of
our environment variables, a home of its own, and a time limit. What it answers is data.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlgitops
from mlgitops.contract.parts import Predictor
from mlgitops.errors import MlgitopsError
from mlgitops.problem import RunProblem
from mlgitops.programs import process
from mlgitops.runtime.configuration import code_folder

if TYPE_CHECKING:
    import pyarrow

    from mlgitops.runtime.predict import Model

Answer = Mapping[str, object]
Ask = Callable[["pyarrow.Table"], Sequence[Answer]]
"""Answers to the rows of a table of features, in their order. Raises RunProblem."""

CHILD = "mlgitops.runtime.evaluate.child"
CHILD_SECONDS = 1200
BATCH = 10_000
INHERITED = ("CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH", "NVIDIA_VISIBLE_DEVICES", "OMP_NUM_THREADS")
"""Variables of ours that a custom predictor's process gets besides `programs.process.INHERITED`."""


def asked(artifact: Path, predictor: Predictor, *, seconds: float = CHILD_SECONDS) -> Ask:
    """How to ask the predictor of an artifact. Raises RunProblem where a built-in one cannot be loaded."""
    if predictor.entrypoint is not None:
        return lambda features: ask_child(artifact, predictor, features, seconds)
    from mlgitops.runtime.predict import load_model

    model = load_model(artifact, predictor)
    return lambda features: answers_of(model, features)


def answers_of(model: Model, features: pyarrow.Table) -> list[Answer]:
    """The answers of a loaded model. Raises RunProblem `evaluation/inputs` for a feature that the table has not."""
    from mlgitops.runtime.predict.table import answers_of_table

    answers: list[Answer] = []
    for start in range(0, features.num_rows, BATCH):
        answers += answers_of_table(model, features.slice(start, BATCH))
    return answers


def ask_child(artifact: Path, predictor: Predictor, features: pyarrow.Table, seconds: float) -> Sequence[Answer]:
    """The answers of a custom predictor, by `child`. Raises RunProblem, also for one that crashes or takes too long."""
    header = {
        "artifact": str(artifact),
        "predictor": predictor.model_dump(mode="json", exclude_defaults=True),
        "code": str(code_folder()),
    }
    with tempfile.TemporaryDirectory(prefix="mlgitops-predictor-") as home:
        extra = {"HOME": home, "TMPDIR": home, "PYTHONPATH": str(Path(mlgitops.__file__).parents[1])}
        try:
            done = process.run(
                [sys.executable, "-m", CHILD],
                cwd=home,
                env=process.environment(extra, inherit=INHERITED),
                timeout=seconds,
                stdin=json.dumps(header).encode() + b"\n" + to_bytes(features),
            )
        except process.ProgramTimedOut:
            raise _problem("timeout", f"must answer {features.num_rows} rows within {seconds:g} s, got none") from None
        except process.ProgramFailed as failed:
            got = f"its process ended with code {failed.code}" if failed.code else "more than can be read"
            raise _problem("crashed", f"must answer {features.num_rows} rows, got none: {got}") from None
        except MlgitopsError as error:
            raise _problem("crashed", f"must be started, got: {error}") from None
    return read_answers(done.stdout)


def read_answers(output: bytes) -> Sequence[Answer]:
    """What a child wrote. Raises the RunProblem that it tells of, or `predictor/answer`."""
    try:
        told = json.loads(output, parse_constant=float)
        answers, problem = told.get("answers"), told.get("problem")
    except (ValueError, AttributeError, RecursionError):
        answers = problem = None
    if isinstance(problem, list) and len(problem) == 3 and all(isinstance(part, str) for part in problem):
        code, message, hint = (part[:2000] for part in problem)
        raise RunProblem(code if code.startswith(("predictor/", "artifact/")) else "predictor/failed", message, hint)
    if not isinstance(answers, list) or not all(isinstance(answer, dict) for answer in answers):
        raise _problem("answer", "must give a list of answers, got something else")
    return answers


def to_bytes(table: pyarrow.Table) -> bytes:
    """A table as an Arrow stream."""
    import pyarrow

    sink = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    result: bytes = sink.getvalue().to_pybytes()
    return result


def hide_from_children() -> None:
    """Keep processes of the same user from reading this one's memory and environment, where the system can."""
    if sys.platform != "linux":
        return
    import ctypes

    set_dumpable = 4
    library: Any = ctypes.CDLL(None, use_errno=True)
    if library.prctl(set_dumpable, 0, 0, 0, 0) != 0:
        message = f"this process must be able to hide its memory, got: {os.strerror(ctypes.get_errno())}"
        raise RunProblem("evaluation/unsafe", message, "run it where prctl is allowed")


def _problem(what: str, message: str) -> RunProblem:
    hint = "mend the code beside the spec; try it with `mlgitops score`"
    return RunProblem(f"predictor/{what}", f"the custom predictor {message}", hint)
