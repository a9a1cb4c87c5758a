"""`RunProblem`: something that a run's log or a laptop's terminal shows: what is wrong, and what to do about it.

raise RunProblem("data/digest", "customers must have digest sha256:9f…, got sha256:3a…", "pin the data again")
"""

from __future__ import annotations

import sys
from collections.abc import Callable

WORLD = 3
"""Exit code where our world failed: a store that does not answer, a full disk. Worth trying again."""
WRONG = 1
"""Exit code where the run, its data or its artifact is wrong: trying again changes nothing."""
LONGEST = 2000


class RunProblem(Exception):
    """`code` is stable (`area/what`), `message` says expected and got, `hint` what to do next."""

    def __init__(self, code: str, message: str, hint: str, *, exit_code: int = WRONG) -> None:
        super().__init__(message)
        self.code, self.hint, self.exit_code = code, hint, exit_code
        self.message = message if len(message) <= LONGEST else f"{message[: LONGEST - 1]}…"

    def __reduce__(self) -> tuple[Callable[..., RunProblem], tuple[str, str, str, int]]:
        """Ray carries exceptions from a worker to its driver."""
        return _again, (self.code, self.message, self.hint, self.exit_code)

    def __str__(self) -> str:
        return f"error[{self.code}]: {self.message}\nhint: {self.hint}"


def _again(code: str, message: str, hint: str, exit_code: int) -> RunProblem:
    return RunProblem(code, message, hint, exit_code=exit_code)


def exit_code_of(main: Callable[[], None]) -> int:
    """Run an entry point; a problem is told on stderr and becomes the exit code."""
    try:
        main()
    except RunProblem as problem:
        sys.stderr.write(f"{problem}\n")
        return problem.exit_code
    return 0
