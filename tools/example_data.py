"""The example models' data: scikit-learn's own data sets, split once into training and validation, as CSV.

    python tools/example_data.py build/data

writes `<model>/<set>.csv` and prints each file's digest. The split depends on nothing but the data:
every fifth row, in an order given by a hash of the row, is held out.
"""

from __future__ import annotations

import csv
import hashlib
import io
import sys
from pathlib import Path

from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits

LOADERS = {"breast-cancer": load_breast_cancer, "digits": load_digits, "diabetes": load_diabetes}


def splits(model: str) -> dict[str, bytes]:
    """The two files of one model by name: `training.csv` and `validation.csv`, with a header."""
    bunch = LOADERS[model]()
    names = [str(name).replace(" ", "_") for name in bunch.feature_names]
    rows = []
    for features, target in zip(bunch.data, bunch.target, strict=True):
        answer = repr(float(target)) if model == "diabetes" else str(int(target))
        row = [*(repr(float(value)) for value in features), answer]
        rows.append((hashlib.sha256(",".join(row).encode()).hexdigest(), row))
    rows.sort()
    held_out = rows[::5]
    kept = [row for index, row in enumerate(rows) if index % 5]
    header = [*names, "target"]
    return {"training.csv": _csv(header, kept), "validation.csv": _csv(header, held_out)}


def _csv(header: list[str], rows: list[tuple[str, list[str]]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(row for _, row in rows)
    return text.getvalue().encode()


def main(folder: str) -> None:
    """Writes all files below a folder, and prints their digests."""
    for model in LOADERS:
        for name, content in splits(model).items():
            path = Path(folder) / model / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            print(f"sha256:{hashlib.sha256(content).hexdigest()}  {model}/{name}")


if __name__ == "__main__":
    main(sys.argv[1])
