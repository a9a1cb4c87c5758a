"""What changes between two revisions: targets, their objects, their fields, and verdicts.

All values are frozen and say nothing of how they are shown; `report.story` does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from mlgitops.findings import Finding
from mlgitops.plan.fields import FieldChange, compare

Json = Any
ChangeKind = Literal["added", "removed", "changed", "replaced"]
Verdict = Literal["undecided", "allowed", "warned", "waived", "denied"]
"""`undecided` where the subject is not there, or has errors."""
Side = Literal["base", "working tree", "both"]
"""Where something is: in the commit compared with, in what is compared with it, or in both."""


class ObjectChange(NamedTuple):
    """One object that differs."""

    kind: ChangeKind
    """`replaced` where another object of the same kind stands in the same file: a new run, a new release."""
    file: str
    """Below the target, such as `train/rayjob.yaml`."""
    object_kind: str
    name: str
    namespace: str
    fields: tuple[FieldChange, ...] = ()
    before_name: str = ""
    """Of the object that a `replaced` one takes the place of."""
    before_file: str = ""
    """Where it stood before, if in another file."""


class TargetChange(NamedTuple):
    """One target that differs."""

    kind: ChangeKind
    target: str
    """`dev/churn`, `dev/_environment` or `argocd`."""
    objects: tuple[ObjectChange, ...]


class VerdictChange(NamedTuple):
    """A rule's verdict on one subject that is not what it was."""

    subject: str
    rule: str
    before: Verdict
    after: Verdict
    message: str
    """What the rule says, or said where it says nothing any more."""


class NotCompared(NamedTuple):
    """A target that has errors, so that nothing can be said of its objects."""

    target: str
    side: Side


class Plan(NamedTuple):
    """Everything that a change does to rendered objects and verdicts."""

    base: str
    """The revision compared with, as a full hash."""
    targets: tuple[TargetChange, ...]
    verdicts: tuple[VerdictChange, ...]
    unchanged: int
    """Targets that were compared and are the same."""
    failed: tuple[NotCompared, ...] = ()
    untouched: int = 0
    """Models that were not built, since no file that they are made from differs."""


def _identity(data: Mapping[str, Json]) -> tuple[str, str, str]:
    metadata = data.get("metadata") or {}
    return str(data.get("kind", "")), str(metadata.get("namespace", "")), str(metadata.get("name", ""))


def _pairs(before: Mapping[str, Json], after: Mapping[str, Json]) -> dict[str, str]:
    """File after → file before: of the same object, wherever it stood; else of what another one takes the place of."""
    same = {file: file for file, new in after.items() if file in before and _identity(before[file]) == _identity(new)}
    where = {_identity(data): file for file, data in before.items() if file not in same}
    for file, data in after.items():
        former = None if file in same else where.pop(_identity(data), None)
        if former is not None:
            same[file] = former
    taken = set(same.values())
    return same | {file: file for file in after if file not in same and file in before and file not in taken}


def compare_objects(before: Mapping[str, Json], after: Mapping[str, Json]) -> tuple[ObjectChange, ...]:
    """What differs between the objects of one target: an object is compared with itself, whatever file it stands in."""
    pairs = _pairs(before, after)
    gone = before.keys() - set(pairs.values())
    changes = [_alone("removed", file, before[file]) for file in gone]
    for file, new in after.items():
        former = pairs.get(file)
        if former is None:
            changes.append(_alone("added", file, new))
        elif fields := tuple(compare(before[former], new)):
            changes.append(_compared(file, former, before[former], new, fields))
    return tuple(sorted(changes, key=lambda change: (change.file, change.kind != "removed")))


def _alone(change: ChangeKind, file: str, data: Json) -> ObjectChange:
    kind, namespace, name = _identity(data)
    return ObjectChange(change, file, kind, name, namespace)


def _compared(file: str, former: str, old: Json, new: Json, fields: tuple[FieldChange, ...]) -> ObjectChange:
    kind, namespace, name = _identity(new)
    change: ChangeKind = "changed" if _identity(old) == (kind, namespace, name) else "replaced"
    return ObjectChange(
        change, file, kind, name, namespace, fields, _identity(old)[2], "" if former == file else former
    )


def compare_targets(
    before: Mapping[str, Mapping[str, Json]], after: Mapping[str, Mapping[str, Json]]
) -> tuple[tuple[TargetChange, ...], int]:
    """The targets that differ (target → file → object on both sides), and how many do not."""
    changes: list[TargetChange] = []
    unchanged = 0
    for target in sorted(before.keys() | after.keys()):
        old, new = before.get(target), after.get(target)
        objects = compare_objects(old or {}, new or {})
        if old is not None and new is not None and not objects:
            unchanged += 1
            continue
        changes.append(
            TargetChange("added" if old is None else "removed" if new is None else "changed", target, objects)
        )
    return tuple(changes), unchanged


_WORST: dict[Verdict, int] = {"denied": 3, "waived": 2, "warned": 1}


class Decided(NamedTuple):
    """What policy said of one side."""

    subjects: frozenset[str]
    """Those it was asked about: `churn@prod`, `@prod`."""
    findings: tuple[Finding, ...]

    def silence(self, subject: str) -> tuple[Verdict, str]:
        """What it means that no rule found anything in a subject."""
        return ("allowed" if subject in self.subjects else "undecided", "")


def compare_verdicts(before: Decided, after: Decided) -> tuple[VerdictChange, ...]:
    """The rules whose verdict on a subject differs; those that find nothing on either side are not told."""
    old, new = _verdicts(before.findings), _verdicts(after.findings)
    changes = []
    for key in sorted(old.keys() | new.keys()):
        subject, rule = key
        was, now = old.get(key, before.silence(subject)), new.get(key, after.silence(subject))
        if was[0] != now[0]:
            changes.append(VerdictChange(subject, rule, was[0], now[0], now[1] or was[1]))
    return tuple(changes)


def _verdicts(findings: Sequence[Finding]) -> dict[tuple[str, str], tuple[Verdict, str]]:
    """(subject, rule) → the worst verdict and its message, of rules that found something."""
    found: dict[tuple[str, str], tuple[Verdict, str]] = {}
    for finding in findings:
        if not finding.code.startswith("policy/") or "." not in finding.code:
            continue
        verdict: Verdict = "waived" if finding.waived else "denied" if finding.severity == "error" else "warned"
        key = (finding.subject, finding.code.removeprefix("policy/"))
        if key not in found or _WORST[verdict] > _WORST[found[key][0]]:
            found[key] = (verdict, finding.message)
    return found
