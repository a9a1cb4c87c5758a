"""A story for programs: types of its own, versioned as those of `report.as_json` are, with the report beside it.

A new key may come at any time; a key that goes or changes its meaning raises `VERSION`. The types are published as a
JSON Schema: `schemas/report/plan.json`.
"""

from __future__ import annotations

import json
from typing import Any, NotRequired, TypedDict

from mlgitops import __version__
from mlgitops.plan.capacity import CapacityChange, Cost
from mlgitops.plan.changes import ObjectChange, Plan, TargetChange, Verdict
from mlgitops.plan.effect import Effect, EffectClass
from mlgitops.plan.fields import ABSENT, FieldChange
from mlgitops.plan.policy_diff import Cause, PolicyDiff, VerdictFlip
from mlgitops.plan.risk import Risk, RiskLevel, Strategy
from mlgitops.plan.story import Story
from mlgitops.report.as_json import PlaceJson, ReportJson, document_of
from mlgitops.report.contents import Report
from mlgitops.report.story.change_groups import redacted
from mlgitops.report.story.effect_groups import Tone
from mlgitops.report.story.headline import headline, state
from mlgitops.report.visible import redacted_shapes
from mlgitops.source import Location

VERSION = 1

Json = Any


class SentenceJson(TypedDict):
    """One sentence of what a change does, and how loudly it is told."""

    text: str
    tone: Tone


class EffectJson(TypedDict):
    """What one change of one object does on a cluster."""

    effect: EffectClass
    target: str
    file: str
    kind: str
    name: str
    reason: str
    fields: list[str]
    instead: str | None
    location: PlaceJson | None


class StepJson(TypedDict):
    """A number before and after."""

    before: float
    after: float


class GpusJson(TypedDict):
    """Of one accelerator type: as it stays, at the worst moment in between, and what is allowed."""

    accelerator: str
    steady: StepJson
    peak: StepJson
    limit: int | None
    over: bool


class RunCostJson(TypedDict):
    """One training run that starts, at most."""

    model: str
    gpuHours: float
    cost: float


class CapacityJson(TypedDict):
    """What a change means for one environment."""

    environment: str
    currency: str
    gpus: list[GpusJson]
    costPerMonth: StepJson
    peakCostPerHour: StepJson
    costLimitPerMonth: float | None
    runs: list[RunCostJson]


class FactorJson(TypedDict):
    """One thing that changes, and the risk that it has."""

    change: str
    level: RiskLevel
    reason: str
    location: PlaceJson | None


class ApprovalJson(TypedDict):
    """A role that has to approve; `void` says why an approval that was given does not count."""

    role: str
    owners: list[str]
    givenBy: str | None
    void: str | None


class RiskJson(TypedDict):
    """Of the change of one model in one environment."""

    model: str
    environment: str
    level: RiskLevel
    computed: RiskLevel
    strategy: Strategy
    factors: list[FactorJson]
    approvals: list[ApprovalJson]


class FlipJson(TypedDict):
    """A verdict under {old, new} specs and {old, new} policies, specs first."""

    rule: str
    subject: str
    cause: Cause
    oldOld: Verdict
    newOld: Verdict
    oldNew: Verdict
    newNew: Verdict
    hidden: bool
    loosened: bool
    refused: bool
    message: str
    location: PlaceJson | None
    waiver: str | None


class WitnessJson(TypedDict):
    """A document that nobody has, whose verdict a changed rule flips."""

    rule: str
    environment: str
    before: Verdict
    after: Verdict
    says: str
    document: dict[str, Any]
    start: str | None
    still: list[str]
    loosened: bool


class LapseJson(TypedDict):
    """A waiver that runs out, and what it will break."""

    waiver: str
    rule: str
    subject: str
    expires: str
    message: str


class RenewalJson(TypedDict):
    """A denial that a waiver sets aside for longer than any of the base does, where one does."""

    waiver: str
    rule: str
    subject: str
    before: str | None
    after: str
    message: str


class PolicyJson(TypedDict):
    """All that a change does to verdicts; `searched` documents were asked about, which is a search and no proof."""

    flips: list[FlipJson]
    witnesses: list[WitnessJson]
    searched: int
    notSearched: list[str]
    unknown: str | None
    lapses: list[LapseJson]
    renewals: list[RenewalJson]
    changedRules: list[str]


class FieldJson(TypedDict):
    """One field that differs; where it is absent on a side, so is the key."""

    path: str
    before: NotRequired[Json]
    after: NotRequired[Json]


class ObjectJson(TypedDict):
    """One object that differs."""

    change: str
    file: str
    kind: str
    namespace: str | None
    name: str
    formerName: str | None
    fields: list[FieldJson]


class TargetJson(TypedDict):
    """One target that differs."""

    change: str
    target: str
    objects: list[ObjectJson]


class VerdictJson(TypedDict):
    """A rule's verdict on one subject that is another one."""

    subject: str
    rule: str
    before: Verdict
    after: Verdict
    message: str


class NotComparedJson(TypedDict):
    """A target with errors, and on which side it has them."""

    target: str
    side: str


class CountsJson(TypedDict):
    """How much was compared."""

    changedTargets: int
    unchangedTargets: int
    untouchedModels: int


class PlanJson(TypedDict):
    """The whole document."""

    version: int
    tool: dict[str, str]
    base: str
    state: str
    headline: list[SentenceJson]
    notes: list[str]
    effects: list[EffectJson]
    capacity: list[CapacityJson]
    risks: list[RiskJson]
    policy: PolicyJson
    targets: list[TargetJson]
    verdicts: list[VerdictJson]
    notCompared: list[NotComparedJson]
    summary: CountsJson
    report: ReportJson


def story_json(story: Story, report: Report) -> str:
    """The story and the report on the working tree as one JSON document in ASCII."""
    plan = story.plan
    document = PlanJson(
        version=VERSION,
        tool={"name": "mlgitops", "version": __version__},
        base=plan.base,
        state=state(story, report),
        headline=[SentenceJson(text=redacted_shapes(one.text), tone=one.tone) for one in headline(story, report)],
        notes=[redacted_shapes(note) for note in story.notes],
        effects=[_effect(effect) for effect in story.effects],
        capacity=[_capacity(one) for one in story.capacity],
        risks=[_risk(risk) for risk in story.risks],
        policy=policy_document(story.policy),
        targets=[_target(target) for target in plan.targets],
        verdicts=_verdicts(plan),
        notCompared=[NotComparedJson(target=redacted_shapes(one.target), side=one.side) for one in plan.failed],
        summary=CountsJson(
            changedTargets=len(plan.targets), unchangedTargets=plan.unchanged, untouchedModels=plan.untouched
        ),
        report=document_of(report),
    )
    return json.dumps(document, indent=2) + "\n"


def _place(location: Location | None) -> PlaceJson | None:
    if location is None:
        return None
    return PlaceJson(path=redacted_shapes(location.path), line=location.line, column=location.column)


def _effect(effect: Effect) -> EffectJson:
    return EffectJson(
        effect=effect.effect,
        target=redacted_shapes(effect.target),
        file=redacted_shapes(effect.file),
        kind=effect.object_kind,
        name=redacted_shapes(effect.name),
        reason=redacted_shapes(effect.reason),
        fields=[redacted_shapes(field) for field in effect.fields],
        instead=redacted_shapes(effect.instead) or None,
        location=_place(effect.location),
    )


def _step(cost: Cost) -> StepJson:
    return StepJson(before=round(cost.before, 4), after=round(cost.after, 4))


def _capacity(one: CapacityChange) -> CapacityJson:
    return CapacityJson(
        environment=one.environment,
        currency=one.currency,
        gpus=[
            GpusJson(
                accelerator=gpus.accelerator,
                steady=StepJson(before=gpus.steady_before, after=gpus.steady_after),
                peak=StepJson(before=gpus.peak_before, after=gpus.peak_after),
                limit=gpus.limit,
                over=gpus.over,
            )
            for gpus in one.gpus
        ],
        costPerMonth=_step(one.per_month),
        peakCostPerHour=_step(one.peak_per_hour),
        costLimitPerMonth=one.cost_limit,
        runs=[
            RunCostJson(model=run.model, gpuHours=round(run.gpu_hours, 4), cost=round(run.cost, 4)) for run in one.runs
        ],
    )


def _risk(risk: Risk) -> RiskJson:
    return RiskJson(
        model=risk.model,
        environment=risk.environment,
        level=risk.level,
        computed=risk.computed,
        strategy=risk.strategy,
        factors=[
            FactorJson(
                change=redacted_shapes(factor.change),
                level=factor.level,
                reason=redacted_shapes(factor.reason),
                location=_place(factor.location),
            )
            for factor in risk.factors
        ],
        approvals=[
            ApprovalJson(
                role=one.role,
                owners=list(one.owners),
                givenBy=one.given_by or None,
                void=redacted_shapes(one.void) or None,
            )
            for one in risk.approvals
        ],
    )


def policy_document(policy: PolicyDiff) -> PolicyJson:
    """What a change does to verdicts, for programs; `mlgitops policy diff` writes it too."""
    return PolicyJson(
        flips=[_flip(flip) for flip in policy.flips],
        witnesses=[
            WitnessJson(
                rule=one.rule,
                environment=one.environment,
                before=one.before,
                after=one.after,
                says=redacted_shapes(one.says),
                document=redacted(one.document),
                start=one.start or None,
                still=list(one.still),
                loosened=one.loosened,
            )
            for one in policy.witnesses
        ],
        searched=policy.searched,
        notSearched=list(policy.not_searched),
        unknown=redacted_shapes(policy.unknown) or None,
        lapses=[
            LapseJson(
                waiver=one.waiver,
                rule=one.rule,
                subject=one.subject,
                expires=one.expires,
                message=redacted_shapes(one.message),
            )
            for one in policy.lapses
        ],
        renewals=[
            RenewalJson(
                waiver=redacted_shapes(one.waiver),
                rule=one.rule,
                subject=one.subject,
                before=one.before or None,
                after=one.after,
                message=redacted_shapes(one.message),
            )
            for one in policy.renewals
        ],
        changedRules=list(policy.changed_rules),
    )


def _flip(flip: VerdictFlip) -> FlipJson:
    return FlipJson(
        rule=flip.rule,
        subject=redacted_shapes(flip.subject),
        cause=flip.cause,
        oldOld=flip.old_old,
        newOld=flip.new_old,
        oldNew=flip.old_new,
        newNew=flip.new_new,
        hidden=flip.hidden,
        loosened=flip.loosened,
        refused=flip.refused,
        message=redacted_shapes(flip.message),
        location=_place(flip.location),
        waiver=redacted_shapes(flip.waiver) or None,
    )


def _verdicts(plan: Plan) -> list[VerdictJson]:
    return [
        VerdictJson(
            subject=redacted_shapes(one.subject),
            rule=one.rule,
            before=one.before,
            after=one.after,
            message=redacted_shapes(one.message),
        )
        for one in plan.verdicts
    ]


def _target(target: TargetChange) -> TargetJson:
    return TargetJson(
        change=target.kind, target=redacted_shapes(target.target), objects=[_object(one) for one in target.objects]
    )


def _object(change: ObjectChange) -> ObjectJson:
    return ObjectJson(
        change=change.kind,
        file=redacted_shapes(change.file),
        kind=change.object_kind,
        namespace=change.namespace or None,
        name=redacted_shapes(change.name),
        formerName=redacted_shapes(change.before_name) if change.before_name not in ("", change.name) else None,
        fields=[_field(field) for field in change.fields],
    )


def _field(field: FieldChange) -> FieldJson:
    found = FieldJson(path=redacted_shapes(field.path))
    if field.before is not ABSENT:
        found["before"] = redacted(field.before)
    if field.after is not ABSENT:
        found["after"] = redacted(field.after)
    return found
