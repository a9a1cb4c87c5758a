"""Operations on what is not there, which JSON Patch forbids (RFC 6902, 4.3 and 4.5) and kustomize carries out.

    - {op: replace, path: /spec/minAvailble, value: 2}     # kustomize adds a field `minAvailble`
    - {op: copy, from: /spec/minAvailble, path: /spec/x}   # kustomize adds `x: null`

A `remove`, a `move` and an `add` below what is not there it refuses itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from mlgitops.findings import Finding
from mlgitops.render.kustomization.values import Kustomization, Object, Patch, identity
from mlgitops.source import Pointer, parse_pointer
from mlgitops.spec.yaml_characters import excerpt

Json = Any


class Steps(NamedTuple):
    """A patch, read: a list of operations, or an object to merge."""

    patch: Patch
    body: Json

    @property
    def looks(self) -> bool:
        """Whether it has an operation that is looked at here."""
        return isinstance(self.body, list) and any(operation["op"] in ("replace", "copy") for operation in self.body)


def steps_of(kustomization: Kustomization) -> list[Steps]:
    """The patches as `absent` wants them; none where no patch has such an operation, so that nobody pays for it."""
    read = [Steps(patch, json.loads(patch.body)) for patch in kustomization.patches]
    return read if any(one.looks for one in read) else []


def absent(steps: Sequence[Steps], obj: Object, subject: str = "") -> Iterator[Finding]:
    """A finding for each operation on what neither the object has nor an earlier patch gives it."""
    earlier: list[Json] = []
    for patch, body in steps:
        if not patch.touches(obj):
            continue
        for index, operation in enumerate(body) if isinstance(body, list) else ():
            key = {"replace": "path", "copy": "from"}.get(operation["op"])
            if key is not None:
                path = parse_pointer(operation[key])
                if not _has(obj, path) and not any(_gives(step, path) for step in earlier):
                    yield _finding(patch, (index, key), operation, key, obj, subject)
            earlier.append(operation)
        if isinstance(body, dict):
            earlier.append(body)


def _has(value: Json, path: Pointer) -> bool:
    """Whether anything stands at a path of an object; kustomize counts from a list's end too."""
    for token in path:
        try:
            value = value[int(token)] if isinstance(value, list) else value[str(token)]
        except (KeyError, IndexError, TypeError, ValueError):
            return False
    return True


def _gives(step: Object, path: Pointer) -> bool:
    """Whether an operation or a strategic patch could have put something at a path, so that it may be there."""
    if "op" not in step:
        return _merges(step, path)
    if step["op"] in ("test", "remove"):
        return False
    there = parse_pointer(step["path"])
    if there and (there[-1] == "-" or isinstance(there[-1], int)):
        there = there[:-1]  # an item more: the places of all may be others
    return len(there) <= len(path) and all(str(a) == str(b) for a, b in zip(there, path, strict=False))


def _merges(patch: Json, path: Pointer) -> bool:
    for token in path:
        if not isinstance(patch, dict):
            return patch is not None  # a list, whose items may be merged with others
        if str(token) not in patch:
            return False
        patch = patch[str(token)]
    return patch is not None


def _finding(patch: Patch, at: Pointer, operation: Object, key: str, obj: Object, subject: str) -> Finding:
    path = operation[key]
    message = f"expected {key} to be a place that {excerpt(str(identity(obj)), 200)[1:-1]} has, got {excerpt(path)}"
    hint = "correct it, or narrow the target to the objects that have it"
    if operation["op"] == "replace":
        hint += "; `op: add` sets what may be missing"
    return Finding(
        patch.locate(at), "kustomize/path-absent", "error", message, _nearest(obj, path) or hint, "", subject
    )


def _nearest(obj: Object, path: str) -> str:
    """`did you mean …?` for a misspelt key of a map that is there."""
    import difflib  # here, since only mistakes pay for it

    *above, last = parse_pointer(path)
    here: Json = obj
    for token in above:
        try:
            here = here[int(token)] if isinstance(here, list) else here[str(token)]
        except (KeyError, IndexError, TypeError, ValueError):
            return ""
    near = difflib.get_close_matches(str(last)[:80], list(here), n=1, cutoff=0.6) if isinstance(here, dict) else []
    return f"did you mean `{near[0]}`?" if near else ""
