"""The evaluate Job: waits for the run, evaluates what it left, and leaves the evaluation; done once that is there."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from mlgitops.contract import places
from mlgitops.contract.evaluate import EvaluateConfig
from mlgitops.contract.evaluation import EVALUATION_FILE, Evaluation
from mlgitops.contract.outcome import ARTIFACT_FOLDER, run_folder
from mlgitops.contract.reading import read_config
from mlgitops.registry.stores import Store
from mlgitops.runtime.clock import timestamp
from mlgitops.runtime.configuration import config_file, most_seconds, run_identity
from mlgitops.runtime.evaluate.awaited import ended_run
from mlgitops.runtime.evaluate.evaluation import Result, evaluate
from mlgitops.runtime.printable import printable


def main(sleep: Callable[[float], None] = time.sleep) -> None:
    """Evaluate the run of $MLGITOPS_RUN. A rejected run and one that failed are results, not errors.

    Raises RunProblem: `contract/…`, `data/…`, `store/…`, `folder/…`, and those of `awaited.ended_run`.
    """
    config = config_file(EvaluateConfig, places.EVALUATE_CONFIG)
    run = run_identity()
    folder = run_folder(config.model, run)
    evaluations, staging = Store(config.stores.evaluations), Store(config.stores.staging)
    there = evaluations.read(f"{folder}/{EVALUATION_FILE}")
    if there is not None:
        _tell(read_config(Evaluation, there, EVALUATION_FILE), "was evaluated before")
        return
    record = ended_run(staging, config.model, run, sleep, most_seconds())
    if record.state == "failed":
        why = f": {record.problem.message}" if record.problem is not None else ""
        sys.stdout.write(f"{config.model} {run}: the run failed, so there is nothing to evaluate{printable(why)}\n")
        return
    with tempfile.TemporaryDirectory(prefix="mlgitops-evaluate-") as name:
        work = Path(name)
        started = timestamp()
        staging.download(f"{folder}/{ARTIFACT_FOLDER}", work / ARTIFACT_FOLDER)
        result = evaluate(config, record, work / ARTIFACT_FOLDER, work, started)
    written = _write(evaluations, folder, result)
    _tell(written, "is evaluated")


def _write(evaluations: Store, folder: str, result: Result) -> Evaluation:
    """Write what lies beside, then the evaluation, at which all is there; of two Jobs, the first one's stands."""
    for name, content in result.files.items():
        evaluations.write(f"{folder}/{name}", content)
    evaluation = result.evaluation.model_copy(update={"finishedAt": timestamp()})
    text = evaluation.model_dump_json(indent=1, exclude_defaults=True) + "\n"
    name = f"{folder}/{EVALUATION_FILE}"
    if evaluations.write_new(name, text.encode()):
        return evaluation
    return read_config(Evaluation, evaluations.read(name) or b"", EVALUATION_FILE)


def _tell(evaluation: Evaluation, what: str) -> None:
    """Say on stdout what came of it: a log is where people look first."""
    lines = [f"{evaluation.model} {evaluation.run} {what}: {evaluation.verdict}, on {evaluation.rows} rows"]
    for score in evaluation.scores:
        part = f" of {score.slice}" if score.slice is not None else ""
        lines.append(f"  {score.metric}{part}: {score.value:.6g}")
    lines += (f"  {failure.code}: {failure.message}" for failure in evaluation.failures)
    sys.stdout.write("\n".join(map(printable, lines)) + "\n")
