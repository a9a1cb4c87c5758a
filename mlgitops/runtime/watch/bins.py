"""Counts of values by the bins of a reference profile.

    bins = Bins(inputs, profile)
    bins.count(matrix, columns, answers)
    bins.series            # what each of bins.counts is of, and its share in the reference

One record of 30 features costs about 20 µs: numbers are compared with the edges of all features at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from mlgitops.contract.names import Kind
from mlgitops.contract.profile import FOR_PREDICTION, MISSING_BIN, OTHER_BIN, FeatureProfile, ReferenceProfile
from mlgitops.spec.documents.model import Feature

MOST_CATEGORIES = 40
"""Categories with a bin of their own, the most frequent ones; the rest count as `other`."""
MOST_SERIES = 5000
"""Series of a replica; features beyond have none."""
AT_ONCE = 100_000
"""Comparisons made at once for a request of many records: they fit a core's cache."""

Numbers = np.ndarray[Any, np.dtype[Any]]


class Series(NamedTuple):
    """One counter of values."""

    kind: Kind
    feature: str
    bin: str
    share: float
    """Of the reference's rows."""


class _Category(NamedTuple):
    name: str
    places: dict[str, int]
    missing: int
    other: int


class Bins:
    """Counters of values; not safe for several threads at once."""

    def __init__(self, inputs: Sequence[Feature], profile: ReferenceProfile | None) -> None:
        self.series: list[Series] = []
        self.unwatched = 0
        self._categories: list[_Category] = []
        self._prediction: FeatureProfile | None = None
        self._prediction_category: _Category | None = None
        known = {feature.name: feature for feature in profile.features} if profile is not None else {}
        numbers: list[tuple[int, FeatureProfile, int]] = []
        for place, feature in enumerate(inputs):
            found = known.get(feature.name)
            if found is None or not is_sound(found) or len(self.series) + len(found.counts) + 2 > MOST_SERIES:
                self.unwatched += 1
            elif is_category(found):
                self._categories.append(self._add_category("dataDrift", found))
            else:
                numbers.append((place, found, self._add_number("dataDrift", found)))
        if profile is not None and profile.prediction is not None and is_sound(profile.prediction):
            self._add_prediction(profile.prediction)
        self._set_numbers(numbers)
        self._set_ranges(inputs, known)
        self.counts: Numbers = np.zeros(len(self.series), np.int64)

    def count(
        self,
        matrix: Numbers,
        columns: Mapping[str, Sequence[object]],
        answers: Sequence[Mapping[str, object]],
    ) -> None:
        """Count the records of one request. Raises what NumPy raises for arguments that do not fit."""
        if len(matrix) == 1:
            row = matrix[0]
            if len(self._places):
                values = row[self._places]
                bins = self._first + (values[:, None] >= self._edges).sum(axis=1)
                self.counts[np.where(values != values, self._missing, bins)] += 1
            outside = (row < self._low) | (row > self._high)
            if outside.any():
                self.outlier_values += outside
                self.outliers += 1
        elif len(matrix):
            self._count_many(matrix)
        for category in self._categories:
            self._count_category(category, columns[category.name])
        if self._prediction is not None:
            self._count_prediction(answers)

    def _count_many(self, matrix: Numbers) -> None:
        outside = (matrix < self._low) | (matrix > self._high)
        self.outlier_values += outside.sum(axis=0)
        self.outliers += int(outside.any(axis=1).sum())
        if not self._edges.size:
            return
        rows = max(1, AT_ONCE // self._edges.size)
        for start in range(0, len(matrix), rows):
            values = matrix[start : start + rows, self._places]
            bins = self._first + (values[:, :, None] >= self._edges).sum(axis=2)
            bins = np.where(np.isnan(values), self._missing, bins)
            self.counts += np.bincount(bins.ravel(), minlength=len(self.counts))

    def _count_category(self, category: _Category, values: Sequence[object]) -> None:
        counts, places = self.counts, category.places
        for value in values:
            if value is None or value != value:
                counts[category.missing] += 1
            else:
                counts[places.get(category_name(value), category.other)] += 1

    def _count_prediction(self, answers: Sequence[Mapping[str, object]]) -> None:
        values = [predicted(answer, category=self._prediction_category is not None) for answer in answers]
        if self._prediction_category is not None:
            self._count_category(self._prediction_category, values)
            return
        numbers = np.array([np.nan if value is None else value for value in values], np.float32)
        bins = self._prediction_first + np.searchsorted(self._prediction_edges, numbers, side="right")
        bins = np.where(np.isnan(numbers), self._prediction_missing, bins)
        np.add.at(self.counts, bins, 1)

    def _add_number(self, kind: Kind, profile: FeatureProfile) -> int:
        first, total = len(self.series), sum(profile.counts) + profile.missing
        for number, count in enumerate(profile.counts):
            self.series.append(Series(kind, profile.name, str(number), count / total if total else 0.0))
        share = profile.missing / total if total else 0.0
        self.series.append(Series(kind, profile.name, MISSING_BIN, share))
        return first

    def _add_category(self, kind: Kind, profile: FeatureProfile) -> _Category:
        """The most frequent values have a bin each; what they leave, and what is unknown, is `other`."""
        first, total = len(self.series), (sum(profile.counts) + profile.missing) or 1
        counted = list(zip(profile.values, profile.counts[:-1], strict=True))
        kept = sorted(range(len(counted)), key=lambda place: (-counted[place][1], place))[:MOST_CATEGORIES]
        places = {}
        for place in sorted(kept):
            places[category_name(counted[place][0])] = len(self.series)
            self.series.append(Series(kind, profile.name, bin_label(place), counted[place][1] / total))
        rest = sum(profile.counts) - sum(counted[place][1] for place in kept)
        self.series.append(Series(kind, profile.name, MISSING_BIN, profile.missing / total))
        self.series.append(Series(kind, profile.name, OTHER_BIN, rest / total))
        return _Category(profile.name, places, first + len(kept), first + len(kept) + 1)

    def _add_prediction(self, profile: FeatureProfile) -> None:
        self._prediction = profile = profile.model_copy(update={"name": FOR_PREDICTION})
        if is_category(profile):
            self._prediction_category = self._add_category("predictionDrift", profile)
            return
        self._prediction_first = self._add_number("predictionDrift", profile)
        self._prediction_missing = self._prediction_first + len(profile.counts)
        self._prediction_edges: Numbers = np.array(profile.edges, np.float32)

    def _set_numbers(self, numbers: list[tuple[int, FeatureProfile, int]]) -> None:
        widest = max((len(profile.edges) for _, profile, _ in numbers), default=0)
        self._places: Numbers = np.array([place for place, _, _ in numbers], np.intp)
        self._first: Numbers = np.array([first for _, _, first in numbers], np.intp)
        self._missing: Numbers = np.array([first + len(profile.counts) for _, profile, first in numbers], np.intp)
        # Beyond a feature's last edge is NaN: no number is as large as that, infinity neither.
        self._edges: Numbers = np.full((len(numbers), widest), np.nan, np.float32)
        for row, (_, profile, _) in enumerate(numbers):
            self._edges[row, : len(profile.edges)] = profile.edges

    def _set_ranges(self, inputs: Sequence[Feature], known: Mapping[str, FeatureProfile]) -> None:
        self._low: Numbers = np.full(len(inputs), -np.inf, np.float32)
        self._high: Numbers = np.full(len(inputs), np.inf, np.float32)
        for place, feature in enumerate(inputs):
            found = known.get(feature.name)
            if feature.range is not None:
                self._low[place], self._high[place] = feature.range
            elif found is not None and found.smallest is not None and found.largest is not None:
                self._low[place], self._high[place] = found.smallest, found.largest
        self.outliers = 0
        self.outlier_values: Numbers = np.zeros(len(inputs), np.int64)


def is_sound(profile: FeatureProfile) -> bool:
    """Whether a feature's counts fit its bins. A profile was measured beside contributors' code."""
    if is_category(profile):
        return len(profile.counts) == len(profile.values) + 1
    return len(profile.counts) == len(profile.edges) + 1 and profile.edges == sorted(set(profile.edges))


def is_category(profile: FeatureProfile) -> bool:
    """Whether a feature's bins are its values."""
    return bool(profile.values) or profile.type == "string"


def category_name(value: object) -> str:
    """One name for equal values: JSON's `3.0` is the integer 3."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def bin_label(place: int) -> str:
    """Bins are numbered: what categories are called may be nobody's business."""
    return str(place)


def predicted(answer: Mapping[str, object], *, category: bool) -> Any:
    """What of an answer its distribution is of: a class, or a number."""
    names = ("label", "cluster", "anomaly") if category else ("probability", "value", "score")
    return next((answer[name] for name in names if name in answer), None)
