"""Stages 2 to 5 for one batch of models: validate, render, decide, and lay the result beside what is on disk.

A batch is the unit of work of one process. What crosses back to the parent is small: findings, fleet
rows and what became of each target; the objects stay here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from mlgitops.files.observe import ObservingTree
from mlgitops.findings import Finding
from mlgitops.plan.measure import usage_of_model, usage_of_objects
from mlgitops.plan.usage import Usage
from mlgitops.policy.inputs import environment_input, fleet_row
from mlgitops.stages.outcome import BuiltModel, BuiltTarget, Order
from mlgitops.stages.prepare import Prepared, PreparedEnvironment
from mlgitops.stages.validate import ValidatedModel, ValidTarget, route_of, validate_model
from mlgitops.tree import Tree

if TYPE_CHECKING:
    from mlgitops.policy.engine import Engine
    from mlgitops.stages.render import RenderedTarget


class Ruling(NamedTuple):
    """What decides: rules, waivers and governing fields, with the engine that holds the rules."""

    prepared: Prepared
    engine: Engine


def build_models(
    tree: Tree,
    root: str,
    names: Sequence[str],
    prepared: Prepared,
    engine: Engine | None,
    order: Order,
    other: Ruling | None = None,
) -> list[BuiltModel]:
    """Builds a batch. `root` is where targets are staged; `engine` is None when policy is not asked.

    `other` is another revision's policy, which is asked about the same objects.
    """
    observing = {name: ObservingTree(tree) for name in names}
    chosen = {name: one for name, one in prepared.declared.items() if name in order.environments}
    validated = [validate_model(observing[name], name, chosen) for name in names]
    findings: dict[str, list[Finding]] = {one.name: list(one.findings) for one in validated}
    rendered: dict[tuple[str, str], RenderedTarget] = {}
    if order.depth == "verdicts":
        rendered = _unrendered(validated, prepared)
    elif order.depth != "documents":
        _render(validated, prepared, findings, rendered)
    if rendered:
        _decide(prepared, engine, order, findings, rendered)
    otherwise: dict[str, list[Finding]] = {one.name: [] for one in validated}
    if other is not None:
        governed = [_under(other.prepared, one) for one in rendered.values()]
        _decide(other.prepared, other.engine, order, otherwise, {_key(one): one for one in governed})
    built = []
    for one in validated:
        targets = tuple(
            _target(
                tree, root, one, prepared.environments[env], rendered.get((one.name, env)), findings[one.name], order
            )
            for env in one.selected
        )
        seen = tuple(sorted(observing[one.name].paths))
        told, other_told = tuple(findings[one.name]), tuple(otherwise[one.name])
        built.append(BuiltModel(one.name, one.document, told, targets, seen, other_told))
    return built


def _key(one: RenderedTarget) -> tuple[str, str]:
    return one.target.resolved.name, one.environment.declared.name


def _under(governing: Prepared, one: RenderedTarget) -> RenderedTarget:
    """A target as the rules of another revision see it: its environment governed otherwise."""
    environment = governing.environments[one.environment.declared.name]
    if environment is one.environment:
        return one
    seen = environment_input(environment.declared.name, environment.declared.spec.value.spec)
    return replace(one, input={**one.input, "environment": seen})


def _render(
    validated: Sequence[ValidatedModel],
    prepared: Prepared,
    findings: dict[str, list[Finding]],
    rendered: dict[tuple[str, str], RenderedTarget],
) -> None:
    from mlgitops.programs.lazy_kustomize import lazy_builder
    from mlgitops.stages.render import render_targets  # here, since `validate` needs none of it

    for name, environment in prepared.environments.items():
        targets = [one.targets[name] for one in validated if name in one.targets]
        done, problems = render_targets(targets, environment, lazy_builder())
        for problem in problems:
            model = problem.subject.partition("@")[0]
            findings.setdefault(model if model in findings else next(iter(findings)), []).append(problem)
        rendered |= {(one.target.resolved.name, name): one for one in done}


def _unrendered(validated: Sequence[ValidatedModel], prepared: Prepared) -> dict[tuple[str, str], RenderedTarget]:
    """Targets without their objects, for rules that ask about models alone."""
    from mlgitops.policy.inputs import model_input
    from mlgitops.render.kustomization.customize import Customized
    from mlgitops.stages.render import RenderedTarget

    targets = {}
    for name, environment in prepared.environments.items():
        seen = environment_input(name, environment.declared.spec.value.spec)
        for target in (one.targets[name] for one in validated if name in one.targets):
            context = model_input(target.resolved, seen)
            targets[target.resolved.name, name] = RenderedTarget(target, environment, context, (), Customized([]))
    return targets


def _decide(
    prepared: Prepared,
    engine: Engine | None,
    order: Order,
    findings: dict[str, list[Finding]],
    rendered: Mapping[tuple[str, str], RenderedTarget],
) -> None:
    if engine is None:
        return
    from mlgitops.policy.waivers import apply_waivers
    from mlgitops.stages.decide import decide_targets

    for subject, found in decide_targets(engine, prepared.rules, list(rendered.values())).items():
        findings[subject.partition("@")[0]] += apply_waivers(found, prepared.waivers, order.as_of, ())


def _target(
    tree: Tree,
    root: str,
    model: ValidatedModel,
    prepared: PreparedEnvironment,
    rendered: RenderedTarget | None,
    findings: Sequence[Finding],
    order: Order,
) -> BuiltTarget:
    environment = prepared.declared.name
    valid = model.targets.get(environment)
    if valid is None:
        return BuiltTarget(environment, "failed", None, None)
    row, route = fleet_row(valid.resolved), route_of(valid)
    subject = f"{model.name}@{environment}"
    failed = any(finding.fails and finding.subject in ("", subject) for finding in findings)
    if order.depth in ("documents", "verdicts"):
        status: Literal["failed", "same"] = "failed" if failed else "same"
        return BuiltTarget(environment, status, row, route, extras=None, usage=_usage(valid))
    if rendered is None:
        return BuiltTarget(environment, "failed", row, route)
    spec = prepared.declared.spec.value.spec
    from mlgitops.files.rendered import compare
    from mlgitops.files.staging import stage
    from mlgitops.render.emit import emit
    from mlgitops.stages.claims import templated
    from mlgitops.stages.key import KEY_FILE, render_key

    texts = {one.file: emit(one.data) for one in rendered.objects}
    texts[KEY_FILE] = render_key(valid, prepared, rendered.input, rendered.customized, texts)
    target = f"rendered/{environment}/{model.name}"
    changes = compare(tree, target, texts) if order.depth == "files" and not failed else []
    if changes and order.write:
        stage(root, target, texts)
    return BuiltTarget(
        environment,
        "failed" if failed else "changed" if changes else "same",
        row,
        route,
        tuple(changes),
        tuple(texts),
        texts if order.keep else None,
        rendered.customized._replace(objects=[]),
        templated(rendered.objects),
        texts[KEY_FILE] if changes and not order.write else "",
        usage_of_objects((one.data for one in rendered.objects), spec) if order.keep else _usage(valid),
    )


def _usage(valid: ValidTarget) -> Usage:
    """What serves of a model, the release before too while requests move from it."""
    states = (valid.resolved, valid.previous) if valid.previous is not None else (valid.resolved,)
    return Usage(tuple(service for state in states for service in usage_of_model(state).services))
