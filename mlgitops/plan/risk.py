"""How risky a change of one model in one environment is, and what follows from it.

Computed from what changes (code, data, features, hyperparameters, thresholds, resources, policy), never declared. A
person may raise it; lowering it takes an approval.
"""

from __future__ import annotations

from typing import NamedTuple

from mlgitops.spec.risk.factor import RiskFactor, RiskLevel, Strategy

__all__ = ["ApprovalNeeded", "Risk", "RiskFactor", "RiskLevel", "Strategy"]


class ApprovalNeeded(NamedTuple):
    """A role that has to approve, and whether it has."""

    role: str
    owners: tuple[str, ...]
    """Who can, by CODEOWNERS; empty where nobody is named."""
    given_by: str = ""
    """Who has; empty where it is missing."""
    void: str = ""
    """Why an approval that was given does not count; empty where it does or there is none."""


class Risk(NamedTuple):
    """Of the change of one model in one environment."""

    model: str
    environment: str
    level: RiskLevel
    """The highest of the factors, or what a person raised it to."""
    computed: RiskLevel
    factors: tuple[RiskFactor, ...]
    strategy: Strategy
    approvals: tuple[ApprovalNeeded, ...] = ()
