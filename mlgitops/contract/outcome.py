"""What became of a run, in the staging area under `<staging>/<model>/<run>/`, where `<run>` are the identity's digits.

    run.json       `RunRecord`: written when the run starts, again when it ends, whatever its end
    metrics.jsonl  a line a report: {"step": 3, "seconds": 1.25, "metrics": {"loss": 0.4}}
    artifact/      what a run that succeeded leaves; complete once `run.json` says so

All of it was written by training pods, which run contributors' code: it is evidence of nothing. What a version's record
says, the evaluate and the sign Job found out themselves.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mlgitops.contract.parts import Contract
from mlgitops.contract.run import RunInputs
from mlgitops.contract.train import Request
from mlgitops.spec.documents.types import Digest, Identifier, ImageReference, ModelName, Strict, Text, Timestamp

RUN_FILE = "run.json"
METRICS_FILE = "metrics.jsonl"
ARTIFACT_FOLDER = "artifact"


def run_folder(model: str, run: str) -> str:
    """The folder of a run in the staging area, and that of its evaluation among the evaluations.

    >>> run_folder("churn", "sha256:3f2a")
    'churn/3f2a'
    """
    return f"{model}/{run.removeprefix('sha256:')}"


State = Literal["running", "failed", "succeeded"]


class Problem(Strict):
    """Why a run failed or was refused: what its log and a terminal show."""

    code: str
    message: Text
    hint: Text | None = None


class RunRecord(Strict):
    contract: Contract
    model: ModelName
    run: Digest
    """The identity."""
    environment: str
    state: State
    inputs: RunInputs
    request: Request = Request()
    image: ImageReference | None = None
    codeDigest: str
    trial: bool = False
    """Trained on a laptop, perhaps on a sample: never registered."""
    workers: Annotated[int, Field(ge=1)] = 1
    """That it really ran with."""
    startedAt: Timestamp
    finishedAt: Timestamp | None = None
    resumedAt: Annotated[int, Field(ge=0)] | None = None
    """The step that the last of several attempts began at."""
    metrics: dict[Identifier, float] = {}
    """The last report's; on training data alone."""
    artifactDigest: Digest | None = None
    """Of the artifact folder (`contract.folder`)."""
    problem: Problem | None = None
