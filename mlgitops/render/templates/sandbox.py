"""Jinja2's expressions, and of Jinja2 nothing else: evaluated on JSON data, within bounds of size.

There is no attribute of a Python object to reach, no function to call but a few methods of texts and mappings, no
statement and so no loop; and whatever could make something large from something small is measured before it is made.
Imported where there are templates only: jinja2 takes 40 ms to load.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, UndefinedError, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

MAX_EXPRESSION = 1000
"""Characters of one expression; what is longer is code and belongs elsewhere."""
MAX_RESULT = 64 * 1024
"""Characters of one value: the texts in a list count too."""
ITEM = 8
"""What a number, a list or a mapping counts as, in characters."""
MAX_WORK = 1024 * 1024
"""Characters made in all while one object is rendered."""

METHODS: dict[type, frozenset[str]] = {
    str: frozenset(
        (
            *("lower", "upper", "strip", "lstrip", "rstrip", "removeprefix", "removesuffix"),
            *("startswith", "endswith", "split"),
        )
    ),
    dict: frozenset(("get", "items", "keys", "values")),
}
"""Type → methods that may be called. None makes more than it is given."""

FILTERS = (
    *("abs", "capitalize", "count", "d", "default", "dictsort", "first", "float", "int", "items", "last", "length"),
    *("list", "lower", "map", "max", "min", "reject", "rejectattr", "reverse", "select", "selectattr", "sort"),
    *("sum", "title", "trim", "unique", "upper"),
)
"""Jinja2's own filters that are kept; `join`, `replace`, `round`, `string` and `tojson` are ours, with bounds."""

TESTS = (
    *("boolean", "defined", "divisibleby", "eq", "even", "false", "float", "ge", "gt", "in", "integer", "le", "lt"),
    *("mapping", "ne", "none", "number", "odd", "sequence", "string", "true", "undefined"),
    *("==", "!=", "<", "<=", ">", ">=", "equalto", "greaterthan", "lessthan"),
)


class TooLarge(Exception):
    """An expression would make more than it may."""


class Expressions(ImmutableSandboxedEnvironment):
    """Compiles expressions. `spent` is what the current object has cost; `start` sets it back."""

    intercepted_binops = frozenset(("*", "**", "%", "+"))

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, optimized=False, autoescape=False, keep_trailing_newline=True)
        self.spent = 0
        self.globals.clear()
        self.policies.clear()
        own: dict[str, Callable[..., Any]] = {
            "join": _join,
            "replace": _replace,
            "round": _round,
            "string": text_of,
            "tojson": _to_json,
        }
        kept = {name: self.filters[name] for name in FILTERS}
        self.filters = {name: _measured(self, function) for name, function in {**kept, **own}.items()}
        self.tests = {name: self.tests[name] for name in TESTS}

    def start(self) -> None:
        """Begin another object."""
        self.spent = 0

    def charge(self, value: Any) -> Any:
        """Count a value that was made, with all that is in it, and return it."""
        size = _size(value, 0)
        self.spent += size
        if self.spent > MAX_WORK:
            raise TooLarge(f"more than {MAX_WORK} characters in all")
        return value

    def function(self, source: str) -> Callable[[Mapping[str, Any]], Any]:
        """A function of the context for one expression. Raises TemplateSyntaxError where it is none."""
        template = self.from_string(_assignment(self.parse("{{ " + source + " }}")))

        def evaluate(context: Mapping[str, Any]) -> Any:
            inner = template.new_context(dict(context))
            for _ in template.root_render_func(inner):
                pass
            return inner.vars["result"]

        return evaluate

    def getattr(self, obj: Any, attribute: str) -> Any:
        """`obj.attribute`: a mapping's item, or one of `METHODS`."""
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """`obj[argument]`: an item of a mapping or list, a slice, or one of `METHODS`."""
        wanted: Any = argument  # Jinja2 names a few types only
        if isinstance(obj, Undefined):
            obj._fail_with_undefined_error()
        if isinstance(obj, Mapping) and isinstance(wanted, str) and wanted in obj:
            return obj[wanted]
        if isinstance(obj, (list, tuple, str)) and isinstance(wanted, (int, slice)):
            try:
                return self.charge(obj[wanted])
            except (IndexError, TypeError, ValueError):
                return self._missing(obj, wanted)
        for kind, names in METHODS.items():
            if isinstance(obj, kind) and isinstance(wanted, str) and wanted in names:
                return getattr(obj, wanted)
        if isinstance(wanted, str) and wanted.startswith("_"):
            raise SecurityError(f"{wanted[:40]!r} is no data")
        return self._missing(obj, wanted)

    def _missing(self, obj: Any, name: Any) -> Undefined:
        return self.undefined(obj=obj, name=name)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ARG002 - Jinja2's signature
        """Filters such as `map(attribute=…)` ask here; `getitem` has decided already."""
        return not attr.startswith("_")

    def is_safe_callable(self, obj: Any) -> bool:
        """Whether a value may be called: the methods that `getitem` gives out, and nothing else."""
        owner = getattr(obj, "__self__", None)
        return any(isinstance(owner, kind) and obj.__name__ in names for kind, names in METHODS.items())

    def call(self, context: Any, obj: Any, /, *args: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        """A call of a method."""
        if isinstance(obj, Undefined):
            obj._fail_with_undefined_error()
        if not self.is_safe_callable(obj):
            raise SecurityError("nothing can be called here but methods of texts and mappings")
        return self.charge(obj(*args, **kwargs))

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:  # noqa: ARG002
        """The operators that can make something large."""
        if operator == "%" and isinstance(left, str):
            raise SecurityError("texts are not formatted with %: join them with ~")
        if operator == "**":
            return self.charge(_power(left, right))
        if operator == "*":
            _check_product(left, right)
            return self.charge(left * right)
        if operator == "+":
            return self.charge(left + right)
        return left % right


def _measured(environment: Expressions, function: Callable[..., Any]) -> Callable[..., Any]:
    """A filter whose result counts; an iterator is read to its end, so that it is counted too."""

    def measured(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        if hasattr(result, "__next__"):
            result = _listed(environment, result)
        return environment.charge(result)

    if hasattr(function, "jinja_pass_arg"):  # what Jinja2 hands to it first
        measured.jinja_pass_arg = function.jinja_pass_arg  # type: ignore[attr-defined]
    return measured


def _listed(environment: Expressions, values: Iterable[Any]) -> list[Any]:
    return [environment.charge(value) for value in values]


def _size(value: Any, before: int) -> int:
    """Characters and items in a value, plus `before`. Raises TooLarge as soon as they are too many.

    Lists may be in lists many times over: this is what keeps `[[0] * 9999] * 9999` from being written out.
    """
    size = before + (len(value) if isinstance(value, str) else ITEM)
    _check_size(size)
    if isinstance(value, Mapping):
        for key, item in value.items():
            size = _size(item, size + len(str(key)))
    elif isinstance(value, (list, tuple)):
        for item in value:
            size = _size(item, size)
    return size


class _Concatenations(NodeTransformer):
    """`a ~ b` as `[a, b] | join`: with our bounds, and with texts as `text_of` has them."""

    def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:  # noqa: N802 - Jinja2's name
        """One concatenation."""
        self.generic_visit(node)
        items = nodes.List(node.nodes, lineno=node.lineno)
        return nodes.Filter(items, "join", [], [], None, None, lineno=node.lineno)


def _assignment(parsed: nodes.Template) -> nodes.Template:
    """`{{ expression }}` as the assignment of its value to `result`."""
    _Concatenations().visit(parsed)
    outputs = [node for node in parsed.body if isinstance(node, nodes.Output)]
    expressions = [node for output in outputs for node in output.nodes if not isinstance(node, nodes.TemplateData)]
    if len(outputs) != len(parsed.body) or len(expressions) != 1:
        raise TemplateSyntaxError("expected one expression", 1)
    target = nodes.Name("result", "store", lineno=1)
    return nodes.Template([nodes.Assign(target, expressions[0], lineno=1)], lineno=1)


def _check_size(size: int) -> None:
    if size > MAX_RESULT:
        raise TooLarge(f"one of more than {MAX_RESULT} characters")


def _check_product(left: Any, right: Any) -> None:
    for some, times in ((left, right), (right, left)):
        if isinstance(some, (str, list, tuple)) and isinstance(times, int):
            _check_size(_size(some, 0) * max(times, 0))
    if isinstance(left, int) and isinstance(right, int) and left.bit_length() + right.bit_length() > 256:
        raise TooLarge("a number of more than 256 bits")


def _power(left: Any, right: Any) -> Any:
    if (
        not isinstance(left, (int, float))
        or not isinstance(right, (int, float))
        or abs(right) > 64
        or abs(left) > 2**32
    ):
        raise TooLarge("a power of large numbers")
    return left**right


def _join(value: Iterable[Any], d: str = "", attribute: str | None = None) -> str:
    items = [item[attribute] if attribute is not None else item for item in value]
    texts = [text_of(item) for item in items]
    _check_size(sum(map(len, texts)) + len(d) * len(texts))
    return d.join(texts)


def _replace(s: str, old: str, new: str) -> str:
    text = text_of(s)
    _check_size(len(text) + text.count(old) * len(new))
    return text.replace(old, new)


def _round(value: float, precision: int = 0) -> float:
    if not 0 <= precision <= 15:
        raise TooLarge("more than 15 digits")
    return round(value, precision) if precision else round(value)


def _to_json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def text_of(value: Any) -> str:
    """How a value stands inside of a text: as JSON has it, but texts as they are.

    Raises TypeError for what has no such form, and UndefinedError for what is not there.
    """
    if isinstance(value, Undefined):
        value._fail_with_undefined_error()
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return _to_json(value)
    kind = "null" if value is None else "a mapping" if isinstance(value, Mapping) else "a list"
    raise TypeError(f"expected text or a number inside of a text, got {kind}")


__all__ = ["Expressions", "SecurityError", "TooLarge", "Undefined", "UndefinedError", "text_of"]
