"""Findings that say the same thing of several targets, said once.

A spec's mistake shows in every environment that renders it; a person mends it in one place.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from mlgitops.findings import Finding


class Group(NamedTuple):
    """One finding and everything it is true of."""

    finding: Finding
    subjects: tuple[str, ...]
    """In order, without repetition; empty for a finding about a file alone."""


def by_subject(findings: Iterable[Finding]) -> list[Group]:
    """Findings that differ in their subject alone, in one group each; groups in the order of their first finding."""
    groups: dict[Finding, list[str]] = {}
    for finding in findings:
        subjects = groups.setdefault(finding._replace(subject=""), [])
        if finding.subject and finding.subject not in subjects:
            subjects.append(finding.subject)
    return [Group(finding, tuple(sorted(subjects))) for finding, subjects in groups.items()]
