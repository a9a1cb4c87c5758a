"""A report as JSON that comes back as the same report: for the cache, which must not run code when it is read."""

from __future__ import annotations

from typing import Any

from mlgitops.findings import Finding
from mlgitops.report.contents import Report, Skipped
from mlgitops.source import Location

Json = Any


def finding_json(finding: Finding) -> Json:
    """A finding as a list."""
    return list(finding)


def stored_finding(data: Json) -> Finding:
    """The finding that `finding_json` wrote. Raises TypeError or ValueError for anything else."""
    location, code, severity, message, hint, pointer, subject, related, waived = data
    places = tuple((Location(*place), words) for place, words in related)
    return Finding(Location(*location), code, severity, message, hint, pointer, subject, places, waived)


def report_json(report: Report) -> Json:
    """A report as a mapping."""
    return {
        **report._asdict(),
        "findings": [finding_json(finding) for finding in report.findings],
        "skipped": [list(skipped) for skipped in report.skipped],
    }


def stored_report(data: Json) -> Report:
    """The report that `report_json` wrote. Raises TypeError or ValueError for anything else."""
    written = data["written"]
    return Report(
        findings=tuple(stored_finding(finding) for finding in data["findings"]),
        checked=data["checked"],
        failed=data["failed"],
        skipped=tuple(Skipped(*skipped) for skipped in data["skipped"]),
        unchanged=data["unchanged"],
        unit=data["unit"],
        engine=data["engine"],
        written=None if written is None else tuple(written),
        removed=tuple(data["removed"]),
    )
