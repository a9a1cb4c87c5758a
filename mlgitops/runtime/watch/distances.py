"""Kolmogorov-Smirnov: the largest distance between the distributions of a feature's values, logged and of reference.

A batch job, since it needs the values themselves, which no replica keeps; SciPy computes it (`mlgitops[drift]`).
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from mlgitops.contract.join import Distance
from mlgitops.runtime.watch.logged import Logged

MOST_ROWS = 20_000
"""Of a version, drawn evenly; the distance of so many differs by chance by 0.01 at most."""


class Sampled:
    """An even sample of the inputs of each version, of predictions since a time."""

    def __init__(self, since: float) -> None:
        self.rows: dict[str, list[Mapping[str, Any]]] = {}
        self._since = since
        self._seen: dict[str, int] = {}
        self._random = random.Random(0)

    def see(self, record: Logged) -> None:
        """Take a record into the sample, perhaps in the place of another one."""
        if record.version is None or record.inputs is None or record.time < self._since:
            return
        rows = self.rows.setdefault(record.version, [])
        seen = self._seen[record.version] = self._seen.get(record.version, 0) + 1
        if len(rows) < MOST_ROWS:
            rows.append(record.inputs)
        elif (place := self._random.randrange(seen)) < MOST_ROWS:
            rows[place] = record.inputs


def distances(
    rows: Mapping[str, Sequence[Mapping[str, Any]]], reference: Mapping[str, Any], minimum: int
) -> list[Distance]:
    """The distance of every feature of `reference` (name → array of numbers, without NaN) that has enough values."""
    from scipy.stats import ks_2samp

    found = []
    for version, records in sorted(rows.items()):
        for feature, expected in sorted(reference.items()):
            values = [value for record in records if (value := _number(record.get(feature))) is not None]
            if len(values) < minimum or len(expected) == 0:
                continue
            result = ks_2samp(values, expected, method="asymp")
            found.append(
                Distance(
                    version=version,
                    feature=feature,
                    statistic=float(result.statistic),
                    pValue=float(result.pvalue),
                    rows=len(values),
                )
            )
    return found


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def reference_values(table: Any) -> dict[str, Any]:
    """The numeric columns of a table (pyarrow) as arrays without what is missing."""
    import pyarrow

    found = {}
    for name in table.column_names:
        column = table.column(name)
        if pyarrow.types.is_integer(column.type) or pyarrow.types.is_floating(column.type):
            values = column.drop_null().cast(pyarrow.float64(), safe=False).to_numpy()
            found[name] = values[values == values]
    return found
