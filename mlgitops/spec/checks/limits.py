"""Limits of metrics that every version or none would keep."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mlgitops.source import Pointer
from mlgitops.spec.checks.problem import Problem
from mlgitops.spec.documents.model import Metric
from mlgitops.spec.metrics import MEASURES


def check_limits(metrics: Iterable[tuple[Pointer, Metric]]) -> Iterator[Problem]:
    """What is wrong with the limits of metrics, each with its pointer into the spec."""
    for pointer, metric in metrics:
        if metric.name in MEASURES:
            yield from _unreachable(pointer, metric)
            yield from _wrong_end(pointer, metric)


def _unreachable(pointer: Pointer, metric: Metric) -> Iterator[Problem]:
    low, high, _ = MEASURES[metric.name]
    if high is not None and metric.min is not None and metric.min > high:
        message = f"min of {metric.name} must be at most {high:g}, its best value, got {metric.min:g}"
        yield (*pointer, "min"), "spec/limit-unreachable", message, "no version could pass: lower it"
    if low is not None and metric.max is not None and metric.max < low:
        message = f"max of {metric.name} must be at least {low:g}, its smallest value, got {metric.max:g}"
        yield (*pointer, "max"), "spec/limit-unreachable", message, "no version could pass: raise it"


def _wrong_end(pointer: Pointer, metric: Metric) -> Iterator[Problem]:
    """A limit that stops good versions, without one that stops bad ones at the other end."""
    low, high, better = MEASURES[metric.name]
    if better == "smaller" and metric.max is None and metric.min is not None and (low is None or metric.min > low):
        message = f"a smaller {metric.name} is better, so it needs `max`; got `min` alone"
        yield (*pointer, "min"), "spec/limit-reversed", message, f"write `max: {metric.min:g}`"
    if better == "larger" and metric.min is None and metric.max is not None and (high is None or metric.max < high):
        message = f"a larger {metric.name} is better, so it needs `min`; got `max` alone"
        yield (*pointer, "max"), "spec/limit-reversed", message, f"write `min: {metric.max:g}`"
