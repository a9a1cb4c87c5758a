"""How far code differs, read and never run.

    text     comments, docstrings, layout
    library  what it is installed with (requirements.txt)
    body     what happens within functions that are there on both sides
    shape    what it offers: functions, classes, their parameters, what it imports, the keys of what it answers

A repair stays within bodies; a new function of a service, or another key in its answers, changes the shape.

    >>> change_of({"a.py": "x = 1"}, {"a.py": "x = 1  # one"}), change_of({"a.py": "x = 1"}, {"a.py": "x = 2"})
    ('text', 'body')
"""

from __future__ import annotations

import ast
import hashlib
import re
import warnings
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Literal, NamedTuple

CodeChange = Literal["same", "text", "library", "body", "shape"]

_LIBRARIES = re.compile(r"requirements[\w.-]*\.(txt|in)|constraints[\w.-]*\.txt|[\w.-]+\.lock|pyproject\.toml")
_ORDER: tuple[CodeChange, ...] = ("same", "text", "library", "body", "shape")


class _Module(NamedTuple):
    """What of a module counts."""

    meaning: str
    """Its tree, without docstrings and places."""
    shape: frozenset[str]


def change_of(before: Mapping[str, str], after: Mapping[str, str]) -> CodeChange:
    """The gravest way in which files, by name, differ. What cannot be parsed, or is no Python, is of another shape."""
    found: CodeChange = "same"
    for name in before.keys() | after.keys():
        found = max(found, _file_change(name, before.get(name), after.get(name)), key=_ORDER.index)
    return found


def shape_digest(files: Mapping[str, str]) -> str:
    """A digest over what code offers: the same for code that differs in its bodies alone."""
    lines = []
    for name, text in sorted(files.items()):
        module = _module(text) if name.endswith(".py") else None
        shape = sorted(module.shape) if module else [hashlib.sha256(text.encode()).hexdigest()]
        lines += [f"{name}\n", *(f"  {line}\n" for line in shape)]
    return "sha256:" + hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def _file_change(name: str, before: str | None, after: str | None) -> CodeChange:
    if before == after:
        return "same"
    if _LIBRARIES.fullmatch(name):
        return "library"
    if name.endswith(".md"):
        return "text"
    if before is None or after is None or not name.endswith(".py"):
        return "shape"
    old, new = _module(before), _module(after)
    if old is None or new is None or old.shape != new.shape:
        return "shape"
    return "text" if old.meaning == new.meaning else "body"


@lru_cache(maxsize=64)
def _module(text: str) -> _Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes that are none: a linter's business
            tree = ast.parse(text)
        _without_docstrings(tree)
        return _Module(ast.dump(tree), frozenset(_shape(tree, "")))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _without_docstrings(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                del node.body[0]


def _shape(node: ast.AST, within: str) -> Iterator[str]:
    """A line for each thing that others can name."""
    for child in ast.iter_child_nodes(node):
        inner = within
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            inner = f"{within}{child.name}."
            yield f"def {within}{child.name}({ast.unparse(child.args)})"
        elif isinstance(child, ast.ClassDef):
            inner = f"{within}{child.name}."
            yield f"class {within}{child.name}({', '.join(ast.unparse(one) for one in child.bases)})"
        elif isinstance(child, (ast.Import, ast.ImportFrom)):
            yield ast.unparse(child)
        elif isinstance(child, ast.Dict):
            yield from (f"key {within}{ast.unparse(key)}" for key in child.keys if isinstance(key, ast.Constant))
        yield from _shape(child, inner)
