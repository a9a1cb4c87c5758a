"""A plan for programs: types of its own, versioned as those of `as_json` are, with the report beside it.

A new key may come at any time; a key that goes or changes its meaning raises `VERSION`.
"""

from __future__ import annotations

import json
from typing import Any, NotRequired, TypedDict

from mlgitops import __version__
from mlgitops.plan.changes import ObjectChange, Plan, TargetChange
from mlgitops.plan.fields import ABSENT, FieldChange
from mlgitops.report.as_json import ReportJson, document_of
from mlgitops.report.contents import Report
from mlgitops.report.plan_groups import redacted
from mlgitops.report.visible import redacted_shapes

VERSION = 1

Json = Any


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
    before: str
    after: str
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
    targets: list[TargetJson]
    verdicts: list[VerdictJson]
    notCompared: list[NotComparedJson]
    summary: CountsJson
    report: ReportJson


def plan_json(plan: Plan, report: Report) -> str:
    """The plan and the report on the working tree as one JSON document in ASCII."""
    document = PlanJson(
        version=VERSION,
        tool={"name": "mlgitops", "version": __version__},
        base=plan.base,
        targets=[_target(target) for target in plan.targets],
        verdicts=[
            VerdictJson(
                subject=redacted_shapes(v.subject),
                rule=v.rule,
                before=v.before,
                after=v.after,
                message=redacted(v.message),
            )
            for v in plan.verdicts
        ],
        notCompared=[NotComparedJson(target=redacted_shapes(one.target), side=one.side) for one in plan.failed],
        summary=CountsJson(
            changedTargets=len(plan.targets), unchangedTargets=plan.unchanged, untouchedModels=plan.untouched
        ),
        report=document_of(report),
    )
    return json.dumps(document, indent=2) + "\n"


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
