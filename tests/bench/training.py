"""What our trainer adds to 1,000 rounds of XGBoost, in a worker of Ray Train: `python -m tests.bench.training`.

Ours and plain XGBoost train on the same rows in the same worker, one after the other in turns, each repetition in a run
of its own, since a run that has a checkpoint would go on at its end. Ours measures, says how far it is, and reports its
model as a checkpoint at the end; plain does none of that.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.repository import ROOT

ROWS, FEATURES, ROUNDS, REPETITIONS = 10_000, 20, 1_000, 5
Results = dict[str, Any]


def measure() -> Results:
    """Medians in seconds, of `ours` and of `plain`; in a process of its own, since Ray reads its flags once."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "RAY_USAGE_STATS_ENABLED": "0", "PYTHONWARNINGS": "ignore"}
    argv = [sys.executable, "-m", "tests.bench.training"]
    done = subprocess.run(argv, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    found: Results = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def both(config: dict[str, Any]) -> dict[str, float]:
    """In the worker: the seconds of each, ours first in every second run."""
    import ray
    import xgboost

    from mlgitops.runtime.train.boosting import boost

    data = ray.get(config["data"])
    options = {"objective": "binary:logistic", "max_depth": 6, "eta": 0.1, "seed": 7, "nthread": 1}

    def plain() -> None:
        xgboost.train(options, xgboost.DMatrix(data.matrix, data.target), ROUNDS)

    def ours() -> None:
        boost(config)

    seconds = {}
    for work in (ours, plain) if config["oursFirst"] else (plain, ours):
        began = time.monotonic()
        work()
        seconds[work.__name__] = time.monotonic() - began
    return seconds


def main() -> None:
    """Train, and print the medians."""
    import numpy as np
    import pyarrow
    import ray
    from ray.train import RunConfig, ScalingConfig
    from ray.train.xgboost import XGBoostTrainer

    from mlgitops.contract.run import RunInputs
    from mlgitops.runtime.data import feature_signature
    from mlgitops.runtime.frameworks.prepared import prepared

    random = np.random.default_rng(0)
    matrix = random.normal(size=(ROWS, FEATURES))
    columns = {f"measure_{number}": matrix[:, number] for number in range(FEATURES)}
    table = pyarrow.table({**columns, "target": (matrix[:, :5].sum(axis=1) > 0).astype(np.int64)})
    inputs = RunInputs.model_validate(
        {
            "model": "bench",
            "task": "binaryClassification",
            "columns": {"target": "target"},
            "data": [{"name": "rows", "digest": "sha256:" + "0" * 64}],
            "framework": "xgboost",
            "hyperparameters": {"numBoostRound": ROUNDS, "maxDepth": 6, "eta": 0.1},
            "seed": 7,
        }
    )
    ray.init("local", num_cpus=2, configure_logging=False, log_to_driver=False)
    data = ray.put(prepared(inputs, table, feature_signature(table, inputs.columns, [])))
    found: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as storage:
        for number in range(REPETITIONS):
            loop = {"inputs": inputs.model_dump_json(), "data": data, "threads": 1, "every": 60.0}
            trainer = XGBoostTrainer(
                both,
                train_loop_config={**loop, "oursFirst": number % 2 == 0},
                scaling_config=ScalingConfig(num_workers=1),
                run_config=RunConfig(name=f"bench-{number}", storage_path=str(Path(storage))),
            )
            found.append(trainer.fit().return_value)
    ray.shutdown()
    medians = {name: median(one[name] for one in found) for name in ("ours", "plain")}
    sys.stdout.write(json.dumps({"rounds": ROUNDS, "repetitions": REPETITIONS, **medians}) + "\n")


if __name__ == "__main__":
    main()
