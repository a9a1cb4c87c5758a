"""Only what rules read of a document goes to an engine: less to write, to send and to parse.

    >>> project({"a": {"b": 1, "c": 2}, "d": 3}, {"a": {"b": {}}})
    {'a': {'b': 1}}

Sound because it counts every `input` in the rules' text: one that is not followed by written keys keeps all below it.
A document is checked to be total *before*, so a key that a rule reads is never taken away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mlgitops.policy.rego_text import ANY, module_of

Json = Any
Kept = dict[str, Any]
"""A tree of keys; an empty one keeps everything."""


def kept(modules: Iterable[str]) -> Kept | None:
    """The keys of `input` that modules read; None when some module reads all of it."""
    paths = {_written(reference.path) for text in modules for reference in module_of(text).references("input")}
    if () in paths:
        return None
    tree: Kept = {}
    for path in sorted(paths, key=len):
        _keep(tree, path)
    return tree


def project(document: Json, tree: Kept) -> Json:
    """The parts of a document that a tree keeps; what is not a map is kept whole."""
    if not tree or not isinstance(document, Mapping):
        return document
    return {key: project(document[key], inner) for key, inner in tree.items() if key in document}


def _written(path: tuple[str, ...]) -> tuple[str, ...]:
    return path[: path.index(ANY)] if ANY in path else path


def _keep(tree: Kept, path: tuple[str, ...]) -> None:
    """Add a path; shorter ones came first, and below where one of them ends everything is kept already."""
    for key in path:
        if key in tree and not tree[key]:
            return
        tree = tree.setdefault(key, {})
