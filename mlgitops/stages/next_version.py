"""Edits of a spec that nothing which serves will follow: a released version serves as its own record says.

    specs/churn/model.yaml:31:12: note[release/next-version]: serving.route takes effect with the next version: …

That is meant, and surprises whoever edits a route and finds that no object changes: so `plan` says it, at the line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mlgitops.findings import Finding
from mlgitops.source import Pointer, dotted, pointer_text
from mlgitops.spec.reader import Document, read
from mlgitops.spec.resolve import SCALE
from mlgitops.stages.outcome import BuiltModel
from mlgitops.tree import Tree

Json = Any
Field = tuple[str, str]
"""(section of a spec, name of a field in it)."""

CODE = "release/next-version"
HINT = (
    "to have it serve, make a version of this spec and release it; with the same weights it names them in `artifactOf`"
)


def next_version_notes(tree: Tree, before: Sequence[BuiltModel], after: Sequence[BuiltModel]) -> list[Finding]:
    """A note for each edited field and each environment in which a version serves that has another value there.

    `tree` is the one that `after` was built from.
    """
    former = {one.name: one.document for one in before if one.document is not None}
    notes: list[Finding] = []
    for one in after:
        old, new = former.get(one.name), one.document
        if old is None or new is None or old.text == new.text:
            continue
        versions: dict[str, Json] = {}
        for field in _edited(old.data, new.data):
            for target in one.targets:
                if target.row is None or not target.row["serves"]:
                    continue
                version = target.row["version"]
                if version not in versions:
                    versions[version] = _snapshot(tree, one.name, version)
                if not _same(versions[version], _spec(new.data), field):
                    notes.append(_note(old, new, field, f"{one.name}@{target.environment}"))
    return notes


def _edited(old: Json, new: Json) -> Iterator[Field]:
    """The fields of `serving` and `monitoring` that differ and that a version keeps: (section, field)."""
    for section in ("serving", "monitoring"):
        before, after = _section(_spec(old), section), _section(_spec(new), section)
        kept = (name for name in sorted(before.keys() | after.keys()) if section != "serving" or name not in SCALE)
        yield from ((section, name) for name in kept if before.get(name) != after.get(name))


def _snapshot(tree: Tree, model: str, version: str) -> Json:
    path = f"specs/{model}/versions/{version}/version.yaml"
    document = read(tree.read(path) or b"", path)
    return {} if isinstance(document, list) else _spec(document.data).get("snapshot")


def _same(snapshot: Json, spec: Json, field: Field) -> bool:
    section, name = field
    return bool(_section(snapshot, section).get(name) == _section(spec, section).get(name))


def _spec(data: Json) -> Mapping[str, Json]:
    return _section(data, "spec")


def _section(data: Json, name: str) -> Mapping[str, Json]:
    found = data.get(name) if isinstance(data, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _note(old: Document, new: Document, field: Field, subject: str) -> Finding:
    pointer = ("spec", *field, *_deeper(_at(old.data, field), _at(new.data, field)))
    message = (
        f"{dotted(field)} takes effect with the next version: what is released serves as its version's record says"
    )
    return Finding(new.locate(pointer), CODE, "note", message, HINT, pointer_text(pointer), subject)


def _at(data: Json, field: Field) -> Json:
    section, name = field
    return _section(_spec(data), section).get(name)


def _deeper(before: Json, after: Json) -> Pointer:
    """From a value that differs to the one part of it that does; empty where several do."""
    if isinstance(before, dict) and isinstance(after, dict):
        differ = [name for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name)]
        if len(differ) == 1 and differ[0] in after:
            return (differ[0], *_deeper(before.get(differ[0]), after[differ[0]]))
    if isinstance(before, list) and isinstance(after, list):
        places = [i for i, value in enumerate(after) if i >= len(before) or before[i] != value]
        if len(places) == 1 and len(before) <= len(after):
            return (places[0], *_deeper(before[places[0]] if places[0] < len(before) else None, after[places[0]]))
    return ()
