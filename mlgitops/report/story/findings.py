"""A story as findings, for forms that know nothing else: SARIF and annotations on the lines of a pull request.

What a reviewer must see is a finding of its own: effects of note, verdicts that loosen, waivers that run out,
approvals that are missing. Each stands on the line that a person wrote; where that line is gone, on the environment's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from mlgitops.findings import Finding, Severity, in_order
from mlgitops.plan.capacity import CapacityChange
from mlgitops.plan.effect import EFFECT_CLASSES, Effect, EffectClass
from mlgitops.plan.policy_diff import VerdictFlip, Witness
from mlgitops.plan.risk import Risk
from mlgitops.plan.story import Story
from mlgitops.report.contents import Report
from mlgitops.report.story.change_groups import listed
from mlgitops.report.story.verdicts import Flip, Wrong, other_flips, wrongs
from mlgitops.report.story.waivers import renewal_words
from mlgitops.source import Location

SEVERITIES: Final[dict[EffectClass, Severity]] = {
    "refused": "warning",
    "removed": "warning",
    "run-stopped": "warning",
    "new-cluster": "warning",
    "run-started": "note",
    "routes": "note",
    "ignored": "warning",
}
"""The classes of effect that are of note. None is an error: whether a change may happen is for policy to say."""

CODES: Final[dict[EffectClass, str]] = {
    "refused": "plan/refused",
    "removed": "plan/removed",
    "run-stopped": "plan/run-stopped",
    "new-cluster": "plan/new-cluster",
    "run-started": "plan/run-started",
    "routes": "plan/routes",
    "ignored": "plan/ignored",
}

APPROVE_RULE = "approve the rule only if this is meant"
APPROVE_WAIVER = "approve the waiver only if its reason holds until it runs out"

REASONS = 3
"""Reasons that one finding tells; the objects of a target that share an effect mostly share its reason."""


def told(story: Story, report: Report) -> Report:
    """The report with what the story has to say beside its findings."""
    found = [*report.findings, *story_findings(story, report)]
    return report._replace(findings=tuple(in_order(found)))


def gravest_first(report: Report) -> Report:
    """For readers that show the first few of each severity alone: denials, errors, then effects by gravity."""
    order = list(CODES.values())

    def gravity(finding: Finding) -> tuple[bool, int, bool, int]:
        place = order.index(finding.code) if finding.code in order else len(order)
        severity = ("error", "warning", "note").index(finding.severity)
        return (bool(finding.waived), severity, not finding.code.startswith("policy/"), place)

    return report._replace(findings=tuple(sorted(report.findings, key=gravity)))


def story_findings(story: Story, report: Report) -> list[Finding]:
    """What the story alone tells; nothing that the report has already."""
    found = _effects(story.effects)
    found += [_denial(wrong) for wrong in wrongs(story, report) if wrong.finding not in _bare(report)]
    found += [
        finding for flip in other_flips(story) if flip.loosened and not flip.waives for finding in _loosened(flip)
    ]
    found += [_waived(flip) for flip in story.policy.flips if flip.waives and not flip.refused]
    found += [_would_pass(one) for one in story.policy.witnesses if one.loosened]
    found += [_short(one) for one in story.capacity if any(gpus.over for gpus in one.gpus)]
    found += [finding for risk in story.risks for finding in _unapproved(risk)]
    found += [
        Finding(Location(one.waiver), "plan/waived", "warning", renewal_words(one), APPROVE_WAIVER, subject=one.subject)
        for one in story.policy.renewals
    ]
    found += [
        Finding(
            Location(one.waiver),
            "plan/lapse",
            "warning",
            f"{one.rule} will deny {one.subject}: {one.message}",
            f"mend it or renew the waiver before {one.expires}",
            subject=one.subject,
        )
        for one in story.policy.lapses
    ]
    return found


def _bare(report: Report) -> set[Finding]:
    return {finding._replace(subject="") for finding in report.findings}


def _effects(effects: Iterable[Effect]) -> list[Finding]:
    """One finding for all objects of a target to which the same happens for the same line."""
    together: dict[tuple[EffectClass, str, Location], list[Effect]] = {}
    for effect in effects:
        if effect.effect in SEVERITIES:
            place = effect.location or _of_environment(effect.target)
            together.setdefault((effect.effect, _subject(effect.target), place), []).append(effect)
    return [_effect(*key, found) for key, found in together.items()]


def _effect(effect: EffectClass, subject: str, place: Location, found: Sequence[Effect]) -> Finding:
    objects: dict[str, list[str]] = {}
    for one in found:
        objects.setdefault(one.reason, []).append(f"{one.object_kind} {one.name}")
    message = "; ".join(f"{listed(names)}: {reason}" for reason, names in list(objects.items())[:REASONS])
    hint = next((one.instead for one in found if one.instead), f"{effect}: {EFFECT_CLASSES[effect]}")
    return Finding(place, CODES[effect], SEVERITIES[effect], message, hint, subject=subject)


def _of_environment(target: str) -> Location:
    """Where a target comes from when no line of its own is to blame."""
    environment, separator, _ = target.partition("/")
    return Location(f"environments/{environment}/environment.yaml") if separator else Location("mlgitops.yaml")


def _subject(target: str) -> str:
    """`churn@dev` of `dev/churn/serve`; `@dev` of what an environment shares."""
    environment, _, rest = target.partition("/")
    model = rest.split("/")[0]
    return f"@{environment}" if not model or model.startswith("_") else f"{model}@{environment}"


def _denial(wrong: Wrong) -> Finding:
    """A denial that the working tree's own rules do not know of."""
    finding = wrong.finding
    place = finding.location if wrong.placed else _of_subject(wrong.subjects[0] if wrong.subjects else "")
    return finding._replace(location=place, subject=", ".join(wrong.subjects[:5]))


def _of_subject(subject: str) -> Location:
    model, _, environment = subject.partition("@")
    return Location(f"specs/{model}/model.yaml") if model else _of_environment(f"{environment}/")


def _loosened(flip: Flip) -> Iterator[Finding]:
    for subject in flip.subjects:
        message = f"{flip.rule} no longer denies {subject}: {flip.change}: {flip.message}"
        yield Finding(_of_rule(flip.rule), "plan/loosened", "warning", message, APPROVE_RULE, subject=subject)


def _waived(flip: VerdictFlip) -> Finding:
    message = f"{flip.waiver} sets aside what {flip.rule} denies: {flip.message}"
    return Finding(Location(flip.waiver), "plan/waived", "warning", message, APPROVE_WAIVER, subject=flip.subject)


def _would_pass(one: Witness) -> Finding:
    message = f"{one.rule} would let through what nobody has yet: {one.says}"
    subject = f"@{one.environment}"
    return Finding(_of_rule(one.rule), "plan/would-pass", "warning", message, APPROVE_RULE, subject=subject)


def _of_rule(rule: str) -> Location:
    """`policies/cost/gpu-limit/gpu-limit.rego` of `cost.gpu-limit`."""
    category, _, name = rule.partition(".")
    return Location(f"policies/{category}/{name}/{name}.rego")


def _short(one: CapacityChange) -> Finding:
    short = [f"{gpus.peak_after} {gpus.accelerator} of {gpus.limit} allowed" for gpus in one.gpus if gpus.over]
    message = f"{one.environment} needs up to {', '.join(short)}"
    hint = "raise the limit, or let fewer models change at once: pods that do not fit wait"
    return Finding(
        _of_environment(f"{one.environment}/"), "plan/peak", "warning", message, hint, subject=f"@{one.environment}"
    )


def _unapproved(risk: Risk) -> Iterator[Finding]:
    place = next((factor.location for factor in risk.factors if factor.location), None)
    for one in risk.approvals:
        if one.given_by and not one.void:
            continue
        owners = f", one of {', '.join(one.owners[:5])}" if one.owners else ""
        why = f"the approval of {one.given_by} is void: {one.void}" if one.void else "nobody has approved it"
        message = f"risk {risk.level}: {one.role} must approve{owners}: {why}"
        subject = f"{risk.model}@{risk.environment}"
        at = place or Location(f"specs/{risk.model}/model.yaml")
        yield Finding(at, "plan/approval-missing", "warning", message, f"ask {one.role} to approve", subject=subject)
