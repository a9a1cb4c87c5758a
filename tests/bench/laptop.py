"""Training without a cluster: `mlgitops train` against plain XGBoost and plain PyTorch: `python -m tests.bench.laptop`.

Each is a process from its start to its end, in turns, over the same CSV file and on one thread. Ours reads and checks
the spec, the data and the columns, measures, and writes an artifact with its digest and a record; plain writes a model.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench import process
from tests.bench.repository import ROOT, as_yaml, write
from tests.bench.sizes import BATCH, DEPTH, EPOCHS, FEATURES, ROUNDS, ROWS
from tests.bench.workplace import workplace

Results = dict[str, Any]
FRAMEWORKS = ("xgboost", "torch")


def measure(times: int, place: Path) -> Results:
    """By framework: medians in seconds of `ours` and of `plain`, and of the pairs' ratios: of time, and of `work`."""
    root, file = place / "laptop", place / "rows.csv"
    process.run([process.MLGITOPS, "init", root])
    _write_rows(file)
    for framework in FRAMEWORKS:
        _write_model(root, framework)
    return {framework: _compared(framework, times, root, file, place) for framework in FRAMEWORKS}


def _compared(framework: str, times: int, root: Path, file: Path, place: Path) -> Results:
    out = place / "trial"
    ours_argv = [process.MLGITOPS, "train", framework, "-C", root, "--data", f"rows={file}", "--out", out]
    plain_argv = [process.PYTHON, "-m", "tests.bench.plain_training", framework, file, place]

    def run_ours() -> process.Run:
        shutil.rmtree(out, ignore_errors=True)
        return process.run(ours_argv)

    runs = process.interleaved(times, {"ours": run_ours, "plain": lambda: process.run(plain_argv, cwd=ROOT)})
    pairs = list(zip(runs["ours"], runs["plain"], strict=True))
    return {
        **{name: process.median_wall(found) for name, found in runs.items()},
        "ratio": median(ours.wall / plain.wall for ours, plain in pairs),
        "work": median(ours.cpu / plain.cpu for ours, plain in pairs),
    }


def _write_rows(file: Path) -> None:
    import numpy as np
    import pyarrow
    from pyarrow import csv

    matrix = np.random.default_rng(0).normal(size=(ROWS, FEATURES)).round(6)
    columns = {f"measure_{number}": matrix[:, number] for number in range(FEATURES)}
    target = (matrix[:, :5].sum(axis=1) > 0).astype(np.int64)
    csv.write_csv(pyarrow.table({**columns, "target": target}), file, csv.WriteOptions(quoting_style="none"))


def _write_model(root: Path, framework: str) -> None:
    network = {"epochs": EPOCHS, "batchSize": BATCH, "features": FEATURES}
    options = {"numBoostRound": ROUNDS, "maxDepth": DEPTH, "eta": 0.1} if framework == "xgboost" else network
    code = {} if framework == "xgboost" else {"entrypoint": "network:train_loop"}
    spec = {
        "task": "binaryClassification",
        "target": "target",
        "data": [{"name": "rows", "role": "training", "uri": "s3://features/rows/v1.csv", "version": "v1"}],
        "training": {
            "framework": framework,
            **code,
            "hyperparameters": options,
            "resources": {"cpu": 1, "memory": "2Gi"},
            "deadline": "2h",
        },
    }
    model = {
        "apiVersion": "mlgitops.dev/v1alpha1",
        "kind": "Model",
        "metadata": {"name": framework, "team": "my-team", "owner": "@my-team"},
        "spec": spec,
    }
    write(root / f"specs/{framework}/model.yaml", as_yaml(model))
    if code:
        shutil.copy(ROOT / "tests/bench/loops/network.py", root / f"specs/{framework}/network.py")


def main() -> None:
    """Measure once or so often as is asked for, and print."""
    with workplace(None) as place:
        sys.stdout.write(json.dumps(measure(int(sys.argv[1]) if sys.argv[1:] else 1, place), indent=1) + "\n")


if __name__ == "__main__":
    main()
