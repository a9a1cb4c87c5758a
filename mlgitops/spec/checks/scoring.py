"""Batch scoring that could not run, or that would write over what is read."""

from __future__ import annotations

from collections.abc import Iterator

from mlgitops.spec.checks.problem import Problem
from mlgitops.spec.documents.model import ModelSpec


def check_scoring(spec: ModelSpec) -> Iterator[Problem]:
    """What does not fit of `batchScoring`."""
    scoring = spec.batchScoring
    if scoring is None:
        return
    if spec.serving is None:
        message = "batch scoring answers as `serving` says, got no such section"
        yield ("batchScoring",), "spec/scoring-without-serving", message, "add `serving`, or remove `batchScoring`"
    read = [(f"data '{data.name}'", data.uri) for data in spec.data] + [("its input", scoring.input.uri)]
    for what, uri in read:
        if _overlap(scoring.output, uri):
            message = f"batchScoring.output must be a folder of its own, got one that meets {what}"
            yield ("batchScoring", "output"), "spec/scoring-output", message, "write answers where nothing else is"
            return


def _overlap(one: str, other: str) -> bool:
    """Whether one address is the other one, or below it."""
    first, second = one.rstrip("/") + "/", other.rstrip("/") + "/"
    return first.startswith(second) or second.startswith(first)
