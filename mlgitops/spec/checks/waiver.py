"""Checks of waivers against what they name and how long they last."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from mlgitops.findings import Finding
from mlgitops.source import Pointer, pointer_text
from mlgitops.spec.documents.waiver import Waiver
from mlgitops.spec.resolve import Written

MAX_DAYS = 90


def check_waivers(
    waivers: Iterable[Written[Waiver]], models: frozenset[str], environments: frozenset[str], rules: frozenset[str]
) -> list[Finding]:
    """What is wrong with waivers: unknown rule, model or environment, too long, a name used twice."""
    findings: list[Finding] = []
    seen: dict[str, Written[Waiver]] = {}
    for waiver in waivers:

        def finding(pointer: Pointer, code: str, message: str, hint: str, waiver: Written[Waiver] = waiver) -> None:
            place = waiver.document.locate(pointer)
            findings.append(Finding(place, code, "error", message, hint, pointer_text(pointer)))

        spec, name = waiver.value.spec, waiver.value.metadata.name
        subjects = (
            ("rule", spec.rule, rules),
            ("model", spec.model, models),
            ("environment", spec.environment, environments),
        )
        for field, value, known in subjects:
            if value not in known:
                message = f"{field} must be one that exists, got '{value}'"
                finding(("spec", field), "policy/waiver-unknown-subject", message, "remove the waiver or correct it")
        days = (date.fromisoformat(spec.expires) - date.fromisoformat(spec.issued)).days
        if not 0 <= days <= MAX_DAYS:
            message = f"expires must be 0 to {MAX_DAYS} days after issued, got {days}"
            finding(
                ("spec", "expires"), "policy/waiver-too-long", message, "waive for a shorter time and mend the cause"
            )
        if name in seen:
            message = f"a waiver's name must be used once, got '{name}' also in {seen[name].document.path}"
            finding(("metadata", "name"), "spec/duplicate-name", message, "rename one")
        seen[name] = waiver
    return findings
