"""`python -m tests.bench`: measures, prints a table, writes bench.json.

python -m tests.bench               every row but 10,000 models: some twenty minutes on two cores; needs `wrk`
python -m tests.bench --quick       fewer models and repetitions: under two minutes, for a look only
python -m tests.bench --full        10,000 models as well
python -m tests.bench --runtime     only training and serving, added to the bench.json that is there: needs `wrk`
python -m tests.bench --write       tests/bench/README.md from the bench.json that is there
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tests.bench import report
from tests.bench.plan import FULL, NORMAL, QUICK, measure
from tests.bench.repository import ROOT
from tests.bench.rows import Results
from tests.bench.workplace import workplace

RESULTS = ROOT / "bench.json"


def runtime(place: Path) -> Results:
    """Training and serving, on Ray. Raises FileNotFoundError without `wrk`, which asks the servers."""
    from tests.bench import laptop, serving, training, training_start

    return {
        "training": training.measure(),
        "training_start": training_start.measure(3, place),
        "laptop": laptop.measure(5, place),
        "serving": serving.measure(7, 3, place),
    }


def main() -> int:
    """Measure, or write what was measured."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--quick", action="store_true", help="a look in two minutes")
    parser.add_argument("--full", action="store_true", help="10,000 models too")
    parser.add_argument("--runtime", action="store_true", help="only training and serving, beside what is there")
    parser.add_argument("--write", action="store_true", help="only write tests/bench/README.md from bench.json")
    parser.add_argument("--folder", type=Path, help="where to work; by default in memory, where there is room")
    arguments = parser.parse_args()
    if arguments.runtime:
        results = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {}
        with workplace(arguments.folder) as place:
            measured = runtime(place)
        RESULTS.write_text(json.dumps(results | measured, indent=1) + "\n")
        sys.stdout.write(json.dumps(measured, indent=1) + "\n")
        return 0
    if not arguments.write:
        size = QUICK if arguments.quick else FULL if arguments.full else NORMAL
        with workplace(arguments.folder) as place:
            results = measure(size, place)
            if not arguments.quick:
                results |= runtime(place)
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")
        sys.stdout.write(report.table(results))
        return 0
    if not RESULTS.is_file():
        sys.stderr.write("there is no bench.json to write the page from: measure first, without --write\n")
        return 2
    results = json.loads(RESULTS.read_text())
    (ROOT / "tests/bench/README.md").write_text(report.readme(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
