"""One thing that changes, and the risk that it has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

from mlgitops.source import Location

RiskLevel = Literal["low", "medium", "high"]
Strategy = Literal["rolling", "blueGreen", "canary", "abTest", "shadow"]
RISK_LEVELS: Final[tuple[RiskLevel, ...]] = ("low", "medium", "high")
"""The lowest first."""


class RiskFactor(NamedTuple):
    """One thing that changes, and the risk that it has."""

    change: str
    """`training data refreshed`, `hyperparameters`, `model type`: the same words for the same kind of change."""
    level: RiskLevel
    reason: str
    location: Location | None = None


def above(one: RiskLevel, other: RiskLevel) -> bool:
    """Whether a level is higher than another.

    >>> above("high", "medium"), above("low", "low")
    (True, False)
    """
    return RISK_LEVELS.index(one) > RISK_LEVELS.index(other)


def highest(levels: Iterable[RiskLevel]) -> RiskLevel:
    """The highest of levels, and `low` where there is none: what changes nothing that counts is no risk.

    >>> highest(["low", "medium"]), highest([])
    ('medium', 'low')
    """
    return max(levels, key=RISK_LEVELS.index, default="low")


def level_of(factors: Iterable[RiskFactor]) -> RiskLevel:
    """The level of a change, by what changes."""
    return highest(factor.level for factor in factors)


def gravest_first(factors: Iterable[RiskFactor]) -> tuple[RiskFactor, ...]:
    """Factors without repetition, the gravest first, then by their words."""
    return tuple(sorted(dict.fromkeys(factors), key=lambda one: (-RISK_LEVELS.index(one.level), one.change)))
