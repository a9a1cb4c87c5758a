"""The values that a template is made of once it is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

from mlgitops.source import Location, Pointer

Part = Literal["train", "serve"]
Evaluate = Callable[[Mapping[str, Any]], Any]

WHEN = "mlgitops.dev/when"
"""The annotation whose expression decides whether a model gets the object; not part of it."""
PART = "mlgitops.dev/part"
"""The annotation that says which part of a model the object belongs to; not part of it."""

CONTEXT = ("target", "metadata", "spec", "environment", "release", "version", "run")
"""What expressions see: the same data, under the same names, as policies of the scope `model`."""


class Scalar(NamedTuple):
    """A text with expressions in it: pieces of text, and expressions. A lone expression gives its value as it is."""

    pointer: Pointer
    pieces: tuple[str | Expression, ...]


class Expression(NamedTuple):
    """What stands between `{{` and `}}`."""

    source: str
    evaluate: Evaluate


class Template(NamedTuple):
    """One file of an environment's `templates/`."""

    path: str
    part: Part
    when: Scalar | None
    tree: Any
    """The object, with `Scalar` where a text has expressions, and `Constant` around subtrees without any."""
    locate: Callable[[Pointer], Location]
    start: Callable[[], None]
    """Sets the sandbox's account of work back."""


class Constant(NamedTuple):
    """A part of the object that is the same for every model; it is copied, so that no two objects share it."""

    value: Any


class Failed(Exception):
    """An expression gave no usable value."""

    def __init__(self, code: str, pointer: Pointer, message: str, hint: str) -> None:
        super().__init__(message)
        self.code = code
        self.pointer = pointer
        self.hint = hint
