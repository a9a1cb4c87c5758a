"""How risky a change is, for each model and environment that it reaches.

    risks = risks_of(before, after, plan)

A target counts where an object of it differs, or its release. What differs is asked of the documents of both sides: the
version records, the resolved specs, the environment and what policy lets pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from mlgitops.plan.changes import Plan
from mlgitops.plan.risk import Risk, Strategy
from mlgitops.spec.declared import DeclaredModel, DeclaredVersion
from mlgitops.spec.documents.release import Release
from mlgitops.spec.load import load_model, load_of_model
from mlgitops.spec.resolve import Written
from mlgitops.spec.risk.factor import RiskFactor, above, gravest_first, level_of
from mlgitops.spec.risk.specs import spec_factors
from mlgitops.spec.risk.versions import version_factors
from mlgitops.stages.revise import Side
from mlgitops.stages.validate import ValidTarget, validate_model


class State(NamedTuple):
    """One model in one environment, on one side."""

    model: DeclaredModel | None
    target: ValidTarget | None
    release: Written[Release] | None

    @property
    def version(self) -> DeclaredVersion | None:
        """The version that is released."""
        if self.model is None or self.release is None:
            return None
        return self.model.versions.get(self.release.value.spec.version)


NOWHERE = State(None, None, None)


def risks_of(before: Side, after: Side, plan: Plan) -> tuple[Risk, ...]:
    """A row for each target that the change reaches, by environment and model."""
    found = []
    for name, environments in sorted(_reached(before, after, plan).items()):
        old, new = _states(before, name, environments), _states(after, name, environments)
        for environment in sorted(environments):
            one, other = old.get(environment, NOWHERE), new.get(environment, NOWHERE)
            factors = [*_factors(one, other), *_let_pass(before, after, plan, name, environment)]
            found.append(_risk(name, environment, other, gravest_first(factors), one))
    return tuple(sorted(found, key=lambda risk: (risk.environment, risk.model)))


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
    model, _ = load_model(side.tree, name)
    targets = validate_model(side.tree, name, declared).targets
    found = {}
    for env, environment in declared.items():
        release, _ = load_of_model(side.tree, environment, Release, name)
        found[env] = State(model, targets.get(env), release)
    return found


def _factors(before: State, after: State) -> Iterator[RiskFactor]:
    old, new = before.version, after.version
    if (before.release and before.release.value.spec.version) != (after.release and after.release.value.spec.version):
        if old is not None and new is None and after.target is None:
            yield RiskFactor("withdrawn", "high", "the model leaves the environment: nothing answers any more")
        else:
            yield from version_factors(old, new)
    if before.target is not None and after.target is not None:
        yield from spec_factors(before.target.resolved, after.target.resolved)
    elif after.target is not None and new is None:
        place = after.target.resolved.model_document.locate(("metadata", "name"))
        yield RiskFactor("new model", "low", "nothing of it serves here", place)


def _let_pass(before: Side, after: Side, plan: Plan, model: str, environment: str) -> Iterator[RiskFactor]:
    """Rules that denied the target, and let it pass since they, or what they look up, were changed or waived."""
    if before.prepared is None or after.prepared is None:
        return
    old = {rule.id: rule for rule in before.prepared.rules.rules}
    subject = f"{model}@{environment}"
    for verdict in plan.verdicts:
        if verdict.subject != subject or verdict.before != "denied" or verdict.after == "denied":
            continue
        if verdict.after == "waived":
            waiver = next((w for w in after.prepared.waivers if w.covers(verdict.rule, subject)), None)
            place = waiver.location if waiver else None
            yield RiskFactor("rule waived", "medium", f"{verdict.rule} would deny it", place)
            continue
        rule = next((rule for rule in after.prepared.rules.rules if rule.id == verdict.rule), None)
        if rule is None:
            yield RiskFactor("rule removed", "medium", f"{verdict.rule} denied it")
        elif verdict.rule in old and old[verdict.rule].source != rule.source:
            yield RiskFactor("rule loosened", "medium", f"{verdict.rule} denied it, and was changed")


def _risk(name: str, environment: str, state: State, factors: tuple[RiskFactor, ...], before: State) -> Risk:
    computed = level_of(factors)
    release = state.release.value.spec if state.release else None
    releases = state.release is not None and state.version is not None and _differs(before, state)
    level = release.riskLevel if releases and release and above(release.riskLevel, computed) else computed
    strategy: Strategy = "rolling"
    if releases and state.target is not None and before.version is not None:
        strategy = getattr(state.target.resolved.environment.strategies, level)
    return Risk(name, environment, level, computed, factors, strategy)


def _differs(before: State, after: State) -> bool:
    old, new = before.release, after.release
    return (old and old.document.text) != (new and new.document.text)
