"""The lines that a change has, of files that people write: whichever of them is behind an effect.

    lines = Lines(revisions)
    lines.behind(effect)          # specs/churn/model.yaml:31:15

A line of the change itself is told, never one that stood there before: of documents each value that differs, of code
and templates the file. Which one it is, the names say: `serving.resources.memory` is behind
`…containers[ray-worker].resources.limits.memory`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from mlgitops.plan.effect import Effect
from mlgitops.source import Location, Pointer
from mlgitops.spec.reader import Document, read
from mlgitops.stages.key import NOT_RENDERED
from mlgitops.stages.revise import Revisions

Json = Any

SECTIONS = {
    "train": ("training", "data", "features", "target", "id", "task", "validation"),
    "serve": ("serving", "monitoring"),
    "score": ("batchScoring", "serving"),
}
"""Part → what of a spec it is made from."""
FILES = {"train": "runs", "serve": "releases", "score": "releases"}
"""Part → the folder of the document that asks for it."""
OWN_FILE = 3
"""What a document of the part's own weighs, in names that agree."""

_WORD = re.compile(r"[^a-z0-9]+")


class Line(NamedTuple):
    """One value that differs, or one file without values."""

    location: Location
    pointer: Pointer
    """Into the document; empty for a file that is none."""


class Lines:
    """The lines of one change, read as they are asked for."""

    def __init__(self, revisions: Revisions) -> None:
        self._revisions = revisions
        self._known: dict[str, tuple[Line, ...]] = {}
        self._by_owner: dict[tuple[str, str], list[str]] = {}
        for path in sorted(revisions.paths):
            for owner in _owners(path):
                self._by_owner.setdefault(owner, []).append(path)

    def behind(self, effect: Effect) -> Location | None:
        """The line that an effect comes of; None where the change has none that could be."""
        environment, _, rest = effect.target.partition("/")
        model, _, part = rest.partition("/")
        best: tuple[int, Line] | None = None
        said = _words("".join(effect.fields) + effect.reason)
        for line in self._of(model, environment):
            score = _score(line, part, model, said)
            if score is not None and (best is None or score > best[0]):
                best = (score, line)
        return best[1].location if best else None

    def touches(self, model: str) -> bool:
        """Whether a file of a model's own differs."""
        return any(owner[0] == model for owner in self._by_owner)

    def first(self, model: str) -> Location | None:
        """The first line of a model's own files."""
        return next((line.location for line in self._of(model, "")), None)

    def _of(self, model: str, environment: str) -> Iterator[Line]:
        owners = ((model, ""), (model, environment), ("", environment), ("", ""))
        for path in dict.fromkeys(path for owner in owners for path in self._by_owner.get(owner, ())):
            if path not in self._known:
                self._known[path] = tuple(_lines(self._revisions, path))
            yield from self._known[path]


def _owners(path: str) -> Iterator[tuple[str, str]]:
    """(model, environment) that a file belongs to; either may be all."""
    parts = path.split("/")
    if parts[0] == "specs" and len(parts) > 2:
        yield parts[1], ""
    elif parts[0] == "environments" and len(parts) == 4 and parts[2] in ("releases", "runs"):
        yield parts[3].removesuffix(".yaml"), parts[1]
    elif parts[0] == "environments" and len(parts) > 2:
        yield "", parts[1]
    elif path == "mlgitops.yaml":
        yield "", ""


def _lines(revisions: Revisions, path: str) -> Iterator[Line]:
    content = revisions.head.read(path)
    if content is None:
        return
    former = revisions.base.read(path)
    if not path.endswith(".yaml") or "/templates/" in path or path.endswith("kustomization.yaml"):
        yield Line(Location(path, _first_difference(former, content)), ())
        return
    new, old = read(content, path), read(former, path) if former is not None else None
    if isinstance(new, Document):
        for pointer in _differing(old.data if isinstance(old, Document) else {}, new.data, ()):
            yield Line(new.locate(pointer), pointer)


def _first_difference(before: bytes | None, after: bytes) -> int:
    """The first line that is not as it was."""
    if before is None:
        return 1
    old, new = before.splitlines(), after.splitlines()
    same = next(
        (number for number, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new))
    )
    return min(same + 1, max(1, len(new)))


def _differing(before: Json, after: Json, at: Pointer) -> Iterator[Pointer]:
    """Pointers of values that are not as they were, the deepest that are on both sides; what is gone at its parent."""
    if isinstance(before, dict) and isinstance(after, dict):
        gone = before.keys() - after.keys()
        for key in after:
            if key not in before:
                yield (*at, key)
            else:
                yield from _differing(before[key], after[key], (*at, key))
        if gone:
            yield (*at, min(gone))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _differing(old, new, (*at, index))
    elif type(before) is not type(after) or before != after:
        yield at


def _words(text: str) -> str:
    return _WORD.sub("", text.lower())


def _score(line: Line, part: str, model: str, said: str) -> int | None:
    """How much speaks for a line; None for one that cannot be behind an effect on this part of this model."""
    path, tokens = line.location.path, [str(token) for token in line.pointer if isinstance(token, str)]
    folder = path.split("/")[2] if path.startswith("environments/") else ""
    if folder in ("releases", "runs"):
        return OWN_FILE if FILES.get(part) == folder else None
    if folder == "environment.yaml" and len(tokens) > 1:
        if tokens[1] in NOT_RENDERED - {"removals", "models"}:
            return None
        if tokens[1] == "overrides" and len(tokens) > 2 and tokens[2] != model:
            return None
    if not tokens:
        return int(_words(path.rpartition("/")[2]) in said)
    names = [token for token in tokens if token != "spec"]
    score = sum(_words(name) in said for name in names if len(_words(name)) > 1)
    if any(name in SECTIONS.get(part, ()) for name in names[:3]):
        score += 2
    elif any(name in names[:3] for other, sections in SECTIONS.items() if other != part for name in sections):
        return score if part == "train" else None
    return score
