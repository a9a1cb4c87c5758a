"""A report as SARIF 2.1.0, for code scanning: https://docs.oasis-open.org/sarif/sarif/v2.1.0/

One run; one result for each finding; a fingerprint that stays when lines move, so that a finding is not opened anew.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from mlgitops import __version__
from mlgitops.findings import Finding
from mlgitops.report.contents import Report, closing, count
from mlgitops.report.explain import Explanation
from mlgitops.report.visible import redacted_shapes, visible
from mlgitops.source import Location

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

RESULTS = 25_000
"""As many results as GitHub takes in a run; a file with more is refused there as a whole."""

BASE = "%SRCROOT%"
"""By convention, the root of the checkout."""

LEVELS = {"error": "error", "warning": "warning", "note": "note"}

SEVERITIES = tuple(LEVELS)
"""The most severe first."""


def sarif(report: Report, explanations: Mapping[str, Explanation], prefix: str = "") -> str:
    """The report as one SARIF document in ASCII.

    `prefix` is where the repository lies in the Git checkout, since readers of SARIF count paths from there.
    """
    findings = _fitting(report.findings)
    worst = _worst(findings)
    codes = sorted(worst)
    run = {
        "tool": {
            "driver": {
                "name": "mlgitops",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(code, worst[code], explanations.get(code)) for code in codes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {BASE: {"description": {"text": "The root of the Git checkout."}}},
        "invocations": [_invocation(report, len(findings))],
        "results": _results(findings, codes, prefix),
        "properties": {**count(report)._asdict(), "unit": report.unit, "engine": report.engine or None},
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def fingerprint(finding: Finding) -> str:
    """What a finding is, whatever line it stands in: its code, file, pointer and subject."""
    identity = (finding.code, finding.location.path, finding.pointer, finding.subject)
    return hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:32]


def _fitting(findings: Sequence[Finding]) -> list[Finding]:
    """The findings in their order; of too many, those that fail the run first."""
    if len(findings) <= RESULTS:
        return list(findings)
    order = [(not finding.fails, SEVERITIES.index(finding.severity)) for finding in findings]
    kept = sorted(range(len(findings)), key=order.__getitem__)
    return [findings[i] for i in sorted(kept[:RESULTS])]


def _invocation(report: Report, shown: int) -> dict[str, Any]:
    notes = [f"skipped {subject}: {reason}" for subject, reason in report.skipped]
    if shown < len(report.findings):
        notes.append(f"{len(report.findings) - shown} more findings are left out; the JSON report has all")
    notes.append(closing(report))
    notifications = [{"level": "note", "message": {"text": visible(note)}} for note in notes]
    return {"executionSuccessful": True, "toolExecutionNotifications": notifications}


def _worst(findings: Sequence[Finding]) -> dict[str, str]:
    """The level of each code's most severe finding."""
    worst: dict[str, str] = {}
    for severity in reversed(SEVERITIES):
        worst |= {finding.code: LEVELS[severity] for finding in findings if finding.severity == severity}
    return worst


def _rule(code: str, level: str, explanation: Explanation | None) -> dict[str, Any]:
    rule: dict[str, Any] = {"id": code, "defaultConfiguration": {"level": level}}
    title = explanation.title if explanation else f"See `mlgitops explain {code}`."
    rule["shortDescription"] = {"text": visible(title)}
    body = explanation.body if explanation and explanation.body else title
    rule["help"] = {"text": body, "markdown": body}
    return rule


def _results(findings: Sequence[Finding], codes: Sequence[str], prefix: str) -> list[dict[str, Any]]:
    index = {code: number for number, code in enumerate(codes)}
    seen: Counter[str] = Counter()
    results = []
    for finding in findings:
        identity = fingerprint(finding)
        seen[identity] += 1
        results.append(_result(finding, index[finding.code], f"{identity}:{seen[identity]}", prefix))
    return results


def _result(finding: Finding, rule: int, identity: str, prefix: str) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": LEVELS[finding.severity],
        "message": {"text": _message(finding)},
        "locations": [_location(finding.location, prefix)],
        # The second key is the one that GitHub reads.
        "partialFingerprints": {"mlgitops/v1": identity, "primaryLocationLineHash": identity},
    }
    if finding.pointer or finding.subject:
        pointer = redacted_shapes(finding.pointer)
        result["properties"] = {"pointer": pointer or None, "subject": finding.subject or None}
    if finding.related:
        result["relatedLocations"] = [
            {"id": number, "message": {"text": visible(words)}, **_location(place, prefix)}
            for number, (place, words) in enumerate(finding.related)
        ]
    if finding.waived:
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": f"waived by {visible(finding.waived)}"}
        ]
    return result


def _message(finding: Finding) -> str:
    words = [finding.message]
    if finding.subject:
        words.append(f"for: {finding.subject}")
    if finding.hint:
        words.append(f"hint: {finding.hint}")
    return "\n".join(_plain(visible(redacted_shapes(line))) for line in words)


def _plain(text: str) -> str:
    """Text in which nothing reads as an embedded link, which viewers would follow: `[text](target)`, section 3.11.6."""
    return re.sub(r"\[(?=[^\[\]]*\]\()", r"\\[", text)


def _location(place: Location, prefix: str) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(prefix + place.path, errors="replace"), "uriBaseId": BASE},
            "region": {"startLine": max(place.line, 1), "startColumn": max(place.column, 1)},
        }
    }
