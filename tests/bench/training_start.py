"""How soon a run trains, ours and a plain one of Ray Train: `python -m tests.bench.training_start`.

From the start of the driver's process, on no cluster, to the first batch in the worker: both read the same CSV file and
run the same loop, in turns. Ours asks the registry, writes the run's record, and reads and checks the data before. The
loop's steps are timed as well: ours runs the loop itself, so that they must take the same.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.repository import ROOT
from tests.bench.workplace import workplace
from tests.runtime.train.runs import Run, make_run

LOOP = ROOT / "tests/bench/loops/begins.py"
Results = dict[str, Any]


def measure(times: int, place: Path) -> Results:
    """Medians in seconds of `ours` and `plain`: to the first batch (`start`), of a `step`, and of the `whole` process.

    `more` is the median of what the pairs' starts differ by.
    """
    found: dict[str, list[dict[str, float]]] = {"ours": [], "plain": []}
    for number in range(times):
        folder = place / f"run-{number}"
        run = make_run(
            folder, rows=10_000, code={"begins.py": LOOP.read_text()}, framework="torch", entrypoint="begins:train_loop"
        )
        file = str(folder / "customers.csv")
        plain = [sys.executable, "-m", "tests.bench.plain_training", "ray", file, str(folder)]
        found["ours"].append(_timed([sys.executable, "-m", "mlgitops.runtime.train"], run))
        found["plain"].append(_timed(plain, run))
    results: Results = {
        name: {key: median(one[key] for one in runs) for key in ("start", "step", "whole")}
        for name, runs in found.items()
    }
    pairs = zip(found["ours"], found["plain"], strict=True)
    return {"times": times, **results, "more": median(ours["start"] - plain["start"] for ours, plain in pairs)}


def _timed(argv: list[str], run: Run) -> dict[str, float]:
    """The driver's process, and what its loop noted. Raises RuntimeError where it fails."""
    noted = run.folder / "code/noted.json"
    noted.unlink(missing_ok=True)
    environment = {
        **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        "MLGITOPS_CONFIG": json.dumps(run.config),
        "MLGITOPS_CODE": str(run.folder / "code"),
        "MLGITOPS_RUN": run.identity,
        "PYTHONPATH": f"{ROOT}:{run.folder}/code",
        "RAY_USAGE_STATS_ENABLED": "0",
    }
    began = time.time()
    done = subprocess.run(argv, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(argv)} ended with {done.returncode}: {done.stdout[-800:]}{done.stderr[-800:]}")
    seen = json.loads(noted.read_text())
    return {"start": seen["began"] - began, "step": seen["step"], "whole": time.time() - began}


def main() -> None:
    """Measure once or so often as is asked for, and print."""
    with workplace(None) as place:
        sys.stdout.write(json.dumps(measure(int(sys.argv[1]) if sys.argv[1:] else 1, place), indent=1) + "\n")


if __name__ == "__main__":
    main()
