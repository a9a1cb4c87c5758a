"""Targets under rendered/ that are not as their inputs say: one finding for each, with what became different and why.

    rendered/prod/digits is stale: 3 files would change, 1 be added; since it was rendered, environment.yaml changed

Why is told by the render key beside a target. Only what is stale is looked at: what is as it should be costs nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mlgitops.files.rendered import FileChange
from mlgitops.findings import Finding
from mlgitops.report.contents import plural
from mlgitops.source import Location
from mlgitops.spec.code import digest_of
from mlgitops.stages.key import INPUTS, KEY_FILE
from mlgitops.tree import Tree, walk

Json = Any

SHOWN = 5
"""How many files a finding names before it counts the others."""

EXPLAINED = 200
"""Of how many targets it is found out why they are stale: their files are read, and nobody reads more."""

BY_HAND = "edited by hand"
ELSEWISE = (
    "no input changed: another version of mlgitops or kustomize rendered it, or a template uses more of the model"
)

_VERBS: Mapping[str, str] = {"differs": "change", "missing": "be added", "unexpected": "be removed"}
"""Kind of a change → what `render` would have a file do."""

_RENDER = "run `mlgitops render` and commit what it writes"
_UNDO = "make the edit in the spec, the environment or a patch instead; then run `mlgitops render`"


def stale(
    tree: Tree, changes: Mapping[str, Sequence[FileChange]], keys: Mapping[str, str], removals: Iterable[str]
) -> list[Finding]:
    """A finding for each target that is not as it should be, and for each that nothing declares.

    `keys` are what the key files of stale targets should hold.
    """
    findings = [
        _changed(tree, target, found, _cause(tree, target, found, keys.get(target, "")) if number < EXPLAINED else "")
        for number, (target, found) in enumerate(changes.items())
    ]
    return findings + [_undeclared(tree, path) for path in removals]


def _changed(tree: Tree, target: str, changes: Sequence[FileChange], cause: str) -> Finding:
    gone = not tree.list(target)
    code, state = ("render/missing", "is missing") if gone else ("render/differs", "is stale")
    message = f"{target} {state}: {_counted(changes)}" + (f"; {cause}" if cause else "")
    by_hand = cause == BY_HAND
    ordered = sorted(changes, key=lambda change: (change.path.endswith(f"/{KEY_FILE}"), change))
    # A hand edit stands in the diff that is reviewed, and so does what is said at its place.
    place = Location(ordered[0].path) if by_hand else Location(target)
    others = [(one.path, f"would {_VERBS[one.kind]}") for one in ordered if one.path != place.path]
    related = () if gone else _files(target, others)
    hint = _UNDO if by_hand else _RENDER
    return Finding(place, code, "error", message, hint, "", _subject(target), related)


def _undeclared(tree: Tree, path: str) -> Finding:
    files = [file for file, _ in walk(tree, path)]
    message = f"{path[:200]} is given by no input: {plural(len(files) or 1, 'file')} would be removed"
    related = _files(path, [(file, "would be removed") for file in files])
    return Finding(Location(path), "render/unexpected", "error", message, _RENDER, "", _subject(path), related)


def _subject(target: str) -> str:
    """`model@environment`; empty for `rendered/argocd` and what is no target."""
    _, _, rest = target.partition("/")
    environment, _, name = rest.partition("/")
    return f"{name}@{environment}" if name else ""


def _counted(changes: Sequence[FileChange]) -> str:
    """`3 files would change, 1 be added`."""
    kinds = [change.kind for change in changes]
    counts = [(kinds.count(kind), verb) for kind, verb in _VERBS.items() if kind in kinds]
    (first, verb), *others = counts
    return ", ".join((f"{plural(first, 'file')} would {verb}", *(f"{number} {verb}" for number, verb in others)))


def _files(target: str, files: Sequence[tuple[str, str]]) -> tuple[tuple[Location, str], ...]:
    """The first of many files, and the count of the others."""
    named = [(Location(path), words) for path, words in files[:SHOWN]]
    if len(files) > SHOWN:
        named.append((Location(target), f"and {plural(len(files) - SHOWN, 'file')} more"))
    return tuple(named)


def _cause(tree: Tree, target: str, changes: Sequence[FileChange], key: str) -> str:
    """Why a target is stale, as far as its key tells, for after its counts; `key` is what its key file should hold."""
    stored, wanted = _key(tree.read(f"{target}/{KEY_FILE}")), _key(key.encode())
    if stored is None or wanted is None:
        return ""
    if not any(change.path == f"{target}/{KEY_FILE}" for change in changes):
        return BY_HAND  # what is to be written has this key, and so did what was written
    changed = [words for name, words in INPUTS.items() if stored["inputs"].get(name) != wanted["inputs"].get(name)]
    said = [f"since it was rendered, {_listed(changed)} changed"] if changed else []
    if not _as_written(tree, target, stored["objects"]):
        said.append(BY_HAND)
    return "; ".join(said) or ELSEWISE


def _key(content: bytes | None) -> dict[str, Json] | None:
    """A key file that we wrote; None for anything else."""
    try:
        key = json.loads(content or b"")
    except (ValueError, RecursionError):
        return None
    if not isinstance(key, dict) or not isinstance(key.get("inputs"), dict) or not isinstance(key.get("objects"), str):
        return None
    return key


def _as_written(tree: Tree, target: str, digest: str) -> bool:
    """Whether a target's files are those that its key was written beside."""
    paths = [path for path, _ in walk(tree, target) if path != f"{target}/{KEY_FILE}"]
    return digest_of({path.removeprefix(f"{target}/"): tree.read(path) or b"" for path in paths}) == digest


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
