"""The names that a Python module defines at its top level, read and never run.

>>> sorted(top_level_names("import os\\ndef train_loop(config): ...\\n"))
['os', 'train_loop']
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Sequence
from functools import lru_cache


@lru_cache(maxsize=64)
def top_level_names(text: str) -> frozenset[str] | int:
    """The names, `*` among them where a module is imported whole; the line of the error where there is one."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes that are none: a linter's business
            return frozenset(_names(ast.parse(text).body))
    except SyntaxError as error:
        return error.lineno or 1
    except (ValueError, RecursionError, MemoryError):  # too deep for the parser, and so for a run
        return 1


def _names(statements: Sequence[ast.stmt | ast.excepthandler | ast.match_case]) -> Iterator[str]:
    """What statements bind, and what those within `if`, `try` and `with` do."""
    for statement in statements:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield statement.name
        elif isinstance(statement, (ast.Import, ast.ImportFrom)):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in statement.names)
        elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            names = (node for target in targets for node in ast.walk(target))
            yield from (node.id for node in names if isinstance(node, ast.Name))
        else:
            for block in ("body", "orelse", "handlers", "finalbody", "cases"):
                yield from _names(getattr(statement, block, ()))
