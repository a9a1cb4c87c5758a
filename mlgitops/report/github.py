"""A report as workflow commands of GitHub Actions, which become annotations on the lines of a pull request.

::error file=specs/churn/model.yaml,line=31,col=15,title=spec/out-of-range::serving.replicas.min must be …
"""

from __future__ import annotations

from collections import Counter

from mlgitops.findings import Finding
from mlgitops.report.contents import Report, closing
from mlgitops.report.groups import Group, by_subject
from mlgitops.report.text import more, some
from mlgitops.report.visible import redacted_shapes, visible

SHOWN = 10
"""Annotations of each kind that GitHub shows of one step; the others stand in its log alone."""

COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def github(report: Report, prefix: str = "") -> str:
    """One command a finding, then the counts as a line of the log.

    `prefix` is where the repository lies in the Git checkout (`platform/`): GitHub counts paths from there.
    """
    groups = by_subject(report.findings)
    lines = [_command(group, prefix) for group in groups]
    counts = Counter(_kind(group.finding) for group in groups)
    lines += [f"GitHub shows {SHOWN} of {count} {kind}s" for kind, count in sorted(counts.items()) if count > SHOWN]
    lines += [visible(f"skipped {subject}: {reason}") for subject, reason in report.skipped]
    return "".join(f"{line}\n" for line in [*lines, visible(closing(report))])


def _command(group: Group, prefix: str) -> str:
    finding = group.finding
    place = finding.location
    properties = {
        "file": prefix + place.path,
        "line": str(place.line),
        "col": str(place.column),
        "title": f"{finding.code} (waived)" if finding.waived else finding.code,
    }
    shown = ",".join(f"{name}={escaped_property(value)}" for name, value in properties.items())
    words = escaped("\n".join(_words(group)))
    return f"::{_kind(finding)} {shown}::{words}"


def _kind(finding: Finding) -> str:
    return "notice" if finding.waived else COMMANDS[finding.severity]


def _words(group: Group) -> list[str]:
    finding = group.finding
    words = [redacted_shapes(finding.message)]
    words += [f"see {place}: {what}" for place, what in finding.related]
    if group.subjects:
        words.append(f"for: {some(group.subjects)}")
    if finding.waived:
        words.append(f"waived by: {finding.waived}")
    if finding.hint:
        words.append(f"hint: {redacted_shapes(finding.hint)}")
    return [visible(line) for line in [*words, f"more: {more(finding)}"]]


def escaped(text: str) -> str:
    """Text that the runner reads back as it was, after the `::` of a command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escaped_property(text: str) -> str:
    """The same for a property before the second `::`, where colons and commas mean something too."""
    return escaped(visible(text)).replace(":", "%3A").replace(",", "%2C")
