"""Risks that are the same of several models, said once, the highest first.

medium  canary  42 models in prod: serving image: the image of the workers differs
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mlgitops.plan.risk import Risk
from mlgitops.report.story.effect_groups import LEVELS
from mlgitops.report.story.likeness import neutral, own_names


class RiskGroup(NamedTuple):
    """One risk, and every change that has it."""

    risk: Risk
    """Of the first."""
    subjects: tuple[str, ...]
    """`churn@prod`."""

    @property
    def title(self) -> str:
        """`high, raised from medium, rollout canary`."""
        return f"{self.risk.level}, {self.rest}"

    @property
    def rest(self) -> str:
        """The title without the level."""
        level, computed = self.risk.level, self.risk.computed
        direction = "raised" if LEVELS[level] < LEVELS[computed] else "lowered"
        moved = "" if level == computed else f"{direction} from {computed}, "
        return f"{moved}rollout {self.risk.strategy}"


def risk_groups(risks: Sequence[Risk]) -> list[RiskGroup]:
    """Those that differ in nothing but their models and lines come together."""
    together: dict[tuple[object, ...], list[Risk]] = {}
    for risk in risks:
        own = own_names(f"{risk.environment}/{risk.model}")
        factors = tuple((one.change, one.level, neutral(one.reason, own)) for one in risk.factors)
        key = (risk.level, risk.computed, factors, risk.strategy, risk.approvals)
        together.setdefault(key, []).append(risk)
    found = [RiskGroup(same[0], tuple(f"{one.model}@{one.environment}" for one in same)) for same in together.values()]
    return sorted(found, key=lambda group: LEVELS[group.risk.level])
