"""One artifact against one holdout: what is measured, which limits are kept, and what is left beside the numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mlgitops import contract
from mlgitops.contract.evaluate import EvaluateConfig
from mlgitops.contract.evaluation import CARD_FILE, PROFILE_FILE, Evaluation, Failure, Score
from mlgitops.contract.folder import Entry, folder_digest
from mlgitops.contract.limits import failures as broken_limits
from mlgitops.contract.outcome import RunRecord
from mlgitops.contract.parts import Predictor
from mlgitops.contract.profile import ReferenceProfile
from mlgitops.problem import RunProblem
from mlgitops.registry.folders import local_entries
from mlgitops.runtime.evaluate.asking import asked
from mlgitops.runtime.evaluate.baseline import Baseline, scored_baseline
from mlgitops.runtime.evaluate.card import Measured, card_text
from mlgitops.runtime.evaluate.checked import check_description
from mlgitops.runtime.evaluate.data import Sets, read_sets
from mlgitops.runtime.evaluate.overlap import Overlap, overlap_of
from mlgitops.runtime.evaluate.pictures import confusion_matrix, residuals
from mlgitops.runtime.evaluate.profile import prediction_profile, profile_of
from mlgitops.runtime.evaluate.scoring import (
    Scored,
    all_scores,
    failure_of,
    sampled,
    scored,
    unknown_classes,
)
from mlgitops.runtime.evaluate.truth import CLASSIFICATION, truth_of
from mlgitops.runtime.matrix import matrix_of_table

CONFUSION_FILE, RESIDUALS_FILE = "confusion.svg", "residuals.svg"


class Found(NamedTuple):
    """What was found of an artifact."""

    scores: list[Score]
    failures: list[Failure]
    baseline: Baseline
    profile: ReferenceProfile
    picture: tuple[str, str] | None = None
    """Name and text."""


class Result(NamedTuple):
    """An evaluation and the files beside it."""

    evaluation: Evaluation
    files: dict[str, bytes]
    """`Evaluation.files` lists them, in this order."""


def evaluate(config: EvaluateConfig, record: RunRecord, artifact: Path, work: Path, started: str) -> Result:
    """Evaluate an artifact folder; `work` is an empty private folder, `started` the time that it began at.

    What is wrong with the artifact, or the predictor, is a failure within the result; `finishedAt` is `started` until
    it is written. Raises RunProblem for data that cannot be read and stores that do not answer.
    """
    digest = folder_digest(local_entries(artifact))
    sets = read_sets(config)
    overlap, failures = _overlap(config, sets)
    if record.artifactDigest is not None and record.artifactDigest != digest:
        message = f"the artifact must be as its run left it, {record.artifactDigest}, got {digest}"
        failures.append(Failure(code="evaluation/artifact-digest", message=message))
    found = _found(config, sets, artifact, work)
    failures = [*failures, *found.failures]
    profile = found.profile.model_dump_json(exclude_defaults=True) + "\n"
    evaluation = Evaluation(
        contract=contract.VERSION,
        model=config.model,
        run=record.run,
        environment=config.environment,
        verdict="rejected" if failures else "passed",
        artifactDigest=digest,
        holdout=sets.holdout_identity,
        data=sets.data,
        rows=sets.holdout.num_rows if sets.holdout is not None else 0,
        overlap=overlap.rows,
        scores=found.scores,
        failures=failures,
        baseline=found.baseline.version,
        codeDigest=config.codeDigest,
        predictor=config.predictor,
        startedAt=started,
        finishedAt=started,
    )
    files = dict([found.picture]) if found.picture is not None else {}
    files[PROFILE_FILE] = profile
    files[CARD_FILE] = card_text(
        config,
        evaluation,
        Measured(sets.features, sets.training.num_rows, overlap.allowed, found.baseline.reason, list(files)),
    )
    contents = {name: text.encode() for name, text in files.items()}
    return Result(evaluation.model_copy(update={"files": list(_entries(contents))}), contents)


def _entries(files: dict[str, bytes]) -> Iterator[Entry]:
    for name, content in files.items():
        yield Entry(path=name, size=len(content), sha256=hashlib.sha256(content).hexdigest())


def _overlap(config: EvaluateConfig, sets: Sets) -> tuple[Overlap, list[Failure]]:
    if sets.holdout is None:
        message = f"{config.holdout.name} must have rows to be judged by, got none"
        return Overlap(0, 0), [Failure(code="evaluation/empty-holdout", message=message)]
    sides = [
        (matrix_of_table(table, sets.features), truth_of(table, config.columns, config.task, sets.classes))
        for table in (sets.holdout, sets.training)
    ]
    (holdout, labels), (training, training_labels) = sides
    if labels is None or training_labels is None:
        labels = training_labels = None
    overlap = overlap_of(holdout, labels, training, training_labels)
    if overlap.rows <= overlap.allowed:
        return overlap, []
    message = (
        f"the holdout must have at most {overlap.allowed} rows that the training data has too, as many as data that "
        f"repeats itself like this may, got {overlap.rows} of {len(holdout)}"
    )
    return overlap, [Failure(code="evaluation/overlap", message=message)]


def _found(config: EvaluateConfig, sets: Sets, artifact: Path, work: Path) -> Found:
    """Scores, limits and what is left beside them; an artifact that cannot be scored has none."""
    try:
        if sets.holdout is None:
            return _nothing(config, sets, [])
        check_description(config, sets, artifact)
        ask = asked(artifact, config.predictor or Predictor())
        holdout = scored(ask, sets.holdout, config, sets)
        training = scored(ask, sampled(sets.training), config, sets)
        reference = training
        if sets.reference is not sets.training:
            reference = scored(ask, sampled(sets.reference), config, sets)
    except RunProblem as problem:
        return _nothing(config, sets, [failure_of(problem)])
    strange = unknown_classes(holdout)
    if strange is not None:
        return _nothing(config, sets, [strange])
    baseline = scored_baseline(config, sets, work)
    scores, failures = all_scores(config, holdout, training, baseline.scored)
    limits = broken_limits(scores, config.metrics, config.slices, compared=baseline.scored is not None)
    predicted = prediction_profile(reference.predictions, config.task, sets.classes)
    profile = profile_of(config.model, sets.reference, sets.features, predicted)
    return Found(scores, [*baseline.failures, *failures, *limits], baseline, profile, _picture(config, sets, holdout))


def _nothing(config: EvaluateConfig, sets: Sets, failures: list[Failure]) -> Found:
    profile = profile_of(config.model, sets.reference, sets.features, None)
    return Found([], failures, Baseline(), profile)


def _picture(config: EvaluateConfig, sets: Sets, holdout: Scored) -> tuple[str, str] | None:
    truth, predictions = holdout.truth, holdout.predictions
    if truth is None:
        return None
    if config.task == "regression" and predictions.values is not None:
        return RESIDUALS_FILE, residuals(truth, predictions.values)
    if predictions.labels is None:
        return None
    classes = sets.classes if config.task in CLASSIFICATION else ["normal", "anomaly"]
    picture = confusion_matrix(truth, predictions.labels, classes)
    return None if picture is None else (CONFUSION_FILE, picture)
