"""What a command asks of the pipeline, and the answer of a former run when nothing has changed.

Imports next to nothing: an unchanged repository is answered before anything heavy is loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from mlgitops.files import former
from mlgitops.files.folders import left_over
from mlgitops.files.former import Former

if TYPE_CHECKING:
    from datetime import date

    from mlgitops.report.contents import Report
    from mlgitops.spec.reviews import Evidence

Command = Literal["validate", "check", "render", "render --check"]


class Request(NamedTuple):
    """What a command asks."""

    root: str
    as_of: date
    """Today in UTC, or the day of `--as-of`: what waivers are measured by."""
    environments: tuple[str, ...] = ()
    """Empty for all."""
    models: tuple[str, ...] = ()
    """Empty for all."""
    engine: str = "auto"
    jobs: int = 2
    cache: bool = True
    evidence: Evidence | None = None
    """What a Git host knows of who approved a change: for `plan`."""

    @property
    def whole(self) -> bool:
        """Whether everything is asked for: only then can be told what is superfluous, and what a fleet adds up to."""
        return not self.environments and not self.models

    @property
    def remembers(self) -> bool:
        """Whether a former answer may be used: a server's rules are not ours to watch."""
        return self.cache and not self.engine.startswith("server")

    def key(self, command: Command) -> str:
        """Under which the answer is kept. `jobs` and `cache` change no answer."""
        return former.key_of(
            {
                "command": command,
                "as_of": self.as_of.isoformat(),
                "environments": sorted(self.environments),
                "models": sorted(self.models),
                "engine": self.engine,
            }
        )


class Recalled(NamedTuple):
    """The former run of the same request, and what of it still holds."""

    former: Former
    same: frozenset[str]
    """The models of which nothing has changed; none where something that all depend on has."""
    report: Report | None
    """The answer, when nothing at all has changed."""


def recall(request: Request, command: Command) -> Recalled | None:
    """What the former run of the same request knows; None where there was none, or none may be used."""
    known = former.load(request.root, request.key(command)) if request.remembers else None
    if known is None:
        return None
    if not former.is_same(request.root, known.shared):
        return Recalled(known, frozenset(), None)
    same = former.unchanged(request.root, known)
    whole = len(same) == len(known.models) and former.is_same(request.root, known.last)
    usable = whole and not (command == "render" and left_over(request.root))
    return Recalled(known, same, _report(known) if usable else None)


def _report(known: Former) -> Report | None:
    from mlgitops.report.stored import stored_report

    try:
        return stored_report(known.report)
    except ValueError:
        return None
