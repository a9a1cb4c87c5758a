"""The Job within the test's process: most tests need no process of its own, which takes seconds to start."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mlgitops.contract.evaluation import Evaluation
from mlgitops.runtime.evaluate import job
from tests.runtime.evaluate.world import RUN, World


@pytest.fixture
def evaluated(monkeypatch: pytest.MonkeyPatch) -> Callable[[World], Evaluation]:
    def run(world: World) -> Evaluation:
        (world.code / "mlgitops-evaluate.json").write_text(world.configuration().model_dump_json(exclude_defaults=True))
        monkeypatch.setenv("MLGITOPS_CODE", str(world.code))
        monkeypatch.setenv("MLGITOPS_RUN", RUN)
        monkeypatch.setenv("SECRET_OF_THE_JOB", "hunter2")
        job.main(sleep=lambda _: pytest.fail("it waits"))
        return world.evaluation()

    return run
