"""Several runs side by side: the parameters in which they differ, and their metrics with the best marked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from mlgitops.runs.known import KnownRun
from mlgitops.spec.metrics import MEASURES


class Difference(NamedTuple):
    """A parameter that is not the same in all runs."""

    name: str
    """`hyperparameters.eta`, `data.customers`, `image`."""
    values: tuple[str | None, ...]
    """A run each, as JSON or text; None where a run has none."""


class Comparison(NamedTuple):
    """A metric in all runs."""

    name: str
    """`auc`, or `auc of large` for a slice."""
    source: str
    """`holdout`, or `training` for what the run said of itself."""
    values: tuple[float | None, ...]
    best: tuple[bool, ...]
    """Whether a run's value is the best; none is where nobody knows which end is better, or where all are the same."""


def differences(runs: Sequence[KnownRun]) -> list[Difference]:
    """The parameters in which the runs differ, by name. Runs that nobody can read have none."""
    known = [dict(_parameters(run)) for run in runs]
    readable = [values for values in known if values]
    names = sorted({name for values in readable for name in values})
    return [
        Difference(name, tuple(values.get(name) for values in known))
        for name in names
        if len({values.get(name) for values in readable}) > 1
    ]


def comparisons(runs: Sequence[KnownRun]) -> list[Comparison]:
    """Every metric that one of the runs has: those on the holdout first, then what runs say of themselves."""
    found = []
    for source, values in (("holdout", [_scores(run) for run in runs]), ("training", [run.metrics for run in runs])):
        for key in dict.fromkeys(key for one in values for key in sorted(one)):
            row = tuple(one.get(key) for one in values)
            found.append(Comparison(key, source, row, _best(key.partition(" of ")[0], row)))
    return found


def _parameters(run: KnownRun) -> Iterator[tuple[str, str]]:
    inputs = run.inputs
    if inputs is None:
        return
    said = inputs.model_dump(exclude={"model", "hyperparameters", "data", "columns"}, exclude_none=True)
    for name, value in said.items():
        yield name, _text(value)
    for name, value in inputs.hyperparameters.items():
        yield f"hyperparameters.{name}", _text(value)
    for data in inputs.data:
        yield f"data.{data.name}", data.digest or " ".join(filter(None, (data.uri, data.version)))
    for name, value in inputs.columns.model_dump(exclude_defaults=True).items():
        yield name, _text(value)
    if run.image:
        yield "image", run.image
    if run.code_digest:
        yield "code", run.code_digest
    yield "environment", run.environment


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)


def _scores(run: KnownRun) -> Mapping[str, float]:
    return {f"{one.metric} of {one.slice}" if one.slice else one.metric: one.value for one in run.scores}


def _best(metric: str, values: Sequence[float | None]) -> tuple[bool, ...]:
    known = [value for value in values if value is not None]
    measure = MEASURES.get(metric)
    if measure is None or len(set(known)) < 2:
        return tuple(False for _ in values)
    best = max(known) if measure.better == "larger" else min(known)
    return tuple(value == best for value in values)
