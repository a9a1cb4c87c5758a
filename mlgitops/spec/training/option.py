"""One option of a trainer: its name in specs and in the library, and the values that can work.

>>> eta = Option("eta", "eta", (Span("number", 0, 1, "right"),))
>>> wanted(eta), fits(eta, 0.3), fits(eta, 0)
('a number above 0 and at most 1', True, False)
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from pydantic import JsonValue

Closed = Literal["both", "left", "right", "neither"]


class Span(NamedTuple):
    """Numbers between two bounds, of which `closed` says which are in it; None is no bound."""

    kind: Literal["whole", "number"]
    low: float | None = None
    high: float | None = None
    closed: Closed = "both"


class Option(NamedTuple):
    """What may stand for one option; any of the alternatives will do. With none of them it takes anything."""

    name: str
    """In specs."""
    library: str
    """In the library's own spelling."""
    spans: tuple[Span, ...] = ()
    choices: tuple[str, ...] = ()
    boolean: bool = False
    items: bool = False
    """A list or a mapping, whose items the library alone knows how to judge."""


def camel_case(name: str) -> str:
    """A library's name as specs write it.

    >>> [camel_case(name) for name in ("max_depth", "l1_ratio", "beta_1", "C", "tol")]
    ['maxDepth', 'l1Ratio', 'beta1', 'C', 'tol']
    """
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def fits(option: Option, value: JsonValue) -> bool:
    """Whether a value may stand for the option. None is the library's default: layers take it out."""
    if value is None or not (option.spans or option.choices or option.boolean or option.items):
        return True
    if isinstance(value, bool):
        return option.boolean
    if isinstance(value, str):
        return value in option.choices
    if isinstance(value, (int, float)):
        return any(_within(span, value) for span in option.spans)
    return option.items


def _within(span: Span, value: float) -> bool:
    if span.kind == "whole" and not isinstance(value, int):
        return False
    above = span.low is None or value > span.low or (value == span.low and span.closed in ("both", "left"))
    return above and (
        span.high is None or value < span.high or (value == span.high and span.closed in ("both", "right"))
    )


def right_kind(option: Option, value: JsonValue) -> bool:
    """Whether a value that does not fit is of a kind that could: a number outside of the bounds, an unknown word."""
    if isinstance(value, bool):
        return option.boolean
    if isinstance(value, str):
        return bool(option.choices)
    return (
        isinstance(value, int | float)
        and bool(option.spans)
        and (isinstance(value, int) or any(span.kind == "number" for span in option.spans))
    )


def wanted(option: Option) -> str:
    """What must stand there, in words that follow "must be"."""
    alternatives = [_words(span) for span in option.spans]
    if option.choices:
        alternatives.append(("one of " if len(option.choices) > 1 else "") + ", ".join(option.choices))
    if option.boolean:
        alternatives.append("true or false")
    if option.items:
        alternatives.append("a list")
    return ", or ".join(alternatives)


def _words(span: Span) -> str:
    bounds = []
    if span.low is not None:
        bounds.append(f"{'at least' if span.closed in ('both', 'left') else 'above'} {span.low:.12g}")
    if span.high is not None:
        bounds.append(f"{'at most' if span.closed in ('both', 'right') else 'below'} {span.high:.12g}")
    kind = "a whole number" if span.kind == "whole" else "a number"
    return " ".join((kind, " and ".join(bounds))).strip()
