"""Labels and the predictions they are of. Labels are read first: of the predictions only those are kept that have one.

late         joined all the same, and counted
duplicate    a second label of an id: the later one counts; a second prediction of an id and version: the first one
unknown      no prediction of that id is in the log (yet): counted, and looked for again by the next run
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from mlgitops.contract.join import Labels
from mlgitops.runtime.watch.logged import Logged

Truth = str | int | float | bool


class Pair(NamedTuple):
    """A prediction and what was right."""

    version: str
    time: float
    """Of the prediction."""
    answer: dict[str, object]
    truth: Truth


class Joined(NamedTuple):
    """What a run of the job found."""

    pairs: list[Pair]
    labels: Labels
    predictions: int


def join(
    labels: Iterable[Logged],
    predictions: Iterable[Logged],
    delay: float,
    seen: Callable[[Logged], None] | None = None,
) -> Joined:
    """Join them; `delay` in seconds. `seen` is shown each prediction on the way."""
    counts = dict.fromkeys(("received", "late", "duplicates", "conflicting", "unusable"), 0)
    known: dict[str, Logged] = {}
    pairs: list[Pair] = []
    for label in labels:
        counts["received"] += 1
        if label.truth is None:
            counts["unusable"] += 1
        elif label.id is not None:
            _keep(label, known, counts)
        elif label.answer is not None and label.version is not None:
            pairs.append(Pair(label.version, label.time, label.answer, label.truth))
        else:
            counts["unusable"] += 1
    matched: set[tuple[str, str]] = set()
    total = 0
    for prediction in predictions:
        total += 1
        if seen is not None:
            seen(prediction)
        if prediction.id is None or prediction.version is None or prediction.answer is None:
            continue
        label_of = known.get(prediction.id)
        if label_of is None or label_of.truth is None or (prediction.id, prediction.version) in matched:
            continue
        matched.add((prediction.id, prediction.version))
        counts["late"] += label_of.time - prediction.time > delay
        pairs.append(Pair(prediction.version, prediction.time, prediction.answer, label_of.truth))
    found = {identifier for identifier, _ in matched}
    return Joined(pairs, Labels(joined=len(pairs), unknown=len(known.keys() - found), **counts), total)


def _keep(label: Logged, known: dict[str, Logged], counts: dict[str, int]) -> None:
    """Of several labels of one id the latest."""
    identifier = label.id or ""
    other = known.get(identifier)
    if other is not None:
        counts["duplicates"] += 1
        counts["conflicting"] += type(other.truth) is not type(label.truth) or other.truth != label.truth
    if other is None or label.time >= other.time:
        known[identifier] = label
