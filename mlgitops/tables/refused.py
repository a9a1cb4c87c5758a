"""A table that cannot be read as one."""

from __future__ import annotations


class TableRefused(ValueError):
    """Something is no table of named columns, or nobody can tell how to read it.

    `str(error)` says what was expected and what was got, and never shows a cell; `hint` says what to do about it.
    """

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint
