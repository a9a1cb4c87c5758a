"""A report as JSON that comes back as the same report: for the cache, which must not run code when it is read.

Everything is checked when it comes back: a cache is a file that anybody may have written.
"""

from __future__ import annotations

from typing import Any, TypeVar, get_args

from mlgitops.findings import Finding, Severity
from mlgitops.report.contents import Report, Skipped
from mlgitops.report.visible import redacted_shapes
from mlgitops.source import Location

Json = Any
T = TypeVar("T")

_MALFORMED = (AttributeError, KeyError, IndexError, TypeError)


def finding_json(finding: Finding) -> Json:
    """A finding as a list, without what has the form of a secret: caches are copied between machines."""
    message, hint, pointer = map(redacted_shapes, (finding.message, finding.hint, finding.pointer))
    related = [(place, redacted_shapes(words)) for place, words in finding.related]
    return [*finding[:3], message, hint, pointer, finding.subject, related, finding.waived]


def stored_finding(data: Json) -> Finding:
    """The finding that `finding_json` wrote. Raises ValueError for anything else."""
    try:
        location, code, severity, message, hint, pointer, subject, related, waived = data
        texts = [_is(str, text) for text in (code, message, hint, pointer, subject, waived)]
        code, message, hint, pointer, subject, waived = texts
        if severity not in get_args(Severity):
            raise ValueError("no severity")
        places = tuple((_location(place), _is(str, words)) for place, words in _is(list, related))
    except _MALFORMED as error:
        raise ValueError("no finding") from error
    return Finding(_location(location), code, severity, message, hint, pointer, subject, places, waived)


def report_json(report: Report) -> Json:
    """A report as a mapping."""
    return {
        **report._asdict(),
        "findings": [finding_json(finding) for finding in report.findings],
        "skipped": [list(skipped) for skipped in report.skipped],
    }


def stored_report(data: Json) -> Report:
    """The report that `report_json` wrote. Raises ValueError for anything else."""
    try:
        written, unchanged, files = data["written"], data["unchanged"], data["files"]
        return Report(
            findings=tuple(stored_finding(finding) for finding in _is(list, data["findings"])),
            checked=_is(int, data["checked"]),
            failed=_is(int, data["failed"]),
            skipped=tuple(Skipped(*_texts(skipped)) for skipped in _is(list, data["skipped"])),
            unchanged=None if unchanged is None else _is(int, unchanged),
            unit=_is(str, data["unit"]),
            engine=_is(str, data["engine"]),
            written=None if written is None else _texts(written),
            removed=_texts(data["removed"]),
            files=None if files is None else _is(int, files),
        )
    except _MALFORMED as error:
        raise ValueError("no report") from error


def _is(kind: type[T], value: Json) -> T:
    if type(value) is not kind:
        raise ValueError(f"expected {kind.__name__}")
    return value


def _texts(values: Json) -> tuple[str, ...]:
    return tuple(_is(str, value) for value in _is(list, values))


def _location(data: Json) -> Location:
    path, line, column = _is(list, data)
    return Location(_is(str, path), _is(int, line), _is(int, column))
