"""What a reviewer must know of a comparison itself: how its two sides stand to each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlgitops.programs.git import deepen
from mlgitops.programs.git_standing import standing
from mlgitops.report.contents import plural
from mlgitops.spec.reader import Document, read
from mlgitops.stages.compared import Comparison
from mlgitops.stages.revise import Revisions, Side
from mlgitops.tree import Tree

Json = Any
SHOWN = 3


def standing_notes(revisions: Revisions, before: Side, after: Side, comparison: Comparison) -> list[str]:
    """Notes on both histories, on a base that somebody else rendered, and on models that seem to be renamed."""
    return [*_history(revisions), *_rendered(comparison), *_renamed(before, after)]


def _history(revisions: Revisions) -> Iterator[str]:
    found = standing(revisions.head.root, revisions.commit)
    if found.under_way:
        left = (
            f", with {plural(len(found.unmerged), 'file')} in conflict: {_some(found.unmerged)}"
            if found.unmerged
            else ""
        )
        yield f"a {found.under_way} is under way{left}; the working tree is compared as it stands"
    if not found.related and found.shallow:
        yield f"this clone is shallow and does not know how the base stands to HEAD: {deepen()}"
    elif not found.related:
        yield "the base shares no history with HEAD: everything is compared, as of two repositories"
    elif found.behind:
        number = plural(found.behind, "commit")
        yield f"HEAD lacks {number} of the base, whose changes read as undone here: take the base in first"


def _rendered(comparison: Comparison) -> Iterator[str]:
    if comparison.otherwise:
        number, names = plural(len(comparison.otherwise), "target"), _some(comparison.otherwise)
        yield (
            f"rendered/ of the base is not what this version of mlgitops makes of its sources in {number}: {names}; "
            "compared with what is committed there, which another version or a hand wrote"
        )


def _renamed(before: Side, after: Side) -> Iterator[str]:
    old = {one.name for one in before.built} - {one.name for one in after.built}
    new = {one.name for one in after.built} - {one.name for one in before.built}
    if not old or not new:
        return
    former = {name: _likeness(before.tree, name) for name in old}
    for name in sorted(new):
        mine = _likeness(after.tree, name)
        same = sorted(other for other, theirs in former.items() if mine and mine == theirs)
        if same:
            yield (
                f"{same[0]} leaves and {name} comes with the same data and training: a renamed model is a new one, "
                "which trains anew; versions, releases and runs of the old one do not go along"
            )


def _likeness(tree: Tree, model: str) -> Mapping[str, Json]:
    """What two models of one kind have in common, whatever they are called."""
    path = f"specs/{model}/model.yaml"
    content = tree.read(path)
    document = read(content, path) if content is not None else None
    spec = document.data.get("spec") if isinstance(document, Document) else None
    return {key: spec.get(key) for key in ("task", "target", "data", "training")} if isinstance(spec, dict) else {}


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
