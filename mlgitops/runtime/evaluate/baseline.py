"""The version in service, scored on the same bytes in the same run.

It is asked through the candidate's predictor: the environment's threshold and, for a custom one, the code beside the
spec. Where it cannot be scored, a limit on regression cannot be kept, and that is a failure; without such a limit the
model card says why there is nothing to compare with.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from mlgitops.contract.evaluate import EvaluateConfig
from mlgitops.contract.evaluation import Failure
from mlgitops.contract.folder import folder_digest
from mlgitops.contract.outcome import ARTIFACT_FOLDER
from mlgitops.contract.parts import Predictor
from mlgitops.contract.registered import SIGNED_FOLDER
from mlgitops.problem import WRONG, RunProblem
from mlgitops.registry.folders import local_entries
from mlgitops.runtime.evaluate.asking import asked
from mlgitops.runtime.evaluate.checked import check_description
from mlgitops.runtime.evaluate.data import Sets
from mlgitops.runtime.evaluate.scoring import Scored, scored


class Baseline(NamedTuple):
    """What came of the version in service."""

    version: str | None = None
    """None where none serves, or it could not be scored."""
    scored: Scored | None = None
    failures: tuple[Failure, ...] = ()
    reason: str | None = None
    """Why it could not be scored."""


def scored_baseline(config: EvaluateConfig, sets: Sets, work: Path) -> Baseline:
    """Fetch and score the version in service. Raises RunProblem where the registry does not answer."""
    if config.baseline is None or sets.holdout is None:
        return Baseline()
    try:
        artifact = _artifact(config, work / "baseline")
        check_description(config, sets, artifact)
        ask = asked(artifact, config.predictor or Predictor())
        found = scored(ask, sets.holdout, config, sets)
    except RunProblem as problem:
        if problem.exit_code != WRONG:
            raise
        reason = f"version {config.baseline.version}, which is in service, must be scored too: {problem.message}"
        limits = [*config.metrics, *(metric for part in config.slices for metric in part.metrics)]
        failures = [Failure(code="evaluation/baseline", message=reason[:2000])]
        needed = any(metric.maxRegression is not None for metric in limits)
        return Baseline(failures=tuple(failures) if needed else (), reason=reason)
    return Baseline(config.baseline.version, found)


def _artifact(config: EvaluateConfig, into: Path) -> Path:
    """The artifact of the version in service, whose digest is that of the reviewed release."""
    from mlgitops.registry.opened import open_registry

    reference = config.baseline
    if reference is None:
        raise AssertionError
    registry = open_registry(config.stores.registryKind, config.stores.registry)
    registry.fetch(config.model, reference.trainedAs or reference.version, into)
    artifact = into / SIGNED_FOLDER / ARTIFACT_FOLDER
    got = folder_digest(local_entries(artifact))
    if got != reference.digest:
        message = f"its artifact must have digest {reference.digest}, got {got}"
        raise RunProblem("evaluation/baseline", message, "look at who wrote to the registry")
    return artifact
