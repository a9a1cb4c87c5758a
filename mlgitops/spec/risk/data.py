"""What a change of data sets means: the same kind of data again, or another.

    refreshed      the same sets at the same place, with other bytes or another version
    replaced       a set comes from elsewhere
    restructured   sets come or go, or have another format, role or columns

How much of a set is new no digest tells. So what stays at its place counts as a refresh, whatever its size; whoever
relabels or replaces data writes it to another place, or raises the risk.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from mlgitops.source import Location, Pointer
from mlgitops.spec.documents.model import DataSet
from mlgitops.spec.risk.factor import RiskFactor

Locate = Callable[[Pointer], Location]

_MOVING = re.compile(r"v?[0-9]+(?:[._-][0-9]+)*|[A-Za-z_]+=[^/]*")
"""Parts of a path that are expected to change: versions, dates, partitions."""

_USES = {"training": "training data", "validation": "validation data", "reference": "reference data"}


def data_factors(before: Sequence[DataSet], after: Sequence[DataSet], locate: Locate) -> Iterator[RiskFactor]:
    """What differs; `locate` gives the place of a pointer into the list `after`."""
    old, new = {one.name: one for one in before}, {one.name: (i, one) for i, one in enumerate(after)}
    for name in old.keys() - new.keys():
        yield _restructured(old[name], f"{name} is gone", locate(()))
    for name, (index, one) in new.items():
        former = old.get(name)
        if former is None:
            yield _restructured(one, f"{name} is new", locate((index,)))
        elif former != one:
            yield from _differs(former, one, lambda *pointer, i=index: locate((i, *pointer)))


def _differs(old: DataSet, new: DataSet, locate: Callable[..., Location]) -> Iterator[RiskFactor]:
    use = _USES[new.role]
    if old.role != new.role:
        yield _restructured(new, f"{new.name} is {use}, and was {_USES[old.role]}", locate("role"))
    if old.format != new.format and None not in (old.format, new.format):
        yield _restructured(new, f"{new.name} is {new.format}, and was {old.format}", locate("format"))
    if _columns(old) != _columns(new):
        yield _restructured(new, f"what is expected of columns of {new.name} differs", locate("expect"))
    if _place(old) != _place(new):
        reason = f"{new.name} comes from another place"
        yield RiskFactor(f"{use} replaced", "medium", reason, locate("uri"))
    elif (old.digest, old.version, old.uri) != (new.digest, new.version, new.uri):
        key = next(key for key in ("digest", "version", "uri") if getattr(old, key) != getattr(new, key))
        reason = f"{new.name} has another {key}, at the place where it was"
        yield RiskFactor(f"{use} refreshed", "low", reason, locate(key))
    if old.classification != new.classification:
        reason = f"{new.name} is {new.classification or 'unclassified'}, and was {old.classification or 'unclassified'}"
        yield RiskFactor("data classification", "medium", reason, locate("classification"))


def _restructured(data: DataSet, reason: str, location: Location) -> RiskFactor:
    return RiskFactor(f"{_USES[data.role]} restructured", "medium", reason, location)


def _columns(data: DataSet) -> dict[str, str | None]:
    return {one.column: one.type for one in data.expect}


def _place(data: DataSet) -> tuple[str, ...]:
    """A set's address without what a refresh changes."""
    parts = data.uri.split("/")
    return tuple(part for part in parts if part != data.version and not _MOVING.fullmatch(part))
