"""Both sides laid side by side: the targets that differ, with their objects, and the verdicts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from mlgitops.plan.changes import NotCompared, Plan, compare_targets, compare_verdicts
from mlgitops.stages.base_texts import Texts, committed_texts
from mlgitops.stages.key import KEY_FILE
from mlgitops.stages.revise import Revisions, Side, own_decisions, unshared

Json = Any
Targets = dict[str, dict[str, Json]]
"""Target → file → object."""


class Comparison(NamedTuple):
    """What differs, and the objects that it differs in."""

    plan: Plan
    before: Targets
    """The objects of the targets compared, but for those whose text is the same on both sides."""
    after: Targets
    otherwise: tuple[str, ...]
    """Targets of which the commit has other objects than this version renders of its sources."""
    committed: Texts
    """The texts of what the commit has under rendered/."""
    leaving: Mapping[str, frozenset[str]]
    """Target → its parts (`train`, `serve`) of which no object is left."""
    arriving: Mapping[str, frozenset[str]]
    """Target → its parts of which no object was there."""


def compared(revisions: Revisions, before: Side, after: Side) -> Comparison:
    """What a change does to objects and verdicts.

    The base is what it has committed under rendered/; where it has nothing there, what its sources give.
    """
    built = before.texts() | dict(before.shared or {})
    bad_old, bad_new = before.failed() | unshared(before), after.failed() | unshared(after)
    asked = {*built, *bad_old}
    committed = committed_texts(revisions.base.repository, revisions.commit, revisions.base, asked, built)
    old, new = {**built, **committed}, after.texts() | dict(after.shared or {})
    bad_old -= committed.keys()
    failed = [_not_compared(target, bad_old, bad_new) for target in sorted(bad_old | bad_new)]
    names = sorted((old.keys() | new.keys()) - bad_old - bad_new)
    sides = _objects(old, new, names)
    targets, unchanged = compare_targets(*sides)
    verdicts = compare_verdicts(own_decisions(before), own_decisions(after))
    plan = Plan(revisions.commit, targets, verdicts, unchanged, tuple(failed), len(after.others))
    otherwise = tuple(t for t in sorted(committed) if t in built and _texts(committed[t]) != _texts(built[t]))
    parts = {one.target: (_parts(old.get(one.target, ())), _parts(new.get(one.target, ()))) for one in targets}
    leaving = {target: before - after for target, (before, after) in parts.items()}
    arriving = {target: after - before for target, (before, after) in parts.items()}
    return Comparison(plan, *sides, otherwise, committed, leaving, arriving)


def _texts(files: Mapping[str, str]) -> dict[str, str]:
    """Those of objects."""
    return {file: text for file, text in files.items() if file != KEY_FILE}


def _parts(files: Iterable[str]) -> frozenset[str]:
    return frozenset(file.partition("/")[0] for file in files if "/" in file)


def _not_compared(target: str, old: Collection[str], new: Collection[str]) -> NotCompared:
    if target in old and target in new:
        return NotCompared(target, "both")
    return NotCompared(target, "base" if target in old else "working tree")


def _objects(
    old: Mapping[str, Mapping[str, str]], new: Mapping[str, Mapping[str, str]], targets: Iterable[str]
) -> tuple[Targets, Targets]:
    """The objects of both sides, but for files whose text is the same: reading those would be most of the work."""
    sides: tuple[Targets, Targets] = ({}, {})
    for target in targets:
        both = (old.get(target), new.get(target))
        for side, mine, other in zip(sides, both, reversed(both), strict=True):
            if mine is not None:
                differ = (file for file, text in mine.items() if other is None or other.get(file) != text)
                side[target] = {file: read_object(mine[file]) for file in differ if file.endswith(".yaml")}
    return sides


def read_object(text: str) -> Json:
    """An object; what is none, for a hand edited it in a commit, as text."""
    from ryaml import InvalidYamlError, loads

    try:
        found = loads(text)
    except (InvalidYamlError, ValueError):
        found = None
    return found if isinstance(found, dict) else {"unreadable": text}
