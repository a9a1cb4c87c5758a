"""`RunInputs`: what of a spec decides the result of training, all of it part of a run's identity.

Code, image, environment variables and the number of workers and accelerators that the final objects really ask for
belong to the identity too. What is not here trains nothing again: labels, deadlines, retries, where data is while
its digest stays, how results are judged, how they are served.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, JsonValue

from mlgitops.contract.parts import Columns, DataIdentity
from mlgitops.spec.documents.model import Framework, Task, TrainingAccelerators, WorkerRange
from mlgitops.spec.documents.types import Entrypoint, Identifier, ModelName, Strict


class RunInputs(Strict):
    """Mounted as `places.RUN_INPUTS` in every pod of a run."""

    model: ModelName
    task: Task
    columns: Columns = Columns()
    data: list[DataIdentity]
    """Training data alone: the holdout's place is not known to training."""
    framework: Framework
    estimator: str | None = None
    entrypoint: Entrypoint | None = None
    hyperparameters: dict[Identifier, JsonValue] = {}
    seed: Annotated[int, Field(ge=0)] = 0
    workers: int | WorkerRange = 1
    accelerators: TrainingAccelerators | None = None
    attempt: Annotated[int, Field(ge=1)] = 1
