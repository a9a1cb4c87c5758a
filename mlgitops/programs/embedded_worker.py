"""The embedded engine's process: reads one question from stdin, writes one answer to stdout, and may crash alone.

    {"modules": {path: Rego}, "data": {…}, "decision": "data.…", "header": "data.…", "sets": […], "documents": […]}
    {"header": {…}, "version": "1.5.2", "decisions": […]}, or {"failed": "…"}, or {"broken": "…"}

Started by its path with `python -I` (nothing of ours is imported: it would cost more than it does). rego-cpp keeps text
as JSON escapes it, and compares it so with the text in modules; therefore strings go in escaped, as `\\n` for a line
break, though the Python binding does not do that. And a fraction on the library's stack keeps six decimals: documents
that have one go in as text, which is slower.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from ctypes import CFUNCTYPE, c_bool, c_char_p, c_int64, c_uint32, c_void_p
from json.encoder import encode_basestring
from typing import Any

import regopy
from regopy import rego_shared

LARGEST = 2**63 - 1
_BEFORE, _AFTER = '{"expressions":[', "]}"


class Failed(Exception):
    """The rules failed on a document."""


class Fraction(Exception):
    """A document has a number that is no integer."""


class Broken(Exception):
    """The rules cannot be compiled, or a document cannot be given to them."""


def _native(name: str, *arguments: Any) -> Callable[..., int]:
    """A function of the library, called without the checks of the binding, which take most of the time."""
    function: Callable[..., int] = CFUNCTYPE(c_uint32, c_void_p, *arguments)((name, rego_shared.rego))
    return function


_string = _native("regoInputString", c_char_p)
_integer = _native("regoInputInt", c_int64)
_boolean = _native("regoInputBoolean", c_bool)
_null = _native("regoInputNull")
_item = _native("regoInputObjectItem")
_object = _native("regoInputObject", c_uint32)
_array = _native("regoInputArray", c_uint32)


def _escaped(text: str) -> bytes:
    return encode_basestring(text)[1:-1].encode()


def _push(stack: int, value: Any) -> int:
    """Put a value on the library's stack; not zero when it was refused."""
    kind = type(value)
    if kind is str:
        return _string(stack, _escaped(value))
    if kind is dict:
        wrong = 0
        for key, inner in value.items():
            wrong |= _string(stack, _escaped(key)) | _push(stack, inner) | _item(stack)
        return wrong | _object(stack, len(value))
    if kind is list:
        wrong = 0
        for inner in value:
            wrong |= _push(stack, inner)
        return wrong | _array(stack, len(value))
    if value is None:
        return _null(stack)
    if kind is bool:
        return _boolean(stack, value)
    if kind is int:
        if abs(value) > LARGEST:
            raise Broken("an integer of more than 64 bits cannot be given to the embedded engine")
        return _integer(stack, value)
    raise Fraction


class Compiled:
    """Rules that were compiled once, with all that they may be asked, and answer about one document at a time."""

    def __init__(self, modules: dict[str, str], data: str, queries: list[str]) -> None:
        self.interpreter = regopy.Interpreter()
        self.interpreter.log_level = regopy.LogLevel.ERROR  # tells lines where errors tell offsets
        self.interpreter.strict_built_in_errors = True
        try:
            for path, text in modules.items():
                self.interpreter.add_module(path, text)
            self.interpreter.add_data_json(data)
            self.bundle = self.interpreter.build(None, [_path(query) for query in queries])
        except regopy.RegoError as error:
            raise Broken(f"the rules do not compile: {error}") from None
        if not self.bundle.ok():
            raise Broken("the rules do not compile")
        self.interpreter.log_level = regopy.LogLevel.NONE

    def _give(self, document: Any) -> None:
        stack = rego_shared.rego.regoNewInput()
        try:
            if _push(stack, document) or rego_shared.rego.regoSetInput(self.interpreter._impl, stack):
                raise Broken("a document cannot be given to the embedded engine")
        except Fraction:
            self.interpreter.set_input_term(json.dumps(document, ensure_ascii=False))
        finally:
            rego_shared.rego.regoFreeInput(stack)

    def answer(self, query: str, document: Any) -> str:
        """A query's value as JSON; `null` where it is undefined."""
        self._give(document)
        output = rego_shared.rego_bundle_query_entrypoint(self.interpreter._impl, self.bundle._impl, _path(query))
        try:
            text = rego_shared.rego_output_string(output)
            if not rego_shared.rego_output_ok(output) or text.startswith("("):
                raise Failed("a function failed, or a rule has two values" if text == "<error>" else text)
        finally:
            rego_shared.rego_free_output(output)
        if text == "undefined":
            return "null"
        if not (text.startswith(_BEFORE) and text.endswith(_AFTER)):
            raise Failed("the result is not what was asked for")
        return str(text[len(_BEFORE) : -len(_AFTER)])


def _path(query: str) -> str:
    """How the library names an entry point: `mlgitops/decision/model/decision`."""
    return query.removeprefix("data.").replace(".", "/")


def _culprits(modules: dict[str, str], data: str, sets: list[str], document: Any) -> str:
    """Which of the rules' sets fail on a document."""
    failing = []
    for reference in sets:
        try:
            Compiled(modules, data, [reference]).answer(reference, document)
        except Failed:
            failing.append(reference.removeprefix("data.mlgitops."))
    return ", ".join(failing)


def main(question: dict[str, Any]) -> str:
    """The answer to a question, as JSON."""
    data = json.dumps(question["data"], ensure_ascii=False)
    documents, modules = question["documents"], question["modules"]
    try:
        compiled = Compiled(modules, data, [question["header"], question["decision"]])
        header = compiled.answer(question["header"], {})
        decisions = ",".join([compiled.answer(question["decision"], document) for document in documents])
    except Broken as error:
        return json.dumps({"broken": str(error)})
    except Failed as error:
        where = _culprits(modules, data, question["sets"], documents[0]) if len(documents) == 1 else ""
        return json.dumps({"failed": f"{where}: {error}" if where else str(error)})
    version = json.dumps(regopy.__version__)
    return f'{{"header":{header},"version":{version},"decisions":[{decisions}]}}'


if __name__ == "__main__":
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the library prints is no answer
    answers.write(main(json.load(sys.stdin.buffer)).encode())
    answers.close()
