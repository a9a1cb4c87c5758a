"""A flipped document in words, and as a person would write what is special about it.

>>> flip_words((Edit(("spec", "training", "deadline"), "13h"),), {}, "dev", "allowed", None, "the smallest model")
'training.deadline 13h in dev becomes allowed'
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from mlgitops.policy.edits import ABSENT, Edit, edited
from mlgitops.source import Pointer, dotted

Json = Any

LONGEST: Final = 60
_COUNTED: Final = frozenset(("accelerators", "perWorker", "perReplica", "workers", "replicas"))
"""Fields that say how many accelerators a part takes."""


def flip_words(edits: Sequence[Edit], document: Json, environment: str, after: str, furthest: Json, start: str) -> str:
    """`training with 5 T4 in staging becomes allowed, and so does 16`."""
    what = _accelerators(edits, document) or " with ".join(_field(edit) for edit in edits) or start
    more = ""
    if furthest is not None and edits and furthest != edits[-1].value:
        far = (*edits[:-1], edits[-1]._replace(value=furthest))
        count = _accelerators(far, edited(document, far[-1:]))
        more = f", and so does {count.split()[2] if count else furthest}"
    return f"{what} in {environment} becomes {after}{more}"


def _accelerators(edits: Sequence[Edit], document: Json) -> str:
    """`training with 16 T4`, where every edit is about how many a part takes."""
    parts = {edit.pointer[1] for edit in edits if len(edit.pointer) > 2}
    about = all(_COUNTED & {*edit.pointer} and edit.pointer[:1] == ("spec",) for edit in edits)
    if len(parts) != 1 or not about:
        return ""
    (part,) = parts
    section = document["spec"][part] or {}
    chips = section.get("accelerators")
    if not chips:
        return ""
    return f"{part} with {_pods(section) * (chips.get('perWorker') or chips.get('perReplica') or 1)} {chips['type']}"


def _pods(section: Json) -> int:
    if "replicas" in section:
        return int(section["replicas"]["max"] or section["replicas"]["min"])
    workers = section["workers"]
    return int(workers["max"] if isinstance(workers, dict) else workers)


def _field(edit: Edit) -> str:
    pointer = edit.pointer[1:] if edit.pointer[:1] == ("spec",) else edit.pointer
    name = dotted(pointer)
    if edit.value is ABSENT or edit.value is None:
        return f"no {name}"
    return f"{name} {_value(edit.value)}"


def _value(value: Json) -> str:
    text = value if isinstance(value, str) else json.dumps(_pruned(value), ensure_ascii=False)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def written(edits: Sequence[Edit], document: Json) -> dict[str, Json]:
    """The edited fields alone, as a document; items of lists with the names that they have."""
    result: dict[str, Json] = {}
    for edit in edits:
        value = None if edit.value is ABSENT else _pruned(edit.value)
        _put(result, edit.pointer, value, document)
    return result


def _put(node: dict[str, Json], pointer: Pointer, value: Json, document: Json) -> None:
    token, rest = str(pointer[0]), pointer[1:]
    below = document.get(pointer[0]) if isinstance(document, dict) else None
    if not rest:
        node[token] = value
    elif isinstance(below, list) and isinstance(rest[0], int):
        item = below[rest[0]] if rest[0] < len(below) else None
        name = {"name": item["name"]} if isinstance(item, dict) and "name" in item else {}
        items = node.setdefault(token, [])
        same = next((one for one in items if isinstance(one, dict) and name and one.get("name") == name["name"]), None)
        if len(rest) == 1:
            items.append(value)
        elif same is not None:
            _put(same, rest[1:], value, item)
        else:
            items.append(name)
            _put(name, rest[1:], value, item)
    else:
        _put(node.setdefault(token, {}), rest, value, below)


def _pruned(value: Json) -> Json:
    """A value without what nobody would write: fields that are null."""
    if isinstance(value, dict):
        return {key: _pruned(inner) for key, inner in value.items() if inner is not None}
    return [_pruned(inner) for inner in value] if isinstance(value, list) else value
