"""`KnownRun`: one training run, from the record that it left, its evaluation and the registry.

Training pods write the record, and contributors' code runs in them: what it says is shown and never believed. Whether a
run was rejected, registered or released is told by the evaluation, the registry and Git.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal, NamedTuple

from mlgitops.contract.evaluation import Evaluation, Score
from mlgitops.contract.outcome import RunRecord
from mlgitops.contract.registered import RegisteredVersion
from mlgitops.contract.run import RunInputs
from mlgitops.contract.train import Request

DIGITS = 10
"""Of a run's identity, as the name of its version has them."""

State = Literal["unreadable", "running", "failed", "trained", "evaluated", "rejected", "registered", "released"]
STATES: tuple[State, ...] = (
    "unreadable",
    "running",
    "failed",
    "trained",
    "evaluated",
    "rejected",
    "registered",
    "released",
)
"""From what knows least to what went furthest."""


class KnownRun(NamedTuple):
    """A run in one environment, as far as it is known."""

    environment: str
    run: str
    """Its identity, `sha256:…`."""
    record: RunRecord | None = None
    unreadable: str = ""
    """Why there is no record, where something lies in its place."""
    evaluation: Evaluation | None = None
    registered: RegisteredVersion | None = None
    released: tuple[str, ...] = ()
    """The environments whose release is of this run."""

    @property
    def digits(self) -> str:
        """How people call it."""
        return self.run.removeprefix("sha256:")[:DIGITS]

    @property
    def state(self) -> State:
        """How far it went."""
        if self.released:
            return "released"
        if self.registered is not None:
            return "registered"
        if self.evaluation is not None:
            return "rejected" if self.evaluation.verdict == "rejected" else "evaluated"
        if self.record is None:
            return "unreadable"
        return "trained" if self.record.state == "succeeded" else self.record.state

    @property
    def inputs(self) -> RunInputs | None:
        """What decided its result; the registry's word before its own."""
        known = self.registered or self.record
        return known.inputs if known else None

    @property
    def request(self) -> Request | None:
        """Who asked for it, and why."""
        known = self.registered or self.record
        return known.request if known else None

    @property
    def started(self) -> str:
        """When training began; empty where nobody says so."""
        known = self.record or self.registered
        return known.startedAt if known else ""

    @property
    def finished(self) -> str:
        """When it ended; empty where nobody says so."""
        known = self.record or self.registered
        return (known.finishedAt or "") if known else ""

    @property
    def code_digest(self) -> str:
        """Of the code beside the spec."""
        known = self.registered or self.record
        return known.codeDigest if known else ""

    @property
    def image(self) -> str:
        """The training image."""
        known = self.registered or self.record
        return (known.image or "") if known else ""

    @property
    def problem(self) -> str:
        """The code of what ended it: a failure of its own, or the first limit that its evaluation did not keep."""
        if self.state == "rejected" and self.evaluation is not None:
            return self.evaluation.failures[0].code if self.evaluation.failures else ""
        if self.state == "failed" and self.record is not None and self.record.problem is not None:
            return self.record.problem.code
        return ""

    @property
    def scores(self) -> list[Score]:
        """What was measured on the holdout."""
        if self.registered is not None:
            return self.registered.scores
        return self.evaluation.scores if self.evaluation is not None else []

    @property
    def metrics(self) -> Mapping[str, float]:
        """What the run says of itself, on training data."""
        return self.record.metrics if self.record is not None else {}


def seconds_taken(run: KnownRun, now: str) -> float | None:
    """How long it took, or has taken until now; None where nobody can tell.

    >>> seconds_taken(KnownRun("dev", "sha256:" + "0" * 64), "2026-11-21T10:00:00Z") is None
    True
    """
    end = run.finished or (now if run.state == "running" else "")
    if not run.started or not end:
        return None
    taken = (datetime.fromisoformat(end) - datetime.fromisoformat(run.started)).total_seconds()
    return taken if taken >= 0 else None


def newest_first(runs: Iterable[KnownRun]) -> list[KnownRun]:
    """By when they started; those that nobody knows of last."""
    return sorted(runs, key=lambda run: (run.started, run.environment, run.run), reverse=True)


def matching(runs: Iterable[KnownRun], word: str) -> list[KnownRun]:
    """The runs that a person may mean: by the first digits of their identity, or by the name of their version."""
    digits = word.removeprefix("sha256:").removeprefix("r").lower()
    return [run for run in runs if digits and run.run.removeprefix("sha256:").startswith(digits)]
