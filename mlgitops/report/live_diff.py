"""What differs between Git and the cluster, as people and programs read it.

rendered/prod/churn/serve/rayservice.yaml: RayService prod-models/churn-v2
    spec.rayVersion: "2.59.0" in the cluster, "2.60.0" in Git
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from mlgitops.live.differing import Differing
from mlgitops.live.edits import Edit
from mlgitops.plan.fields import ABSENT, FieldChange, brief
from mlgitops.report.contents import plural
from mlgitops.report.visible import redacted_shapes, visible

Json = Any

MOST_FIELDS = 20
"""Fields of one object that are shown."""


class Compared(Protocol):
    """What differs in one Application (`stages.compare_live.Compared`)."""

    @property
    def application(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def objects(self) -> tuple[Differing, ...]: ...
    @property
    def edits(self) -> tuple[Edit, ...]: ...


def live_diff_text(compared: Iterable[Compared]) -> str:
    """A block for each object that differs, then the counts."""
    every = list(compared)
    lines = [line for one in every for line in _application(one)]
    objects, edits = sum(len(one.objects) for one in every), sum(len(one.edits) for one in every)
    differ = f"{plural(objects, 'object')} and {plural(edits, 'cluster field')} differ"
    lines.append(f"{plural(len(every), 'Application')} compared, {differ}")
    return "".join(f"{visible(redacted_shapes(line))}\n" for line in lines)


def _application(one: Compared) -> Iterator[str]:
    for each in one.objects:
        what = f"{each.kind} {f'{each.namespace}/' if each.namespace else ''}{each.name}"
        where = each.file or f"{one.path}/"
        if each.where == "Git":
            yield f"{where}: {what} is not in the cluster"
        elif each.where == "cluster":
            yield f"{where}: {what} is in the cluster, and not in Git"
        else:
            yield f"{where}: {what}"
            yield from (f"    {_field(change)}" for change in each.fields[:MOST_FIELDS])
            if len(each.fields) > MOST_FIELDS:
                yield f"    and {len(each.fields) - MOST_FIELDS} more fields"
    for edit in one.edits:
        yield f"{one.path}/: {edit}; KubeRay leaves it at that"


def _field(change: FieldChange) -> str:
    live = "absent" if change.before is ABSENT else brief(change.before)
    return f"{change.path}: {live} in the cluster, {brief(change.after)} in Git"


def live_diff_document(compared: Iterable[Compared], commit: str) -> dict[str, Json]:
    """The same for programs; values that look like secrets are starred out."""
    return {
        "version": 1,
        "commit": commit,
        "applications": [
            {
                "application": one.application,
                "path": one.path,
                "objects": [_document(each) for each in one.objects],
                "clusterFields": [{**edit._asdict()} for edit in one.edits],
            }
            for one in compared
        ],
    }


def _document(each: Differing) -> dict[str, Json]:
    fields = [{"path": one.path, "cluster": _shown(one.before), "git": _shown(one.after)} for one in each.fields]
    return {**each._asdict(), "fields": fields}


def _shown(value: Json) -> str | None:
    return None if value is ABSENT else redacted_shapes(brief(value, 400))
