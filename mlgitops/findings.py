"""Findings: what a person must know about their files, each with a place and a next action.

    specs/churn/model.yaml:31:15: error[spec/out-of-range]: serving.replicas.min must be at least 1, got 0

A finding is about the user's files. What is wrong with the world (no OPA, a full disk) is an
`errors.MlgitopsError`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from mlgitops.source import Location

Severity = Literal["error", "warning", "note"]
"""`error` fails the run (exit 1), `warning` and `note` do not."""


class Finding(NamedTuple):
    """One thing a person must know."""

    location: Location
    code: str
    """Stable, `category/name`: `spec/out-of-range`, `policy/cost.gpu-limit`, `kuberay/name-too-long`."""
    severity: Severity
    message: str
    """What was expected and what was got; at most 4 KiB, never a document."""
    hint: str = ""
    """The next action, as an imperative; empty when the message says it."""
    pointer: str = ""
    """RFC 6901 pointer into the document at `location.path`, where there is one."""
    subject: str = ""
    """`model@environment` when the finding is about one target."""
    related: tuple[tuple[Location, str], ...] = ()
    """Other places that explain it, each with a few words."""
    waived: str = ""
    """The path of the waiver that covers it; a waived finding is shown and does not fail the run."""

    @property
    def fails(self) -> bool:
        """Whether this finding makes the run exit with 1."""
        return self.severity == "error" and not self.waived


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Findings without repetition, by path, line, column, code, then text."""
    return sorted(
        set(findings), key=lambda f: (f.location.path, f.location.line, f.location.column, f.code, f.message, f.subject)
    )
