"""Rules that an engine refuses to compile: its complaints as findings, which the command line reports with exit code 1.

An engine compiles when it is first asked, deep in a run; what it refuses is in people's files all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from mlgitops.errors import MlgitopsError
from mlgitops.findings import Finding, in_order


class RulesRefused(MlgitopsError):
    """The rules are wrong; `findings` say where. Where nobody reports those, the first of them is the message."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(in_order(findings))
        first = self.findings[0]
        more = f", and {len(self.findings) - 1} more" if len(self.findings) > 1 else ""
        super().__init__(f"the rules cannot be used: {first.location}: {first.message}{more}", first.hint)

    def __reduce__(self) -> tuple[Any, ...]:
        """So that it leaves a process of its own as it is: an exception travels as its arguments."""
        return RulesRefused, (self.findings,)


def refuse(findings: Sequence[Finding]) -> None:
    """Raises RulesRefused where there are findings."""
    if findings:
        raise RulesRefused(findings)
