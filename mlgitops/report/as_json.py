"""A report for programs: types of its own, versioned, so that our internals may change and readers' code need not.

A new key may come at any time; a key that goes or changes its meaning raises `VERSION`.
"""

from __future__ import annotations

import json
from typing import TypedDict

from mlgitops import __version__
from mlgitops.findings import Finding
from mlgitops.report.contents import Report, count
from mlgitops.report.visible import redacted_shapes
from mlgitops.source import Location

VERSION = 1


class PlaceJson(TypedDict):
    """Where something stands."""

    path: str
    line: int
    column: int


class RelatedJson(PlaceJson):
    """Another place, and what it has to do with the finding."""

    message: str


class FindingJson(PlaceJson):
    """One finding; what it does not have is null."""

    code: str
    severity: str
    message: str
    hint: str | None
    pointer: str | None
    subject: str | None
    waivedBy: str | None
    related: list[RelatedJson]


class SkippedJson(TypedDict):
    """Something left out, and why."""

    subject: str
    reason: str


class SummaryJson(TypedDict):
    """The counts of the text's last line."""

    unit: str
    checked: int
    failed: int
    skipped: int
    waived: int
    unchanged: int | None
    filesUnchanged: int | None
    errors: int
    warnings: int
    notes: int
    engine: str | None


class ReportJson(TypedDict):
    """The whole document."""

    version: int
    tool: dict[str, str]
    findings: list[FindingJson]
    skipped: list[SkippedJson]
    written: list[str] | None
    removed: list[str]
    summary: SummaryJson


def as_json(report: Report) -> str:
    """The report as one JSON document in ASCII, so that no locale can garble it."""
    return json.dumps(document_of(report), indent=2) + "\n"


def document_of(report: Report) -> ReportJson:
    """The report as the document that `as_json` writes."""
    numbers = count(report)
    return ReportJson(
        version=VERSION,
        tool={"name": "mlgitops", "version": __version__},
        findings=[_finding(finding) for finding in report.findings],
        skipped=[SkippedJson(subject=subject, reason=reason) for subject, reason in report.skipped],
        written=None if report.written is None else list(report.written),
        removed=list(report.removed),
        summary=SummaryJson(
            unit=report.unit,
            checked=numbers.checked,
            failed=numbers.failed,
            skipped=numbers.skipped,
            waived=numbers.waived,
            unchanged=report.unchanged,
            filesUnchanged=report.kept,
            errors=numbers.errors,
            warnings=numbers.warnings,
            notes=numbers.notes,
            engine=report.engine or None,
        ),
    )


def _finding(finding: Finding) -> FindingJson:
    return FindingJson(
        **_place(finding.location),
        code=finding.code,
        severity=finding.severity,
        message=redacted_shapes(finding.message),
        hint=redacted_shapes(finding.hint) or None,
        pointer=redacted_shapes(finding.pointer) or None,
        subject=finding.subject or None,
        waivedBy=finding.waived or None,
        related=[RelatedJson(**_place(place), message=words) for place, words in finding.related],
    )


def _place(location: Location) -> PlaceJson:
    return PlaceJson(path=location.path, line=location.line, column=location.column)
