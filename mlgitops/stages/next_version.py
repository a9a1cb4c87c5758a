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
Field = tuple[str, ...]
"""(section of a spec, name of a field in it); the section alone where all of it was removed."""

CODE = "release/next-version"
HINT = (
    "to have it serve, make a version of this spec and release it; with the same weights it names them in `artifactOf`"
)
STILL = "the spec says nothing about serving, and what is released serves on, as its version's record says"


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
    """The fields of `serving` and `monitoring` that differ and that a version keeps."""
    for section in ("serving", "monitoring"):
        before, after = _whole(_spec(old), section), _whole(_spec(new), section)
        if _section(_spec(old), section) and _spec(new).get(section) is None:
            yield (section,)
            continue
        yield from (
            (section, name) for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name)
        )


def _snapshot(tree: Tree, model: str, version: str) -> Json:
    path = f"specs/{model}/versions/{version}/version.yaml"
    document = read(tree.read(path) or b"", path)
    return {} if isinstance(document, list) else _spec(document.data).get("snapshot")


def _same(snapshot: Json, spec: Json, field: Field) -> bool:
    kept, asked = _whole(snapshot, field[0]), _whole(spec, field[0])
    return kept == asked if len(field) == 1 else bool(kept.get(field[1]) == asked.get(field[1]))


def _whole(spec: Json, section: str) -> Mapping[str, Json]:
    """What of a section decides how a model serves, with what it says where nothing is written."""
    from pydantic import ValidationError

    from mlgitops.spec.documents.model import Monitoring, Serving

    given = {name: value for name, value in _section(spec, section).items() if value is not None}
    written = {name: value for name, value in given.items() if section != "serving" or name not in SCALE}
    try:
        if section == "monitoring":
            return Monitoring.model_validate(written).model_dump()
        full = Serving.model_validate({"route": "/", **written}).model_dump(exclude=set(SCALE))
        return {**full, "route": written.get("route")}
    except ValidationError:  # of a commit that was wrong, what it says
        return written


def _spec(data: Json) -> Mapping[str, Json]:
    return _section(data, "spec")


def _section(data: Json, name: str) -> Mapping[str, Json]:
    found = data.get(name) if isinstance(data, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _note(old: Document, new: Document, field: Field, subject: str) -> Finding:
    pointer = ("spec", *field, *_deeper(_at(old.data, field), _at(new.data, field)))
    if field == ("serving",):
        model, _, environment = subject.partition("@")
        hint = f"to end it, remove environments/{environment}/releases/{model}.yaml"
        return Finding(new.locate(("spec",), key=True), CODE, "note", STILL, hint, "/spec/serving", subject)
    message = (
        f"{dotted(field)} takes effect with the next version: what is released serves as its version's record says"
    )
    return Finding(new.locate(pointer), CODE, "note", message, HINT, pointer_text(pointer), subject)


def _at(data: Json, field: Field) -> Json:
    for name in ("spec", *field):
        data = data.get(name) if isinstance(data, Mapping) else None
    return data


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
