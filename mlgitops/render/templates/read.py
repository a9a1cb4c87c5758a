"""Reading templates: YAML by the reader that reads all other files, then the expressions in its texts."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from mlgitops.findings import Finding, in_order
from mlgitops.render.templates.values import CONTEXT, PART, WHEN, Constant, Expression, Scalar, Template
from mlgitops.source import Pointer, dotted, pointer_text
from mlgitops.spec.reader import Document, read
from mlgitops.spec.yaml_characters import excerpt

if TYPE_CHECKING:
    from mlgitops.render.templates.sandbox import Expressions

_FIXED = (("apiVersion",), ("kind",))
"""What an object is must not depend on who writes a spec: reviewers and policies look at it."""


def read_templates(
    files: Mapping[str, str | bytes], names: Collection[str] = CONTEXT
) -> tuple[tuple[Template, ...], list[Finding]]:
    """The templates among these files, by path, and all that is wrong with the others.

    `names` are those that an expression may use.
    """
    if not files:
        return (), []
    from mlgitops.render.templates.sandbox import Expressions  # here, since it loads jinja2

    expressions = Expressions()
    templates: list[Template] = []
    findings: list[Finding] = []
    for path in sorted(files):
        document = read(files[path], path)
        if isinstance(document, list):
            findings.extend(_unquoted(found, files[path]) for found in document)
            continue
        reading = _Reading(document, expressions, names)
        template = reading.template()
        findings.extend(reading.findings)
        if template is not None and not reading.findings:
            templates.append(template)
    return tuple(templates), in_order(findings)


def _unquoted(finding: Finding, content: str | bytes) -> Finding:
    """A finding of the reader; where an expression without quotes is the reason, the hint says so."""
    text = content if isinstance(content, str) else content.decode("utf-8", "replace")
    lines = text.split("\n")
    line = lines[finding.location.line - 1] if finding.location.line <= len(lines) else ""
    before, opening, _ = line.partition("{{")
    if opening and before.rstrip().endswith((":", "-")):
        return finding._replace(code="template/unquoted", hint='quote the text with its expression: "{{ … }}"')
    return finding


class _Reading:
    """The state of reading one template."""

    def __init__(self, document: Document, expressions: Expressions, names: Collection[str]) -> None:
        self.document = document
        self.expressions = expressions
        self.names = frozenset(names)
        self.findings: list[Finding] = []

    def report(self, code: str, pointer: Pointer, message: str, hint: str, *, key: bool = False) -> None:
        location = self.document.locate(pointer, key=key)
        self.findings.append(
            Finding(location, f"template/{code}", "error", message, hint, pointer=pointer_text(pointer))
        )

    def template(self) -> Template | None:
        """The template; where there are findings it is not to be used."""
        data = self.document.data
        metadata = data.get("metadata")
        for pointer, present in (
            (("apiVersion",), data.get("apiVersion")),
            (("kind",), data.get("kind")),
            (("metadata", "name"), metadata.get("name") if isinstance(metadata, dict) else None),
        ):
            if not isinstance(present, str) or not present:
                from mlgitops.spec.invalid import shown  # here, since templates are mostly sound

                message = f"expected {dotted(pointer)} to be text, got {shown(present)}"
                self.report("object", pointer, message, f"write {dotted(pointer)}: a template is a Kubernetes object")
        if self.findings or not isinstance(metadata, dict):
            return None
        annotations = metadata.get("annotations")
        controls = (
            {key: annotations[key] for key in (WHEN, PART) if key in annotations}
            if isinstance(annotations, dict)
            else {}
        )
        part = self._part(controls.get(PART))
        when = self._when(controls.get(WHEN))
        tree = self._tree(_without(data, controls), ())
        if part is None:
            return None
        return Template(self.document.path, part, when, tree, self.document.locate, self.expressions.start)

    def _part(self, value: Any) -> Any:
        pointer = ("metadata", "annotations", PART)
        if value in ("train", "serve"):
            return value
        message = f"expected the annotation {PART} to be train or serve, got {excerpt(str(value))}"
        self.report("part", pointer, message, "say which part of a model the object belongs to")
        return None

    def _when(self, value: Any) -> Scalar | None:
        if value is None:
            return None
        pointer = ("metadata", "annotations", WHEN)
        scalar = self._scalar(value, pointer) if isinstance(value, str) else value
        if isinstance(scalar, Scalar) and len(scalar.pieces) == 1:
            return scalar
        if not self.findings:
            message = f"expected the annotation {WHEN} to be one expression, got {excerpt(str(value))}"
            self.report("when", pointer, message, 'write it as "{{ spec.serving is not none }}"')
        return None

    def _tree(self, value: Any, pointer: Pointer) -> Any:
        """A value with the expressions of its texts compiled."""
        if isinstance(value, str):
            return self._scalar(value, pointer)
        if isinstance(value, dict):
            for key in value:
                if "{{" in key or "{%" in key:
                    message = f"expected a key without expressions, got {excerpt(key)}"
                    self.report(
                        "key", (*pointer, key), message, "write the key out: only values are evaluated", key=True
                    )
            mapping = {key: self._tree(item, (*pointer, key)) for key, item in value.items()}
            return Constant(value) if all(map(_is_constant, mapping.values())) else mapping
        if isinstance(value, list):
            items = [self._tree(item, (*pointer, index)) for index, item in enumerate(value)]
            return Constant(value) if all(map(_is_constant, items)) else items
        return value

    def _scalar(self, text: str, pointer: Pointer) -> str | Scalar:
        """A text, compiled where it has expressions."""
        if "{{" not in text and "{%" not in text and "{#" not in text:
            return text
        if pointer in _FIXED:
            self.report("object", pointer, f"expected {dotted(pointer)} to be the same for all models", "write it out")
            return text
        pieces = self._pieces(text, pointer)
        if pieces and all(isinstance(piece, str) for piece in pieces):
            return "".join(str(piece) for piece in pieces)
        return Scalar(pointer, tuple(pieces))

    def _pieces(self, text: str, pointer: Pointer) -> list[str | Expression]:
        """Text and expressions in turn, as Jinja2 divides them."""
        from jinja2 import TemplateSyntaxError

        pieces: list[str | Expression] = []
        source: list[str] | None = None
        try:
            for _, kind, value in self.expressions.lex(text):
                if kind == "variable_begin":
                    source = []
                elif kind == "variable_end":
                    pieces.append(self._expression("".join(source or ()).strip(), pointer))
                    source = None
                elif source is not None:
                    source.append(value)
                elif kind == "data":
                    pieces.append(value)
                else:
                    hint = 'write {{ … }}, which is all that is evaluated; for the characters themselves: {{ "{%" }}'
                    message = f"expected no statement and no comment, got {excerpt(value)}"
                    self.report("statement", pointer, message, hint)
                    return []
        except (TemplateSyntaxError, RecursionError) as error:
            self.report(
                "syntax",
                pointer,
                f"expected an expression: {_why(error)}",
                "write it like {{ spec.training.workers + 1 }}",
            )
        return pieces

    def _expression(self, source: str, pointer: Pointer) -> Expression:
        from jinja2 import TemplateSyntaxError, nodes

        from mlgitops.render.templates.sandbox import MAX_EXPRESSION

        if len(source) > MAX_EXPRESSION:
            message = f"expected an expression of at most {MAX_EXPRESSION} characters, got {len(source)}"
            self.report("too-long", pointer, message, "compute it in the spec, or make it simpler")
            return Expression("", lambda _: None)
        before = len(self.findings)
        try:
            parsed = self.expressions.parse("{{ " + source + " }}")
            for constant in parsed.find_all(nodes.Const):
                if isinstance(constant.value, float) and constant.value in (math.inf, -math.inf):
                    raise TemplateSyntaxError("this number is too large", 1)
            for name in parsed.find_all(nodes.Name):
                if name.name not in self.names:
                    self._unknown(name.name, pointer)
            for filtered in parsed.find_all((nodes.Filter, nodes.Test)):
                self._check_filter(filtered, pointer)
            if len(self.findings) > before:
                return Expression("", lambda _: None)
            evaluate = self.expressions.function(source)
        except (TemplateSyntaxError, RecursionError, MemoryError, SyntaxError, ValueError) as error:
            self.report(
                "syntax",
                pointer,
                f"expected an expression: {_why(error)}",
                "write it like {{ spec.training.workers + 1 }}",
            )
            return Expression("", lambda _: None)
        return Expression(source, evaluate)

    def _unknown(self, name: str, pointer: Pointer) -> None:
        import difflib  # here, since only mistakes pay for it

        near = difflib.get_close_matches(name, sorted(self.names), n=1, cutoff=0.6)
        hint = f"did you mean `{near[0]}`?" if near else f"take one of these: {', '.join(sorted(self.names))}"
        self.report("undefined", pointer, f"expected a known name, got {excerpt(name)}", hint)

    def _check_filter(self, node: Any, pointer: Pointer) -> None:
        known = self.expressions.tests if type(node).__name__ == "Test" else self.expressions.filters
        if node.name not in known:
            hint = f"take one of these: {', '.join(sorted(known))}"
            what = type(node).__name__.lower()
            self.report("unsafe", pointer, f"expected a known {what}, got {excerpt(node.name)}", hint)


def _without(data: dict[str, Any], controls: Mapping[str, Any]) -> dict[str, Any]:
    """The object without the annotations that are for us."""
    if not controls:
        return data
    metadata = dict(data["metadata"])
    annotations = {key: value for key, value in metadata["annotations"].items() if key not in controls}
    if annotations:
        metadata["annotations"] = annotations
    else:
        del metadata["annotations"]
    return {**data, "metadata": metadata}


def _is_constant(value: Any) -> bool:
    return (isinstance(value, (Constant, str, int, float, bool)) and not isinstance(value, Scalar)) or value is None


def _why(error: BaseException) -> str:
    if isinstance(error, (RecursionError, MemoryError)):
        return "this one is nested too deeply"
    return excerpt(str(getattr(error, "message", None) or error), 200)[1:-1]
