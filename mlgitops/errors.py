"""What is wrong with the world rather than with the user's files. Caught in one place, the CLI."""

from __future__ import annotations


class MlgitopsError(Exception):
    """A program is missing or broken, Git failed, a disk is full: exit code 3.

    `str(error)` says what happened; `hint` says what to do about it.
    """

    exit_code = 3

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(MlgitopsError):
    """The command line asks for something that cannot be: exit code 2."""

    exit_code = 2
