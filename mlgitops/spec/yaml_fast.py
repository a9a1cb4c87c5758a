r"""The short cut: data of texts that are plain enough for every YAML reader to take alike.

Every line must have one of the shapes below, so that nothing that `yaml_exact` refuses can stand in the text: no
anchors, aliases, tags, merge keys, directives, escapes, tabs, keys that are not strings, ambiguous numbers, values over
several lines (but for block scalars) or nesting beyond the limit. ryaml, fifty times faster than ruamel, then has the
word; what it refuses, duplicate keys among them, and all other texts are left to the exact reading.

    >>> data("workers: 2\n"), data("workers: &w 2\n")
    ({'workers': 2}, None)
"""

from __future__ import annotations

import re
from functools import cache

from mlgitops.spec.yaml_characters import is_normal
from mlgitops.spec.yaml_exact import MAX_NODES, Json

_WORD = r"(?!(?:[Nn]ull|NULL|[Tt]rue|TRUE|[Ff]alse|FALSE):)[A-Za-z_][A-Za-z0-9_./-]{0,200}+"
_KEY = rf"""(?:{_WORD}|"(?!<<)[^"\\\n]{{0,200}}+"|'(?!<<)[^'\n]{{0,200}}+')"""
_QUOTED = r"""(?:"[^"\\\n]*+"|'[^'\n]*+(?:''[^'\n]*+)*')"""
_NUMBER = r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,20})?(?:[eE][-+]?[0-9]{1,2})?"
_QUANTITY = (
    r"(?:[1-9][0-9]{0,17}[A-Za-z%][A-Za-z]{0,9}"  # 32Gi, 6h, 200ms
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}:[0-9]{2}"  # 2026-01-31, 22:22
    r"|[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4})"  # 1.2.3
)


def _plain(stop: str) -> str:
    """Text without quotes, up to `: `, ` #` or a character of `stop`; trailing spaces are not part of its value."""
    rest = rf"[^\n:#{stop}]*+"
    return rf"[A-Za-z_/]{rest}(?:(?::(?![ \n{stop}])|(?<! )#){rest})*"


def _flow(depth: int) -> str:
    """A list or mapping in brackets on one line, with at most `depth` of them in one another."""
    single = rf"{_QUOTED}|(?:{_NUMBER}|{_QUANTITY}|~)(?=[ ,\]}}])|" + _plain(r",\[\]{}?")
    item = f"(?:{single}|{_flow(depth - 1)})" if depth > 1 else f"(?:{single})"
    return rf"(?:\[ *+(?:{item} *+(?:, *+|(?=\])))*\]|\{{ *+(?:{_KEY}: ++{item} *+(?:, *+|(?=\}})))*\}})"


_VALUE = rf"(?:{_QUOTED}|(?:{_NUMBER}|{_QUANTITY}|~)(?=[ \n])|{_plain('')}|{_flow(3)})"
_END = r" *+(?:(?<= )#[^\n]*+)?\n"
_HEADER = r"[|>][-+]?+\n(?=(?P=lead)"
_BLOCK_SCALAR = (  # Each header looks ahead for a body that is indented deeper than what holds it.
    rf"(?:{_KEY}: ++{_HEADER} )|- {_KEY}: ++{_HEADER}   )|- {_HEADER}  ))"
    r"(?P<body> ++)(?=[^ \n#])[^\n]*+\n(?:(?:(?P=body)[^\n]*+)?\n)*"
)
_LINES = (
    rf"^(?P<lead> {{0,20}}+)"
    rf"(?:(?:- {{1,4}}+){{0,3}}(?:(?:{_KEY}: ++|(?<=- )){_VALUE}|{_KEY}:|-)?{_END}|{_BLOCK_SCALAR})"
    r"|^ *+#[^\n]*+\n"
)
"""One line of a plain text, or a block scalar with the line that it begins in.

At most 20 spaces, three dashes and three brackets make at most 29 levels: a level in block style takes a column, or
shares its own with one list.
"""
_NODES_A_LINE = 6
"""Three lists, a mapping, a key and a value."""


def data(text: str) -> dict[str, Json] | None:
    """The data of a plain text that ends with a line feed; None where the exact reading has to decide."""
    text = text.removeprefix("---\n")
    if "\t" in text or not is_normal(text) or _most_nodes(text) > MAX_NODES or _lines().sub("", text):
        return None
    from ryaml import InvalidYamlError, loads

    try:
        value = loads(text)
    except (InvalidYamlError, ValueError):
        return None
    return value if isinstance(value, dict) else None


@cache
def _lines() -> re.Pattern[str]:
    """Compiled when first used: that takes 8 ms."""
    return re.compile(_LINES, re.MULTILINE)


def _most_nodes(text: str) -> int:
    """No fewer nodes than the text has: what its lines and brackets can hold at most."""
    return _NODES_A_LINE * text.count("\n") + 3 * text.count(",") + 3 * (text.count("[") + text.count("{"))
