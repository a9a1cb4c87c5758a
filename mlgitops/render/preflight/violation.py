"""What preflight says of an object: a code, a place in the object, and words for a person."""

from __future__ import annotations

from typing import NamedTuple

from mlgitops.findings import Severity
from mlgitops.source import Pointer

MAX_FRAGMENT = 80
"""Characters of somebody's text that a message repeats."""


class Violation(NamedTuple):
    """One thing that is wrong with an object."""

    code: str
    """`kuberay/…`: the API server or the operator refuses it. `serve/…`: Ray Serve refuses or ignores it.
    `gitops/…`: both accept it, and it does harm."""
    pointer: Pointer
    """Into the object; what is missing is named as if it were there."""
    message: str
    """Expected and got."""
    hint: str
    """The next action."""
    severity: Severity


def violation(code: str, pointer: Pointer, message: str, hint: str) -> Violation:
    """A violation with its code's severity. Raises KeyError for a code that nobody explained."""
    from mlgitops.render.preflight.codes import CODES  # here, since only what is wrong needs the texts

    return Violation(code, pointer, message, hint, CODES[code].severity)


def fragment(value: object) -> str:
    """A value for a message: quoted, on one line, nothing invisible in it, and cut.

    >>> fragment("a" * 100) == "'" + "a" * 79 + "…"
    True
    """
    if isinstance(value, dict):
        return "a map"
    if isinstance(value, list):
        return "a list"
    text = ascii(str(value)[: MAX_FRAGMENT + 1]) if isinstance(value, str) else _literal(value)
    return text if len(text) <= MAX_FRAGMENT + 2 else text[:MAX_FRAGMENT] + "…"


def _literal(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int) and value.bit_length() > 256:
        return "a huge number"
    return str(value)


def one_of(names: object) -> str:
    """Names as a person lists them.

    >>> one_of(["a", "b", "c"])
    'a, b or c'
    """
    listed = list(names)  # type: ignore[call-overload]
    return " or ".join([", ".join(listed[:-1]), listed[-1]]) if len(listed) > 1 else listed[0]


def nearest(word: str, known: object) -> str:
    """`did you mean …?` for a misspelt word, or an empty string."""
    import difflib  # here, since only mistakes pay for it

    found = difflib.get_close_matches(word[:MAX_FRAGMENT], list(known), n=1, cutoff=0.6)  # type: ignore[call-overload]
    return f"did you mean `{found[0]}`?" if found else ""
