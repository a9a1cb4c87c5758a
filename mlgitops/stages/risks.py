"""How risky a change is, for each model and environment that it reaches.

    risks = risks_of(revisions, before, after, plan)

A target counts where an object of it differs, its release, or where policy lets pass what it denied. What differs is
asked of the documents of both sides: the version records, the resolved specs, the environment, rules and waivers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mlgitops.plan.changes import Plan
from mlgitops.plan.policy_diff import VerdictFlip
from mlgitops.plan.risk import Risk, Strategy
from mlgitops.spec.reviews import Evidence
from mlgitops.spec.risk.factor import RiskFactor, above, gravest_first, highest, level_of
from mlgitops.spec.risk.specs import spec_factors
from mlgitops.spec.risk.versions import version_factors
from mlgitops.stages.approvals import Asking, approvals_needed, asking_of, lowered_to
from mlgitops.stages.revise import Revisions, Side
from mlgitops.stages.states import NOWHERE, State, goes_back, release_differs, states_of


def risks_of(
    revisions: Revisions,
    before: Side,
    after: Side,
    plan: Plan,
    evidence: Evidence | None = None,
    flips: Iterable[VerdictFlip] = (),
) -> tuple[Risk, ...]:
    """A row for each target that the change reaches, by environment and model.

    `evidence` is what a Git host knows of who approved the change, `flips` are the verdicts that it changes.
    """
    passing: dict[str, list[VerdictFlip]] = {}
    for flip in flips:
        waived = flip.new_new == "waived" != flip.old_old
        if (flip.loosened or waived) and not flip.subject.startswith("@"):
            passing.setdefault(flip.subject, []).append(flip)
    found = []
    asking: Asking | None = None
    for name, environments in sorted(_reached(before, after, plan).items()):
        old, new = _states(before, name, environments), _states(after, name, environments)
        asking = asking or asking_of(revisions, before, after, evidence or Evidence())
        for environment in sorted(environments):
            one, other = old.get(environment, NOWHERE), new.get(environment, NOWHERE)
            factors = [*_factors(one, other), *_let_pass(passing.pop(f"{name}@{environment}", ()))]
            found.append(_risk(one, other, name, environment, gravest_first(factors), asking))
    found += [_of_policy(subject, own) for subject, own in passing.items()]
    return tuple(sorted(found, key=lambda risk: (risk.environment, risk.model)))


def _of_policy(subject: str, flips: Iterable[VerdictFlip]) -> Risk:
    """Of a target of which nothing differs but what policy says: those who own the policies approve that."""
    name, _, environment = subject.partition("@")
    factors = gravest_first(_let_pass(flips))
    return Risk(name, environment, level_of(factors), level_of(factors), factors, "rolling")


def _reached(before: Side, after: Side, plan: Plan) -> dict[str, set[str]]:
    """Model → the environments in which something of it differs."""
    found: dict[str, set[str]] = {}
    known = {one.name for side in (before, after) for one in side.built}
    for change in plan.targets:
        environment, _, model = change.target.partition("/")
        if model in known:
            found.setdefault(model, set()).add(environment)
    for model in known:
        for environment in {*before.environments, *after.environments}:
            path = f"environments/{environment}/releases/{model}.yaml"
            if before.tree.read(path) != after.tree.read(path):
                found.setdefault(model, set()).add(environment)
    return found


def _states(side: Side, name: str, environments: set[str]) -> dict[str, State]:
    if side.prepared is None or name not in side.prepared.models:
        return {}
    declared = {env: one for env, one in side.prepared.declared.items() if env in environments}
    return states_of(side.tree, name, declared)


def _factors(before: State, after: State) -> Iterator[RiskFactor]:
    old, new = before.version, after.version
    if (before.release and before.release.value.spec.version) != (after.release and after.release.value.spec.version):
        yield from version_factors(old, new)
    if before.target is not None and after.target is not None:
        yield from spec_factors(before.target.resolved, after.target.resolved)
    elif after.target is not None and new is None:
        place = after.target.resolved.model_document.locate(("metadata", "name"))
        yield RiskFactor("new model", "low", "nothing of it serves here", place)


def _let_pass(flips: Iterable[VerdictFlip]) -> Iterator[RiskFactor]:
    """What policy lets pass that it denied, since a rule was changed or waived."""
    for flip in flips:
        what = "rule waived" if flip.new_new == "waived" else "rule loosened"
        reason = f"{flip.rule} {'would deny' if flip.new_new == 'waived' else 'denied'} it"
        yield RiskFactor(what, "medium", reason, flip.location)


def _risk(
    before: State, after: State, name: str, environment: str, factors: tuple[RiskFactor, ...], asking: Asking
) -> Risk:
    computed = level_of(factors)
    level = computed
    if after.release is not None and release_differs(before, after):
        declared, lower = after.release.value.spec.riskLevel, lowered_to(after, asking)
        level = declared if above(declared, computed) else computed
        if lower is not None:
            of_release = version_factors(before.version, after.version)
            level = highest((lower, level_of(factor for factor in factors if factor not in of_release)))
    risk = Risk(name, environment, level, computed, factors, _strategy(before, after, risk=level))
    return risk._replace(approvals=approvals_needed(risk, before, after, asking))


def _strategy(before: State, after: State, *, risk: str) -> Strategy:
    """How the change reaches requests: by a rollout, or as the environment asks where a newer version is released."""
    old, new = before.version, after.version
    if after.target is None or after.release is None or old is None or new is None:
        return "rolling"
    released = after.release.value.spec
    if released.rollout is not None and released.rollout.previous is not None:
        return released.rollout.strategy
    other = before.release is not None and before.release.value.spec.version != released.version
    if other and not goes_back(old, new):
        found: Strategy = getattr(after.target.resolved.environment.strategies, risk)
        return found
    return "rolling"
