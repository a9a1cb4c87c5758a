"""Waivers applied: findings of a rule about one subject that count no more, until a day.

    findings = apply_waivers(findings, waivers, as_of, decided)

A waiver is valid from the day it was issued through the whole day it expires, in UTC. What it covers is still shown.
Waivers that expired, expire within `SOON` or cover nothing are findings of their own, so that none is forgotten. None
covers by a wildcard: each names one rule, model and environment (`spec.checks.waiver`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from mlgitops.findings import Finding, in_order
from mlgitops.source import Location

SOON = timedelta(days=14)


class Waiver(NamedTuple):
    """An exception to a rule for a subject."""

    location: Location
    """Of its rule in policies/waivers."""
    name: str
    rule: str
    """`cost.gpu-limit`."""
    model: str
    environment: str
    owner: str
    reason: str
    ticket: str
    issued: date
    expires: date
    """The last day on which it holds."""

    def covers(self, rule: str, subject: str) -> bool:
        """Whether it is about a rule and `model@environment`, whatever the day."""
        model, _, environment = subject.rpartition("@")
        return (self.rule, self.model, self.environment) == (rule, model, environment)

    def holds(self, as_of: date) -> bool:
        """Whether it is valid on a day, in UTC."""
        return self.issued <= as_of <= self.expires


def apply_waivers(
    findings: Sequence[Finding], waivers: Iterable[Waiver], as_of: date, decided: Collection[tuple[str, str]]
) -> list[Finding]:
    """All findings, those under a waiver that holds marked with its path; and what there is to know about the waivers.

    `decided` are the pairs of rule and subject that were decided in this run: only of these can a waiver be unused.
    """
    ordered = sorted(waivers, key=lambda waiver: (waiver.location, waiver.name))
    valid = [waiver for waiver in ordered if waiver.holds(as_of)]
    result = [_marked(finding, valid) for finding in findings]
    about = {
        waiver: [f for f in findings if f.code.startswith("policy/") and waiver.covers(_rule(f), f.subject)]
        for waiver in ordered
    }
    for waiver in ordered:
        if any(waiver.covers(rule, subject) for rule, subject in decided):
            result += _remarks(waiver, about[waiver], as_of)
    return in_order(result)


def _rule(finding: Finding) -> str:
    return finding.code.removeprefix("policy/")


def _marked(finding: Finding, valid: Sequence[Waiver]) -> Finding:
    if not finding.code.startswith("policy/") or finding.waived:
        return finding
    waiver = next((waiver for waiver in valid if waiver.covers(_rule(finding), finding.subject)), None)
    return finding._replace(waived=waiver.location.path) if waiver else finding


def _remarks(waiver: Waiver, about: Sequence[Finding], as_of: date) -> list[Finding]:
    """What a person must know about one waiver, on a day."""
    remarks = []
    if not about:
        message = f"the waiver '{waiver.name}' covers nothing: {waiver.rule} finds nothing it is about"
        remarks.append(_remark(waiver, "policy/waiver-unused", message, "remove it"))
    elif as_of > waiver.expires:
        message = f"the waiver '{waiver.name}' held through {waiver.expires}, {_days(as_of - waiver.expires)} ago"
        remarks.append(
            _remark(waiver, "policy/waiver-expired", message, f"mend the cause, or ask {waiver.owner} to renew it")
        )
    elif as_of < waiver.issued:
        message = f"the waiver '{waiver.name}' does not hold yet: it is issued on {waiver.issued}"
        remarks.append(_remark(waiver, "policy/waiver-not-yet", message, "issue it on the day it is agreed"))
    elif waiver.expires - as_of <= SOON:
        message = f"the waiver '{waiver.name}' holds through {waiver.expires}, {_days(waiver.expires - as_of)} from now"
        remarks.append(
            _remark(waiver, "policy/waiver-expires-soon", message, f"mend the cause, or ask {waiver.owner} to renew it")
        )
    return remarks


def _days(time: timedelta) -> str:
    return "1 day" if time.days == 1 else f"{time.days} days"


def _remark(waiver: Waiver, code: str, message: str, hint: str) -> Finding:
    subject = f"{waiver.model}@{waiver.environment}"
    return Finding(waiver.location, code, "warning", message, hint, subject=subject)
