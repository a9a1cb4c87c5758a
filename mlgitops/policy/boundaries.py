"""Where a rule's verdict may turn: what its text, the data that it looks up and the limits that it reads name.

A rule turns at constants that it compares with, at values that it looks up, and where something is there or absent.
Both texts of a changed rule are read, and both sides' data and limits: between `limit > 4` and `limit > 16` lies what
becomes allowed. Read from the text, the same for every engine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from mlgitops.policy.changed import reads
from mlgitops.policy.rego_text import ANY, module_of
from mlgitops.policy.rules import Rule, RuleSet

Json = Any

MOST: Final = 60
"""Values of a kind that are tried; a rule that looks up more is searched in part."""

_ANSWER = re.compile(r"(?:pointer|message)\Z|/(?:spec|metadata|models|environment|release|version|run)/")
"""What stands in a rule to say what it found, and where."""
_WORD = re.compile(r"[^\s%{}\\]{1,80}")


class Boundaries(NamedTuple):
    """What to try."""

    paths: tuple[tuple[str, ...], ...]
    """Into the input, `ANY` for any key or index; all below a path may be read."""
    names: frozenset[str]
    """Keys that may be read below those."""
    numbers: tuple[float, ...]
    words: tuple[str, ...]
    cut: int
    """Values that are left out."""


def boundaries(sides: Iterable[tuple[RuleSet, Rule]], environments: Sequence[Mapping[str, Json]]) -> Boundaries:
    """Of one rule, as it was and as it is, in an environment as it was and as it is."""
    both = [(rules, reads(rules, rule), rule) for rules, rule in sides]
    texts = {path: {rules.modules.get(path) for rules, _, _ in both} for _, read, _ in both for path in read.modules}
    own = {rule.path for _, _, rule in both}
    paths, names, found = set[tuple[str, ...]](), set[str](), list[Json]()
    for path, versions in texts.items():
        for text in versions - {None}:
            module = module_of(text or "")
            literals = list(module.literals())
            paths |= {reference.path for reference in module.references("input")}
            names |= module.names() | {part for literal in literals for part in re.split(r"[/.]", literal)}
            if path in own or len(versions) > 1:
                found += [*literals, *(float(number) for number in module.numbers())]
    for rules, read, _ in both:
        found += (leaf for name in sorted(read.data) for leaf in _leaves(rules.data.get(name)))
    limits = sorted(path[1:] for path in paths if path[:1] == ("environment",))
    found += (leaf for one in environments for path in limits for leaf in _at(one, path))
    numbers = {float(one) for one in found if isinstance(one, int | float) and not isinstance(one, bool)}
    words = {one for one in found if isinstance(one, str) and _WORD.fullmatch(one) and not _ANSWER.match(one)}
    own_paths = tuple(sorted(path for path in paths if path[:1] not in (("environment",), ("target",), ("scope",))))
    cut = max(0, len(numbers) - MOST) + max(0, len(words) - MOST)
    return Boundaries(own_paths, frozenset(names), tuple(sorted(numbers)[:MOST]), tuple(sorted(words)[:MOST]), cut)


def _leaves(value: Json) -> Iterator[Json]:
    """Every value in a document, and every key: data looks things up by either."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield key
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield value


def _at(value: Json, path: tuple[str, ...]) -> Iterator[Json]:
    """What a document has at a path and below, with the keys that it is found by."""
    if not path:
        yield from _leaves(value)
    elif path[0] == ANY and isinstance(value, Mapping):
        for key, inner in value.items():
            yield key
            yield from _at(inner, path[1:])
    elif path[0] == ANY and isinstance(value, list):
        for inner in value:
            yield from _at(inner, path[1:])
    elif isinstance(value, Mapping) and path[0] in value:
        yield from _at(value[path[0]], path[1:])
