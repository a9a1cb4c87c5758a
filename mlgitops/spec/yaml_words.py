"""Texts as people write them into YAML: plain where that is safe everywhere, in double quotes otherwise.

>>> [word(text) for text in ("tenure", "no", "mean radius", "7", "a\\u202eb")]
['tenure', '"no"', '"mean radius"', '"7"', '"a\\\\u202Eb"']
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from mlgitops.spec.yaml_characters import FORBIDDEN
from mlgitops.spec.yaml_scalars import resolve

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:[-./]+[A-Za-z0-9_]+)*")
_RESERVED = frozenset(("y", "n", "yes", "no", "on", "off"))
"""Words, in any case, that YAML 1.1 readers take for true and false."""


def word(text: str) -> str:
    """A text as a value or key in any context, flow too, on one line."""
    if _PLAIN.fullmatch(text) and text.lower() not in _RESERVED and isinstance(resolve(text), str):
        return text
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character.isprintable() and not FORBIDDEN.match(character):
        return character
    code = ord(character)
    return f"\\x{code:02X}" if code < 0x100 else f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"


def flow_list(items: Iterable[str], indent: int, *, width: int = 116) -> str:
    """`[a, b, c]` of written items, broken into lines below `indent` spaces where it is long.

    >>> print(flow_list(["a", "b"], 2))
    [a, b]
    """
    lines, line = [], ""
    for item in items:
        if line and len(line) + len(item) + 2 + indent > width:
            lines.append(line)
            line = ""
        line += f", {item}" if line else item
    lines.append(line)
    if len(lines) == 1:
        return f"[{line}]"
    pad = "\n" + " " * indent
    return f"[{pad}  " + f",{pad}  ".join(lines) + f"{pad}]"
