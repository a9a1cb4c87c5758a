"""Two JSON values compared, field by field.

    >>> [str(c) for c in compare({"env": [{"name": "A", "value": "1"}]}, {"env": [{"name": "A", "value": "2"}]})]
    ['env[A].value: "1" → "2"']

Items of lists that have names are compared by name, so one that moves or is inserted is no change of all that
follow; that their order differs is a change of its own, since KubeRay starts a new cluster for it. Text that holds a
YAML document (`serveConfigV2`) or a JSON object (a run's configuration) is compared as the document it is. Of long
texts that part is shown where they begin to differ, and of digests the first digits.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

Json = Any

DOCUMENTS = ("serveConfigV2", "runtimeEnvYAML")
"""Fields whose text is a YAML document."""

KEYS = ("name", "groupName", "containerPort", "mountPath", "metric", "alert", "type")
"""What names an item of a Kubernetes list, in order of preference."""


class Absent:
    """No value here."""

    def __repr__(self) -> str:
        return "absent"


ABSENT: Final = Absent()


class FieldChange(NamedTuple):
    """One field that differs."""

    path: str
    """As people say it: `spec.template.containers[ray-head].image`."""
    before: Json | Absent
    after: Json | Absent

    def __str__(self) -> str:
        if self.before is ABSENT:
            return f"{self.path}: + {brief(self.after)}"
        if self.after is ABSENT:
            return f"{self.path}: - {brief(self.before)}"
        old, new = _readable(_text(self.before), _text(self.after))
        start = _start(old, new)
        return f"{self.path}: {_cut(old, start)} → {_cut(new, start)}"


LIMIT = 60
"""Characters of a value that are shown."""


DIGITS = 12
"""Hexadecimal digits of a digest that are shown: as many as people compare."""

_DIGEST = re.compile(r"(?<![0-9A-Za-z])(?:[0-9a-f]{128}|[0-9a-f]{64}|[0-9a-f]{40})(?![0-9A-Za-z])")
"""Of SHA-512, SHA-256 or SHA-1, such as a Git tree's."""


def brief(value: Json, limit: int = LIMIT) -> str:
    """A value on one line in at most `limit` characters, digests in it cut as well."""
    (text,) = _readable(_text(value))
    return _cut(text, 0, limit)


def _text(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _readable(*texts: str) -> tuple[str, ...]:
    """Texts with their digests cut to `DIGITS`, or to as many more as tell all of them apart."""
    digests = {found[0] for text in texts for found in _DIGEST.finditer(text)}
    digits = DIGITS
    while len({digest[:digits] for digest in digests}) < len(digests):
        digits += 1
    return tuple(_DIGEST.sub(lambda found: found[0][:digits], text) for text in texts)


def _start(old: str, new: str) -> int:
    """Where to begin so that the first difference of two texts is seen, with a little of what stands before it."""
    if max(len(old), len(new)) <= LIMIT:
        return 0
    shared = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    return 0 if shared <= LIMIT // 2 else shared - LIMIT // 3


def _cut(text: str, start: int, limit: int = LIMIT) -> str:
    shown = text if start == 0 else "…" + text[start:]
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def compare(before: Json, after: Json, path: str = "") -> list[FieldChange]:
    """What differs, in order of the fields."""
    return list(_compare(before, after, path))


def _compare(before: Json, after: Json, path: str) -> Iterator[FieldChange]:
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _mappings(before, after, path)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _lists(before, after, path)
    elif isinstance(before, str) and isinstance(after, str) and path.rpartition(".")[2] in DOCUMENTS:
        yield from _documents(before, after, path)
    elif isinstance(before, str) and isinstance(after, str) and before[:1] == after[:1] == "{":
        yield from _json_objects(before, after, path)
    elif type(before) is not type(after) or before != after:
        yield FieldChange(path, before, after)


def _mappings(before: Mapping[str, Json], after: Mapping[str, Json], path: str) -> Iterator[FieldChange]:
    for key in sorted(before.keys() | after.keys()):
        here = f"{path}.{key}" if path else key
        yield from _compare_optional(before.get(key, ABSENT), after.get(key, ABSENT), here)


def _compare_optional(before: Json, after: Json, path: str) -> Iterator[FieldChange]:
    if before is ABSENT or after is ABSENT:
        yield FieldChange(path, before, after)
    else:
        yield from _compare(before, after, path)


def _lists(before: Sequence[Json], after: Sequence[Json], path: str) -> Iterator[FieldChange]:
    key = _key_of(before, after)
    if key is None:
        for index in range(max(len(before), len(after))):
            old = before[index] if index < len(before) else ABSENT
            new = after[index] if index < len(after) else ABSENT
            yield from _compare_optional(old, new, f"{path}[{index}]")
        return
    old_items = {item[key]: item for item in before}
    new_items = {item[key]: item for item in after}
    for name in [*old_items, *(name for name in new_items if name not in old_items)]:
        yield from _compare_optional(old_items.get(name, ABSENT), new_items.get(name, ABSENT), f"{path}[{name}]")
    old_order, new_order = [n for n in old_items if n in new_items], [n for n in new_items if n in old_items]
    if old_order != new_order:
        yield FieldChange(f"{path}[order]", old_order, new_order)


def _key_of(before: Sequence[Json], after: Sequence[Json]) -> str | None:
    """The key by which all items of both lists are told apart; None where there is none."""
    for key in KEYS:
        if all(_named_by(key, items) for items in (before, after)):
            return key
    return None


def _named_by(key: str, items: Sequence[Json]) -> bool:
    if not all(isinstance(item, dict) and isinstance(item.get(key), (str, int)) for item in items):
        return False
    return len({item[key] for item in items}) == len(items)


def _documents(before: str, after: str, path: str) -> Iterator[FieldChange]:
    from ryaml import InvalidYamlError, loads

    yield from _texts(before, after, path, loads, (InvalidYamlError, ValueError))


def _json_objects(before: str, after: str, path: str) -> Iterator[FieldChange]:
    yield from _texts(before, after, path, json.loads, (ValueError, RecursionError))


def _texts(
    before: str, after: str, path: str, loads: Callable[[str], Json], unreadable: tuple[type[Exception], ...]
) -> Iterator[FieldChange]:
    """Two texts, as the values that they hold."""
    if before == after:
        return
    try:
        old, new = loads(before), loads(after)
    except unreadable:
        old = new = None
    if old == new:  # only the text differs, or it holds no value
        yield FieldChange(path, before, after)
    else:
        yield from _compare(old, new, path)
